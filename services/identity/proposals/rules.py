"""New beginnings of accounts, which one person proposes and another approves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from libs.contracts.accounts import AccountActKind, NewBeginning, NotByMe
from libs.errors import Refused
from libs.two_people.rules import Act
from services.identity.absences.rules import absence_act_in
from services.identity.duties.rules import duty_act_in
from services.identity.staff.rules import GIVEN_BY_PROGRAMME, Staff, not_approved_by

BEGUN_AGAIN: Final = frozenset({"uddokta", "programme", *GIVEN_BY_PROGRAMME})
"""Roles whose accounts the programme lets begin again; an operator's are for operators."""

LEAST_PEOPLE: Final = 3
"""People of the programme with whom one of them begins again: she, who proposes, who approves."""

NEW_OF_PROGRAMME: Final = "programme_account"
_PROBLEMS: Final[Mapping[NewBeginning, str]] = {
    "own": "own_account",
    "closed": "account_closed",
    "of_operators": "account_of_operators",
    "too_few_people": "programme_too_small",
}


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


def new_beginning(account: Staff, by: UUID, people: int, at: datetime) -> NewBeginning:
    """Return whether a person of the programme can propose that an account begins again.

    Args:
        account: the account.
        by: who would propose it.
        people: how many are of the programme.
        at: the current time.
    """
    if not {given.role for given in account.roles} <= BEGUN_AGAIN:
        return "of_operators"
    if not account.active or not account.roles_at(at):
        return "closed"
    if account.staff_id == by:
        return "own"
    is_too_small = account.works_as("programme", at) and people < LEAST_PEOPLE
    return "too_few_people" if is_too_small else "possible"


def check_may_begin_again(account: Staff, by: UUID, people: int, at: datetime) -> None:
    """Check that a person of the programme may let an account begin again.

    Raises:
        Refused: it is the own account, a closed one, or one with a role of an operator; or it is of
            a programme of two.
    """
    answer = new_beginning(account, by, people, at)
    if answer != "possible":
        raise Refused(_PROBLEMS[answer])


def accounts_of(act: Act) -> tuple[str, ...]:
    """Return the accounts whose people do not approve an act, whom it is about first."""
    duty, absence, username = duty_act_in(act), absence_act_in(act), username_in(act)
    if absence is not None:
        return (absence.username, absence.deputy)
    return tuple(filter(None, (duty.username if duty else username,)))


def not_by_me(act: Act, by: UUID, people: Mapping[UUID, Staff], at: datetime) -> NotByMe | None:
    """Return why a person cannot approve an act; None if she can.

    Args:
        act: what waits.
        by: who would approve it.
        people: that person, and who proposed it.
        at: the current time.
    """
    me = people.get(by)
    if me and act.kind != NEW_OF_PROGRAMME and me.username in accounts_of(act):
        return "about_me"
    return not_approved_by(by, act.proposed_by, people.get(act.proposed_by), at)
