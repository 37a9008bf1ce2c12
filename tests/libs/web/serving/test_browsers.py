"""What browsers are told about answers."""

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.libs.web.running import app_with, ask


async def hello(_: Request) -> Response:
    return JSONResponse("hello")


async def defect(_: Request) -> Response:
    raise ValueError


async def page(_: Request) -> Response:
    return Response(headers={"content-security-policy": "default-src 'self'"})


APP = app_with(Route("/a", hello), Route("/defect", defect), Route("/page", page))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/a"),
        ("POST", "/a"),
        ("GET", "/defect"),
        ("GET", "/nowhere"),
        ("GET", "/health/live"),
    ],
)
async def test_no_answer_is_a_page(method: str, path: str) -> None:
    """A browser does not guess its type, frames it nowhere, and loads or runs nothing for it."""
    headers = (await ask(APP, method, path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    policy = {rule.strip() for rule in headers["content-security-policy"].split(";")}
    assert policy >= {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}


async def test_a_page_has_its_own_policy() -> None:
    """Browsers would enforce both of two policies."""
    headers = (await ask(APP, "GET", "/page")).headers
    assert headers["content-security-policy"] == "default-src 'self'"
    assert headers["x-content-type-options"] == "nosniff"
