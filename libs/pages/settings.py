"""Settings of a service of pages."""

import hmac
from hashlib import sha256

from pydantic import Field, SecretStr

from libs.contracts.language import Text
from libs.settings import ServiceSettings


class PageSettings(ServiceSettings):
    """Settings of a service of pages; each service gives them a prefix of its own."""

    gateway_url: str = Field("http://127.0.0.1:8100", description="Base URL of the gateway")
    gateway_origin: str = Field(
        "",
        pattern="^(https?://[^/]+)?$",
        description="Address of the gateway as clients see it, without a path, which proofs of "
        "centres' devices name; empty for `gateway_url`",
    )
    cookie_secret: SecretStr = Field(
        min_length=32, description="Encrypts the cookies; at least 32 random characters"
    )
    device_secret: SecretStr = Field(
        min_length=32,
        description="Encrypts the key of a centre's device between desk and portal; at least 32 "
        "random characters",
    )
    traces_of_callers_per_s: float = Field(
        0.0, ge=0, description="Traces a second that clients may have sampled; 0 in production"
    )
    gateway_deadline_s: float = Field(
        7.0, description="Seconds that the gateway has to answer before a page says so"
    )
    owner: Text | None = Field(
        None,
        description='Office that owns the pages, named in their foot, as `{"bn": "…", "en": "…"}`; '
        "without it they say that none is named",
    )
    connections: int = Field(100, description="Most kept-alive connections to the gateway")

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the pages over HTTPS."""
        return self.public_url.startswith("https://")

    def key_for(self, purpose: str) -> bytes:
        """Return the key of 256 bits for a purpose of this service."""
        return _derived(self.cookie_secret, purpose)

    @property
    def device_key(self) -> bytes:
        """The key of 256 bits with which desk and portal encrypt keys of centres' devices."""
        return _derived(self.device_secret, "centre devices")


def _derived(secret: SecretStr, purpose: str) -> bytes:
    return hmac.digest(secret.get_secret_value().encode(), purpose.encode(), sha256)
