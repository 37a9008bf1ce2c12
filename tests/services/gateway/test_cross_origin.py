from collections.abc import Mapping

import pytest
from pydantic import ValidationError
from starlette.types import ASGIApp

from libs.web.handling.openapi import operations_of
from services.gateway.cross_origin import cross_origin
from services.gateway.documentation.document import api_document
from services.gateway.settings import Settings
from tests.libs.web.running import Answer, app_with, ask
from tests.services.gateway.scenes import SECRET

DOCUMENT = api_document()
OPERATIONS = list(operations_of(DOCUMENT))
OURS, OTHER = "https://app.example", "https://evil.example"
TUS = ("Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset")


def app() -> ASGIApp:
    """A gateway that pages of one origin may call; it knows no path."""
    return app_with(middleware=[cross_origin([OURS], OPERATIONS)])


async def preflight(origin: str, method: str, *headers: str) -> Answer:
    """What a browser asks before a request."""
    asked = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": ", ".join(headers),
    }
    return await ask(app(), "OPTIONS", "/v1/any", headers=asked)


def declared_headers() -> set[str]:
    """The headers that operations of the API read; only servers sign like a webhook."""
    return {
        parameter["name"]
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "header" and not parameter["name"].startswith("webhook-")
    }


@pytest.mark.parametrize("method", sorted({operation.method for operation in OPERATIONS}))
async def test_a_listed_origin_may_use_every_method_and_header(method: str) -> None:
    """Those of the API document, of tus, of tokens and of conditional requests."""
    more = {"Authorization", "Content-Type", "If-None-Match", "traceparent", *TUS}
    got = await preflight(OURS, method, *sorted(declared_headers() | more))
    assert got.status == 200
    assert got.headers["access-control-allow-origin"] == OURS
    assert int(got.headers["access-control-max-age"]) >= 3600


@pytest.mark.parametrize(
    "origin", [OTHER, "null", "http://app.example", f"{OURS}:444", f"{OURS}.evil.example"]
)
async def test_another_origin_is_refused(origin: str) -> None:
    """A browser then sends nothing, and shows no page an answer."""
    got = await preflight(origin, "POST", "Authorization")
    assert got.status == 400
    assert "access-control-allow-origin" not in got.headers
    read = await ask(app(), "GET", "/v1/any", headers={"origin": origin})
    assert "access-control-allow-origin" not in read.headers
    assert "Origin" in read.headers["vary"]


async def test_an_unknown_header_is_refused() -> None:
    """No header is allowed that nothing reads."""
    assert (await preflight(OURS, "GET", "X-Anything")).status == 400


async def test_a_page_can_read_headers_and_problems() -> None:
    """An answer that is a problem is as readable as another."""
    got = await ask(app(), "GET", "/v1/any", headers={"origin": OURS})
    assert (got.status, got.code) == (404, "not_found")
    assert got.headers["access-control-allow-origin"] == OURS
    exposed = {each.strip() for each in got.headers["access-control-expose-headers"].split(",")}
    needed = {"ETag", "Link", "Location", "Retry-After", "Upload-Offset", "Tus-Resumable"}
    assert needed <= exposed
    assert documented_headers() <= exposed


def documented_headers() -> set[str]:
    """The headers of answers in the API document."""
    return {
        name
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        for answer in operation["responses"].values()
        for name in answer.get("headers", ())
    } | {
        name
        for answer in DOCUMENT["components"]["responses"].values()
        for name in answer.get("headers", ())
    }


async def test_no_cookie_goes_across_origins() -> None:
    """A page acts with the token that it has, never with the login that the browser has."""
    for got in (
        await preflight(OURS, "POST", "Authorization"),
        await ask(app(), "GET", "/v1/any", headers={"origin": OURS}),
    ):
        assert "access-control-allow-credentials" not in got.headers


async def test_a_cache_keeps_answers_to_origins_apart() -> None:
    """Also the answer to a request without an origin."""
    plain: Mapping[str, str] = (await ask(app(), "GET", "/v1/any")).headers
    assert "Origin" in plain["vary"]


@pytest.mark.parametrize(
    "origins",
    ["*", "https://*.example", "https://app.example/", "http://app.example", "app.example", "null"],
)
def test_only_origins_are_settings(origins: str) -> None:
    """No pattern, no path, and nothing over HTTP but on one machine."""
    with pytest.raises(ValidationError):
        Settings(live_secret=SECRET, cors_origins=f"{OURS},{origins}")


def test_origins_are_a_list_with_commas() -> None:
    """Blanks do not count, and an empty list allows nobody."""
    settings = Settings(live_secret=SECRET, cors_origins=f"{OURS}, http://localhost:5173")
    assert settings.origins == [OURS, "http://localhost:5173"]
    assert Settings(live_secret=SECRET).origins == []
