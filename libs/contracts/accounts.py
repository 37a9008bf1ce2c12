"""New accounts of staff: the HTTP bodies that officers and uddoktas have in common."""

from typing import Annotated

from pydantic import Field

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
