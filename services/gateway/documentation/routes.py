"""The OpenAPI document, and pages that show it without anything from the internet."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from swagger_ui_bundle import swagger_ui_path

from libs.errors import Refused
from services.gateway.forwarding.routes import make_conditional_response
from services.gateway.upstream import UpstreamResponse

_TYPES: Mapping[str, str] = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
_PAGE = """<!doctype html>
<html lang="bn">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>নাগরিক সেবা · API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = """window.onload = () => SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#api", deepLinking: true, persistAuthorization: true,
  validatorUrl: null,
});
"""
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
# As the browser's chapter of the OWASP ASVS asks (3.4).
_PAGE_HEADERS: Mapping[str, str] = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
}
_CACHED: Mapping[str, str] = {"cache-control": "public, max-age=86400"}


def page_routes(document: Mapping[str, Any]) -> list[Route]:
    """Make the routes `/openapi.json` and `/docs`."""
    as_json = UpstreamResponse(200, [("content-type", "application/json")], orjson.dumps(document))

    async def openapi(request: Request) -> Response:
        return make_conditional_response(as_json, request)

    async def docs(_: Request) -> Response:
        return Response(_PAGE, media_type="text/html", headers=_PAGE_HEADERS)

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name == "start.js":
            return Response(_START, media_type=_TYPES["swagger-ui-bundle.js"])
        if name not in _TYPES:
            raise Refused("not_found")
        content = Path(swagger_ui_path, name).read_bytes()  # noqa: ASYNC240  # from the page cache
        return Response(content, media_type=_TYPES[name], headers=_CACHED)

    return [
        Route("/openapi.json", openapi),
        Route("/docs", docs),
        Route("/docs/{name}", asset),
    ]
