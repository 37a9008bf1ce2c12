"""Files that pages refer to."""

from starlette.responses import Response

from libs.errors import Refused
from libs.pages.assets import Assets
from libs.pages.rendering import HEADERS
from libs.web.handling.routes import Routes

_FOR_EVER = "public, max-age=31536000, immutable"

routes = Routes(public=False)


@routes.get("/assets/{file}")
async def read_asset(file: str, assets: Assets) -> Response:
    """A style sheet, a font or a script; its address changes with its content.

    Raises:
        Refused: there is no such file.
    """
    asset = assets.find(file)
    if asset is None:
        raise Refused("not_found")
    headers = {**HEADERS, "cache-control": _FOR_EVER}
    return Response(asset.content, media_type=asset.media_type, headers=headers)
