"""HTTP bodies of the OpenID provider, as its standards name their members."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from libs.contracts.contract import Contract
from libs.contracts.language import Language, Text

Scope = Literal["openid", "profile", "phone", "offline_access"]


class ClientTokens(Contract):
    """Tokens for a client (OpenID Connect Core 1.0, section 3.1.3.3)."""

    access_token: str = Field(description="For the userinfo endpoint only; a JWT (RFC 9068)")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds for which the access token is valid")
    scope: str
    id_token: str = Field(description="Who has logged in, and how; never an access token")
    refresh_token: str | None = Field(
        default=None, description="With the scope `offline_access`; each can be used once"
    )


class ClientError(Contract):
    """Why a request of a client was refused (RFC 6749, section 5.2)."""

    error: str
    error_description: str


class UserClaims(Contract):
    """The claims about a person for a client (OpenID Connect Core 1.0, section 5.1)."""

    sub: str = Field(description="The person's id, another one for each sector of clients")
    locale: Language | None = Field(default=None, description="With the scope `profile`")
    phone_number: str | None = Field(default=None, description="With the scope `phone`, E.164")
    phone_number_verified: bool | None = None


class ConsentView(Contract):
    """A site at which a person logs in with us, and the data that it may read."""

    client_id: str
    client_name: Text
    scopes: list[Scope]
    given_at: AwareDatetime


class ConsentList(Contract):
    """My consents, by site."""

    items: Annotated[list[ConsentView], Field(max_length=1000)]
