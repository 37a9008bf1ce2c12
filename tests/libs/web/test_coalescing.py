import asyncio
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override
from uvicorn.server import ServerState

from libs.web.coalescing import CoalescingTransport
from libs.web.protocol import CoalescingProtocol
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


async def test_what_is_written_in_one_turn_goes_out_in_one_piece(
    transport: CoalescingTransport, written: Written
) -> None:
    """Writes of one turn of the event loop are sent at once."""
    transport.write(b"head")
    transport.write(b"body")
    assert written.pieces == []
    await asyncio.sleep(0)
    transport.write(b"more")
    await asyncio.sleep(0)
    assert written.pieces == [b"headbody", b"more"]


async def test_much_does_not_wait(transport: CoalescingTransport, written: Written) -> None:
    """Large writes are sent at once, once, with flow control."""
    transport.write(b"x" * 40_000)
    transport.write(b"y" * 40_000)
    assert [len(piece) for piece in written.pieces] == [80_000]
    await asyncio.sleep(0)
    assert len(written.pieces) == 1


async def test_closing_sends_what_is_gathered_first(
    transport: CoalescingTransport, written: Written
) -> None:
    """Closing sends buffered writes first."""
    transport.write(b"answer")
    transport.close()
    assert (written.pieces, written.done) == ([b"answer"], ["close"])
    assert transport.is_closing()


async def test_all_else_is_the_transports(transport: CoalescingTransport, written: Written) -> None:
    """Other calls go to the transport."""
    transport.pause_reading()
    transport.resume_reading()
    transport.set_protocol(asyncio.Protocol())
    transport.abort()
    assert written.done == ["pause", "resume", "protocol", "abort"]
    assert transport.get_extra_info("peername", "nobody") == "nobody"


def asked(app: ASGIApp) -> Written:
    """A connection on which one request has come."""
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

    transport = asked(app)
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

    transport = asked(app)
    await until(lambda: transport.pieces)
    (piece,) = transport.pieces
    assert piece.endswith(b"3\r\nnow\r\n")
    may_end.set()
