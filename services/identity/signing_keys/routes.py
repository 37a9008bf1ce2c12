"""The HTTP route of the key set."""

import orjson
from starlette.responses import Response

from libs.web.handling.routes import Routes
from services.identity.settings import Settings
from services.identity.signing_keys.key_ring import KeyRing

routes = Routes()


@routes.get("/.well-known/jwks.json")
async def key_set(keys: KeyRing, settings: Settings) -> Response:
    """Show the public keys that tokens are verified with."""
    return Response(
        orjson.dumps(keys.key_set()),
        media_type="application/jwk-set+json",
        headers={"cache-control": f"public, max-age={settings.key_set_cached_s}"},
    )
