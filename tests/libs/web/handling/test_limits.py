import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.errors import Unreadable
from libs.web.handling.limits import LimitedRoute, RequestLimits, RouteLimits, check_announced_size
from tests.libs.web.running import app_with, ask


@pytest.mark.parametrize("size", [b"-1", b"1e3", b"", b"\xff", b"9" * 5_000])
def test_an_invalid_content_length_is_unreadable(size: bytes) -> None:
    """The reason is `bad_request`."""
    with pytest.raises(Unreadable, match="bad_request"):
        check_announced_size([(b"content-length", size)])


async def test_more_requests_than_allowed_get_503() -> None:
    """Over the limit, requests get 503; health is answered, and later requests are served."""
    may_end = asyncio.Event()

    async def slow(_: Request) -> Response:
        await may_end.wait()
        return Response()

    app = app_with(Route("/slow", slow), limits=RequestLimits(at_once=1))
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(ask(app, "GET", "/slow"))
        await asyncio.sleep(0)
        turned_away = await ask(app, "GET", "/slow")
        assert (await ask(app, "GET", "/health/live")).status == 200
        may_end.set()
    assert (turned_away.status, turned_away.headers["retry-after"]) == (503, "1")
    assert first.result().status == 200
    assert (await ask(app, "GET", "/slow")).status == 200


async def test_body_that_stops_arriving_is_the_callers_delay() -> None:
    """A body that does not arrive in time is answered with 408, not 503."""

    async def echo(request: Request) -> Response:
        return Response(await request.body())

    app = app_with(Route("/echo", echo, methods=["POST"]), limits=RequestLimits(deadline_s=0.05))
    got = await ask(app, "POST", "/echo", chunks=[b"{"], stalls=True)
    assert (got.status, got.code) == (408, "body_late")
    assert got.headers["connection"] == "close"  # the rest of the body may still come


async def test_streams_do_not_take_the_places_of_other_requests() -> None:
    """Slow uploads fill their own places only."""
    may_end = asyncio.Event()

    async def slow(_: Request) -> Response:
        await may_end.wait()
        return Response()

    async def quick(_: Request) -> Response:
        return Response()

    upload = LimitedRoute("/upload", slow)
    upload.limits = RouteLimits(streamed=True)
    limits = RequestLimits(at_once=1, streams_at_once=1)
    app = app_with(upload, Route("/quick", quick), limits=limits)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ask(app, "GET", "/upload"))
        await asyncio.sleep(0)
        assert (await ask(app, "GET", "/upload")).status == 503
        assert (await ask(app, "GET", "/quick")).status == 200
        may_end.set()


async def test_a_route_may_name_its_own_problem_with_a_large_body() -> None:
    """So that the text names the route's limit."""

    async def echo(request: Request) -> Response:
        return Response(await request.body())

    route = LimitedRoute("/echo", echo, methods=["POST"])
    route.limits = RouteLimits(body_bytes=3, too_large="document_too_large")
    for chunks, headers in (([b"1234"], {"content-length": "4"}), ([b"12", b"34"], {})):
        got = await ask(app_with(route), "POST", "/echo", chunks=chunks, headers=headers)
        assert (got.status, got.code) == (413, "document_too_large")
