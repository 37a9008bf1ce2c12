"""The keys of the file server, open to all; there are only test data behind it."""

import orjson
from starlette.responses import PlainTextResponse, Response

from libs.web.handling.routes import Routes
from sandbox.faults.destinations import check_ministry
from sandbox.files import keys
from sandbox.settings import Settings

routes = Routes()


@routes.get("/files/host-key", public=False)
async def show_host_key(settings: Settings) -> Response:
    """Show the public key of the file server, which connections pin."""
    key = keys.host_key(settings.ministry_secret.get_secret_value())
    return PlainTextResponse(key.export_public_key().decode().strip())


@routes.get("/files/ssh-keys/{ministry}", public=False)
async def show_ssh_keys(ministry: str, settings: Settings) -> Response:
    """Show the platform's private key for it, as the setting `MINISTRIES_SSH_KEYS`."""
    check_ministry(ministry)
    key = keys.client_key(settings.ministry_secret.get_secret_value())
    content = orjson.dumps({ministry: key.export_private_key().decode()})
    return Response(content, media_type="application/json")
