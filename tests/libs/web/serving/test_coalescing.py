import asyncio
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override
from uvicorn.server import ServerState

from libs.web.serving.coalescing import CoalescingTransport
from libs.web.serving.protocol import CoalescingProtocol
from tests.waiting import until


class Written(asyncio.Transport):
    """Stores writes and calls."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.done: list[str] = []

    @override
    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))

    @override
    def is_closing(self) -> bool:
        return "close" in self.done

    @override
    def close(self) -> None:
        self.done.append("close")

    @override
    def abort(self) -> None:
        self.done.append("abort")

    @override
    def pause_reading(self) -> None:
        self.done.append("pause")

    @override
    def resume_reading(self) -> None:
        self.done.append("resume")

    @override
    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.done.append("protocol")


@pytest.fixture
async def written() -> Written:
    return Written()


@pytest.fixture
async def transport(written: Written) -> CoalescingTransport:
    return CoalescingTransport(written, asyncio.get_running_loop())


async def test_writes_of_one_turn_are_sent_at_once(
    transport: CoalescingTransport, written: Written
) -> None:
    """Head and body of an answer are one write."""
    transport.write(b"head")
    transport.write(b"body")
    assert written.pieces == []
    await asyncio.sleep(0)
    transport.write(b"more")
    await asyncio.sleep(0)
    assert written.pieces == [b"headbody", b"more"]


async def test_large_writes_are_sent_at_once(
    transport: CoalescingTransport, written: Written
) -> None:
    """Writes of 64 KiB do not wait for the end of the turn."""
    transport.write(b"x" * 40_000)
    transport.write(b"y" * 40_000)
    assert [len(piece) for piece in written.pieces] == [80_000]
    await asyncio.sleep(0)
    assert len(written.pieces) == 1


async def test_closing_sends_buffered_writes_first(
    transport: CoalescingTransport, written: Written
) -> None:
    """Closing does not drop them."""
    transport.write(b"answer")
    transport.close()
    assert (written.pieces, written.done) == ([b"answer"], ["close"])
    assert transport.is_closing()


async def test_other_calls_go_to_the_transport(
    transport: CoalescingTransport, written: Written
) -> None:
    """The transport gets them unchanged."""
    transport.pause_reading()
    transport.resume_reading()
    transport.set_protocol(asyncio.Protocol())
    transport.abort()
    assert written.done == ["pause", "resume", "protocol", "abort"]
    assert transport.get_extra_info("peername", "nobody") == "nobody"


def connection(app: ASGIApp) -> Written:
    """A connection on which one request has arrived."""
    config = uvicorn.Config(app, http=CoalescingProtocol, lifespan="off", log_config=None)
    config.load()
    transport, protocol = Written(), CoalescingProtocol(config, ServerState(), {})
    protocol.connection_made(transport)
    protocol.data_received(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    return transport


async def test_head_and_body_of_an_answer_are_one_piece() -> None:
    """Head and body are one write."""

    async def app(_: Scope, __: Receive, send: Send) -> None:
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    transport = connection(app)
    await until(lambda: transport.pieces)
    (piece,) = transport.pieces
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b"\r\n\r\nok")


async def test_a_live_view_is_not_held_back() -> None:
    """Streamed events are sent without delay."""

    may_end = asyncio.Event()

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"now", "more_body": True})
        await may_end.wait()

    transport = connection(app)
    await until(lambda: transport.pieces)
    (piece,) = transport.pieces
    assert piece.endswith(b"3\r\nnow\r\n")
    may_end.set()
