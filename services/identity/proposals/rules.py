"""New beginnings of accounts, which one person proposes and another approves."""

from typing import Final
from uuid import UUID

from libs.contracts.accounts import AccountActKind
from libs.errors import Refused
from libs.two_people.rules import Act
from services.identity.staff.rules import Staff

BEGUN_AGAIN: Final = frozenset({"uddokta", "officer", "programme"})
"""Roles whose accounts the programme lets begin again; an operator's are for operators."""


def subject_of(username: str) -> str:
    """Return the subject of acts about an account."""
    return f"account {username}"


def username_in(act: Act) -> str | None:
    """Return the account that an act is about; None if it is about something else."""
    kind, _, username = act.subject.partition(" ")
    return username if kind == "account" else None


def wants_password(kind: AccountActKind | str) -> bool:
    """Whether the person gets an initial password."""
    return kind != "new_app"


def wants_app(kind: AccountActKind | str) -> bool:
    """Whether the person sets an app up."""
    return kind != "new_password"


def check_may_begin_again(account: Staff, by: UUID) -> None:
    """Check that somebody of the programme lets an account begin again.

    Raises:
        Refused: it is the own account, or one with a role of an operator.
    """
    if account.staff_id == by:
        raise Refused("second_person_needed")
    if not {given.role for given in account.roles} <= BEGUN_AGAIN:
        raise Refused("account_of_operators")
