import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.errors import Unreadable
from libs.web.limits import RequestLimits, check_announced_size
from tests.libs.web.asgi_client import app_with, ask


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
