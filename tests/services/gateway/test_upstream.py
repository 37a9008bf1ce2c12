import asyncio

import pytest
from aiohttp import web
from starlette.requests import Request
from starlette.types import Message

from libs.errors import Refused
from services.gateway.upstream import UpstreamResponse, without_connection_headers
from tests.services.gateway.scenes import scene


def request_for(method: str, target: str, body: bytes = b"", **headers: str) -> Request:
    path, _, query = target.partition("?")

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ],
    }
    return Request(scope, receive)


async def echo(request: web.BaseRequest) -> web.Response:
    return web.Response(
        body=await request.read(),
        status=418,
        headers={"x-own": "kept", "keep-alive": "timeout=5", "etag": '"7"'},
    )


async def test_request_and_response_are_forwarded_unchanged() -> None:
    """Path, query, body, status and the message's own headers are the same on both sides."""
    async with scene(echo) as here:
        target = "/v1/a%2Fb?q=%E0%A6%86&r=a+b"
        request = request_for("POST", target, b' {"a":1}', authorization="Bearer x")
        answer = await here.upstream.forward(request, "192.0.2.9", repeat_safe=False)
        (asked,) = here.asked
    assert asked.raw_path == "/v1/a%2Fb?q=%E0%A6%86&r=a+b"
    assert asked.headers["authorization"] == "Bearer x"
    assert (answer.status, answer.body) == (418, b' {"a":1}')
    assert dict(answer.headers)["x-own"] == "kept"
    assert answer.etag == '"7"'
    assert "keep-alive" not in dict(answer.headers)


async def with_cookies(request: web.BaseRequest) -> web.Response:
    assert request.headers["cookie"] == "b=2; a=1"
    response = web.Response()
    response.set_cookie("a", "1", expires="Thu, 01 Jan 2026 00:00:00 GMT")
    response.set_cookie("b", "2")
    return response


async def test_cookies_are_forwarded_one_by_one() -> None:
    """A browser cannot take several joined by commas apart (RFC 9110, 5.3)."""
    async with scene(with_cookies) as here:
        request = request_for("GET", "/v1/openid/authorization", cookie="b=2; a=1")
        answer = await here.upstream.forward(request, "192.0.2.9")
    cookies = [value for name, value in answer.headers if name == "set-cookie"]
    assert [cookie.partition(";")[0] for cookie in cookies] == ["a=1", "b=2"]


async def test_upstream_gets_the_address_of_the_connection() -> None:
    """The caller's own X-Forwarded-For does not reach the upstream."""
    async with scene(echo) as here:
        request = request_for("GET", "/v1/me", x_forwarded_for="6.6.6.6", forwarded="for=6.6.6.6")
        await here.upstream.forward(request, "192.0.2.9")
        (asked,) = here.asked
    assert asked.headers.getall("x-forwarded-for") == ["192.0.2.9"]
    assert "forwarded" not in asked.headers


def test_headers_of_the_connection_are_not_forwarded() -> None:
    """Hop-by-hop headers are dropped, those that Connection names included (RFC 9110, 7.6.1)."""
    passed = without_connection_headers(
        [
            ("Connection", "close, X-Private"),
            ("X-Private", "1"),
            ("Transfer-Encoding", "chunked"),
            ("Host", "evil.example"),
            ("Accept", "a"),
            ("Accept", "b"),
            ("traceparent", "spoofed"),
        ]
    )
    assert passed == {"accept": "a, b"}


async def lost_once(lost: list[int], request: web.BaseRequest) -> web.Response:
    if not lost:
        lost.append(1)
        assert request.transport is not None
        request.transport.abort()
    return web.Response(text="second")


async def test_repeatable_request_is_repeated_after_a_lost_connection() -> None:
    """A restart of the upstream does not fail a repeatable request."""
    lost: list[int] = []
    async with scene(lambda request: lost_once(lost, request)) as here:
        answer = await here.upstream.forward(request_for("POST", "/v1/a"), "x", repeat_safe=True)
    assert answer.body == b"second"


async def test_other_requests_are_not_repeated_after_a_lost_connection() -> None:
    """A second request might act twice, so the caller decides."""
    lost: list[int] = []
    async with scene(lambda request: lost_once(lost, request)) as here:
        with pytest.raises(Refused, match="answer_late"):
            await here.upstream.forward(request_for("POST", "/v1/a"), "x", repeat_safe=False)
        assert len(here.asked) == 1


async def test_upstream_has_a_deadline() -> None:
    """A caller waits for a hanging upstream until the deadline."""

    async def hang(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with scene(hang, deadline_s=0.05) as here:
        with pytest.raises(Refused, match="answer_late"):
            await here.upstream.forward(request_for("GET", "/v1/a"), "x")
        assert len(here.asked) == 1


async def test_application_is_read_with_the_callers_token() -> None:
    """The upstream decides by the caller's token who may see an application."""
    async with scene(echo) as here:
        request = request_for("GET", "/v1/applications/x/events", authorization="Bearer mine")
        await here.upstream.application("NS/../../me?x", request, "192.0.2.9")
        (asked,) = here.asked
    assert asked.raw_path == "/v1/applications/NS%2F..%2F..%2Fme%3Fx"
    assert asked.headers["authorization"] == "Bearer mine"


def test_tag_is_the_upstreams_or_derived_from_the_body() -> None:
    """The upstream's ETag is used; without one, equal bodies have equal tags."""
    assert UpstreamResponse(200, (("etag", '"7"'),), b"x").etag == '"7"'
    assert (
        UpstreamResponse(200, (), b"x").etag
        == UpstreamResponse(200, (), b"x").etag
        != UpstreamResponse(200, (), b"y").etag
    )
