import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiohttp import web
from starlette.types import ASGIApp, Message

from libs.contracts.papers import LARGEST_BYTES
from tests.libs.web.running import Answer, ask
from tests.services.gateway.scenes import Scene, scene
from tests.waiting import until

UPLOAD = "/v1/uploads/0190aaaa-0000-7000-8000-000000000001"
PAPER = "/v1/documents/0190aaaa-0000-7000-8000-000000000001/content"
MIB = 1024 * 1024


async def ask_in_pieces(
    app: ASGIApp, method: str, path: str, headers: Mapping[str, str], body: AsyncIterator[bytes]
) -> Answer:
    """Send a request whose body comes piece by piece; a caller leaves when it ends."""
    got: list[Message] = []

    async def receive() -> Message:
        async for piece in body:
            return {"type": "http.request", "body": piece, "more_body": True}
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        got.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "client": ("192.0.2.1", 5000),
        "server": ("127.0.0.1", 80),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await app(scope, receive, send)
    if not got:
        return Answer(0, {}, b"")
    answered = {name.decode(): value.decode() for name, value in got[0]["headers"]}
    return Answer(got[0]["status"], answered, b"".join(part["body"] for part in got[1:]))


def upload_headers(here: Scene, size_bytes: int) -> dict[str, str]:
    return {**here.login(), "upload-offset": "0", "content-length": str(size_bytes)}


async def test_a_body_is_forwarded_while_it_arrives() -> None:
    """The upstream has the first piece before the caller has sent the second."""
    arrived = asyncio.Event()

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        first = await request.content.readexactly(3)
        arrived.set()
        return web.Response(body=first + await request.read())

    async def body() -> AsyncIterator[bytes]:
        yield b"one"
        await arrived.wait()
        yield b"two"
        await asyncio.Event().wait()

    async with scene(play) as here:
        headers = upload_headers(here, 6)
        got = await ask_in_pieces(here.app, "PATCH", UPLOAD, headers, body())
        assert (got.status, got.body) == (200, b"onetwo")
        assert here.asked[0].headers["content-length"] == "6"
        assert here.asked[0].headers["upload-offset"] == "0"


async def test_what_came_before_the_caller_left_reaches_the_upstream() -> None:
    """So that an upload can go on from there."""
    came = bytearray()
    ended = asyncio.Event()

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        try:
            async for piece in request.content.iter_any():
                came.extend(piece)
        finally:
            ended.set()
        return web.Response()

    async def body() -> AsyncIterator[bytes]:
        yield b"x" * 1000

    async with scene(play) as here:
        got = await ask_in_pieces(here.app, "PATCH", UPLOAD, upload_headers(here, 2000), body())
        assert got.status == 0  # nobody is there to be answered
        await asyncio.wait_for(ended.wait(), 5)
    assert bytes(came) == b"x" * 1000


async def test_a_body_over_the_routes_limit_is_not_forwarded() -> None:
    """By its announced size at once, else when it is over; the problem names the route's limit."""

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        async for _ in request.content.iter_any():
            pass
        return web.Response()

    async with scene(play) as here:
        headers = upload_headers(here, LARGEST_BYTES + 1)
        announced = await ask(here.app, "PATCH", UPLOAD, headers=headers)
        assert (announced.status, announced.code) == (413, "document_too_large")
        assert here.asked == []
        chunks = [bytes(MIB)] * 21
        streamed = await ask(here.app, "PATCH", UPLOAD, headers=here.login(), chunks=chunks)
        assert (streamed.status, streamed.code) == (413, "document_too_large")


async def test_a_long_answer_passes_through() -> None:
    """Longer than what other calls may answer, with its length."""
    paper = bytes(range(256)) * 4096 * 10

    async def play(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=paper, headers={"content-disposition": "attachment"})

    async with scene(play) as here:
        got = await ask(here.app, "GET", PAPER, headers=here.login())
    assert (got.status, got.body) == (200, paper)
    assert got.headers["content-length"] == str(len(paper))
    assert got.headers["content-disposition"] == "attachment"


async def test_slow_downloads_of_one_citizen_keep_nobody_waiting() -> None:
    """A third one is refused, and other requests have connections of their own; all are freed."""
    open_ones, end = 0, asyncio.Event()

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal open_ones
        if request.path == PAPER:
            open_ones += 1
            await end.wait()
        return web.Response(body=b"content")

    async with scene(play, connections=2) as here, asyncio.TaskGroup() as tasks:
        headers = here.login()
        slow = [tasks.create_task(ask(here.app, "GET", PAPER, headers=headers)) for _ in range(2)]
        await until(lambda: open_ones == 2)
        refused = await ask(here.app, "GET", PAPER, headers=headers)
        assert (refused.status, refused.code) == (429, "too_many_requests")
        listed = await ask(here.app, "GET", "/v1/documents", headers=headers)
        assert listed.status == 200
        end.set()
        assert [(await each).status for each in slow] == [200, 200]
        assert (await ask(here.app, "GET", PAPER, headers=headers)).status == 200


async def test_an_early_answer_ends_the_upload() -> None:
    """An upstream that refuses need not read the body."""

    async def play(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=409, body=b'{"type":"/problems/x"}')

    async def body() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.Event().wait()

    async with scene(play) as here:
        headers = upload_headers(here, 1000)
        got = await ask_in_pieces(here.app, "PATCH", UPLOAD, headers, body())
    assert got.status == 409


async def test_an_unreachable_upstream_is_reported() -> None:
    """As for every other route, and one that is silent too."""

    async def hang(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    async with scene(hang, url="http://127.0.0.1:1") as here:
        got = await ask(here.app, "GET", PAPER, headers=here.login())
    assert (got.status, got.code) == (503, "service_not_reached")


async def test_a_streamed_route_needs_its_token_too() -> None:
    """Before anything of the body is read."""

    async def play(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response()

    async with scene(play) as here:
        got = await ask(here.app, "PATCH", UPLOAD, chunks=[b"x"])
        assert (got.status, got.code, here.asked) == (401, "token_missing", [])
