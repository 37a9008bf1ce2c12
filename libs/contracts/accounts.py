"""Accounts of staff and their roles: HTTP bodies that all kinds of staff have in common."""

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import Day, MinistryId
from libs.contracts.contract import Contract

Username = Annotated[
    str,
    Field(
        min_length=1,
        max_length=40,
        description="3 to 40 small letters, digits, dots, hyphens or underscores",
    ),
]


class NewAccount(Contract):
    """What a person of staff needs for the first login; shown only now."""

    initial_password: str = Field(
        description="Opens nothing but `POST /v1/staff/password`, for 24 hours"
    )
    authenticator_address: str = Field(description="Sets the authenticator app up (otpauth://)")


class GiveRole(Contract):
    """Give an account a role, or change until when it has it."""

    model_config = ConfigDict(extra="forbid")

    until: Day | None = Field(
        default=None, description="The last day in Dhaka on which it holds; null for no end"
    )
    ministry: MinistryId | None = Field(
        default=None, description="Of a role of a ministry; null for that of the account"
    )


class RoleView(Contract):
    """A role of an account."""

    role: str
    given_by: str = Field(description="Name in journals of whoever gave it")
    given_at: AwareDatetime
    until: Day | None = Field(description="The last day in Dhaka on which it holds")


class RoleList(Contract):
    """The roles that an account has today, by name."""

    items: list[RoleView]
