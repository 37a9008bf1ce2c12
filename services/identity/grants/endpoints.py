"""The addresses of the OpenID provider."""

from dataclasses import dataclass
from typing import Final

AUTHORIZATION: Final = "/v1/openid/authorization"
TOKEN: Final = "/v1/openid/token"  # noqa: S105
REVOCATION: Final = "/v1/openid/revocation"
USERINFO: Final = "/v1/openid/userinfo"
END_SESSION: Final = "/v1/openid/logout"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses under which clients and browsers reach us.

    Args:
        issuer: our origin, and our name in tokens.
    """

    issuer: str

    def url(self, path: str) -> str:
        """Return the whole address of a path."""
        return self.issuer + path

    @property
    def audiences(self) -> tuple[str, ...]:
        """Our names in assertions of clients."""
        return (self.issuer, self.url(TOKEN))
