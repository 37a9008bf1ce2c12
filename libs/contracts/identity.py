"""Events and HTTP bodies that identity owns."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.contracts.events import Event
from libs.contracts.language import Language

Role = Literal["citizen", "officer", "operator", "dead_letter_viewer"]


class ContactChanged(Event):
    """A citizen's phone or language changed, or is new."""

    citizen_id: UUID
    phone: str = Field(description="E.164")
    language: Language


class CitizenErased(Event):
    """A citizen's personal data must be deleted by all services."""

    citizen_id: UUID


class CodeRequested(Event):
    """A citizen requested a one-time code, which is to be sent until `expires_at`."""

    citizen_id: UUID
    phone: str = Field(description="E.164")
    language: Language
    code: str
    expires_at: AwareDatetime


DeviceToken = Annotated[
    str | None,
    Field(
        max_length=200,
        description="The newest that a login on this device returned, of whichever phone",
    ),
]


class RequestCode(BaseModel):
    """Request a one-time code by SMS."""

    model_config = ConfigDict(extra="forbid")

    phone: str = Field(
        min_length=1, max_length=40, description="Mobile number in any usual spelling"
    )
    device_token: DeviceToken = None


class CodeSent(BaseModel):
    """The code will be sent; the answer is the same for known and unknown numbers."""

    expires_in_s: int


class ExchangeCode(BaseModel):
    """Exchange a one-time code for tokens."""

    model_config = ConfigDict(extra="forbid")

    phone: str = Field(min_length=1, max_length=40)
    code: str = Field(min_length=1, max_length=20, description="Digits, Bangla or Latin")
    device_token: DeviceToken = None


class RefreshTokens(BaseModel):
    """Exchange a refresh token for new tokens; each can be used once."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: str = Field(min_length=1, max_length=200)


class Tokens(BaseModel):
    """An access token for 15 minutes and a refresh token for the next one."""

    access_token: str
    refresh_token: str
    expires_in_s: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105


class LoginTokens(Tokens):
    """The tokens of a login, and one that stays on the device when the session ends."""

    device_token: str = Field(
        description="Keep one per phone, and send it with the next request for a code: a device "
        "on which the phone has logged in does not share the limits of its internet connection"
    )


class Profile(BaseModel):
    """The profile of the citizen who is logged in."""

    citizen_id: UUID
    phone: str = Field(description="Masked but for the last digits")
    language: Language
    nid: str | None = Field(default=None, description="Masked but for the last digits")
    birth_registration_number: str | None = Field(default=None, description="Masked likewise")
    roles: list[Role]


class UpdateProfile(BaseModel):
    """Change the given fields; others do not change."""

    model_config = ConfigDict(extra="forbid")

    language: Language | None = None
    nid: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    birth_registration_number: Annotated[str, Field(min_length=1, max_length=40)] | None = None
