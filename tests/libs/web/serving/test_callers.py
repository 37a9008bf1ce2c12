"""Requests that came unencrypted; callers without a certificate are in test_tls.py."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.libs.web.running import app_with, ask


async def hello(_: Request) -> Response:
    return Response(b"hello")


async def test_what_came_over_http_is_refused_and_not_redirected() -> None:
    """The ingress says how it came; the problem says that the token may be known."""
    app = app_with(Route("/a", hello))
    got = await ask(app, "GET", "/a", headers={"X-Forwarded-Proto": "http"})
    assert (got.status, got.code) == (403, "https_needed")
    assert "location" not in got.headers


@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-Proto": "https"}])
async def test_what_came_over_https_is_served(headers: dict[str, str]) -> None:
    """So is a request that passed no ingress."""
    assert (await ask(app_with(Route("/a", hello)), "GET", "/a", headers=headers)).status == 200
