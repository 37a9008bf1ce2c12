"""The HTTP route of the key set."""

from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.identity.signing_keys.key_ring import KeyRing


@dataclass(frozen=True, slots=True)
class SigningKeyRoutes:
    """The route of the key set; others may cache it for `cache_s` seconds."""

    keys: KeyRing
    cache_s: int

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [Route("/.well-known/jwks.json", self.key_set, methods=["GET"])]

    async def key_set(self, _: Request) -> Response:
        """Show the public keys that access tokens are verified with."""
        return Response(
            orjson.dumps(self.keys.key_set()),
            media_type="application/jwk-set+json",
            headers={"cache-control": f"public, max-age={self.cache_s}"},
        )
