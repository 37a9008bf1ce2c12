import re

import pytest

from services.gateway.documentation.document import api_document
from services.gateway.documentation.routes import page_routes
from tests.libs.web.asgi_client import app_with, ask

APP = app_with(*page_routes(api_document()))


async def test_document_is_served() -> None:
    """`/openapi.json` is the document."""
    got = await ask(APP, "GET", "/openapi.json")
    assert got.headers["content-type"] == "application/json"
    assert got.json() == api_document()


async def test_page_needs_nothing_from_the_internet() -> None:
    """All files of the page are served here, and its policy forbids all others."""
    got = await ask(APP, "GET", "/docs")
    assert got.headers["content-type"].startswith("text/html")
    assert got.headers["content-security-policy"].startswith("default-src 'self'")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', got.body.decode())
    assert loaded
    for target in loaded:
        assert (await ask(APP, "GET", target)).status == 200


@pytest.mark.parametrize("name", ["nothing.js", "..", "index.html", "..%2F..%2Fmain.py"])
async def test_only_named_files_are_served(name: str) -> None:
    """No path leads to another file."""
    got = await ask(APP, "GET", f"/docs/{name}")
    assert (got.status, got.code) == (404, "not_found")
