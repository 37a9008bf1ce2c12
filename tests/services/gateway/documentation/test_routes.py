import re

import pytest

from services.gateway.documentation.document import api_document
from services.gateway.documentation.routes import page_routes
from tests.libs.web.running import app_with, ask

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


async def test_page_is_shown_as_what_it_is() -> None:
    """No other page can frame it, it loads no plug-in, and tells no site where its user was."""
    page = (await ask(APP, "GET", "/docs")).headers
    policy = {rule.strip() for rule in page["content-security-policy"].split(";")}
    assert {"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= policy
    assert page["referrer-policy"] == "no-referrer"
    for path in ("/docs", "/docs/start.js", "/docs/swagger-ui.css"):
        assert (await ask(APP, "GET", path)).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["nothing.js", "..", "index.html", "..%2F..%2Fmain.py"])
async def test_only_named_files_are_served(name: str) -> None:
    """No path leads to another file."""
    got = await ask(APP, "GET", f"/docs/{name}")
    assert (got.status, got.code) == (404, "not_found")
