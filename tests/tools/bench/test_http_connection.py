"""Kept connections of the bench that a server closes while they are idle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.load.floor.component import Caller
from tests.waiting import PATIENCE_S
from tools.bench.http_connection import NO_ANSWER, HttpClient

ANSWER = (
    b"HTTP/1.1 201 Created\r\ncontent-length: 44\r\n\r\n"
    b'{"application_id":"%02d","tracking_number":""}'
)


class ClosingServer:
    """Answers requests of one line, and closes connections when a test says so."""

    def __init__(self) -> None:
        self.port = 0
        self.requests = 0
        self.unanswered = 0
        self._open: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.append(writer)
        while line := await reader.readline():
            if line == b"\r\n" or b":" in line:
                continue  # the rest of a head
            self.requests += 1
            if self.unanswered > 0:
                self.unanswered -= 1
                break
            writer.write(ANSWER % (10 + self.requests))
        writer.close()

    async def close_idle(self) -> None:
        """Close every connection, as a server does after its keep-alive time."""
        idle, self._open = self._open, []
        for writer in idle:
            writer.close()
            await writer.wait_closed()
        for _ in range(3):  # turns of the event loop, in which the client learns of it
            await asyncio.sleep(0)


@asynccontextmanager
async def closing_server() -> AsyncIterator[ClosingServer]:
    """A server that keeps connections; what a lost connection makes wait for ever ends here."""
    closing = ClosingServer()
    server = await asyncio.start_server(closing.serve, "127.0.0.1", 0)
    closing.port = server.sockets[0].getsockname()[1]
    async with asyncio.timeout(PATIENCE_S), server:
        yield closing
        await closing.close_idle()


async def test_a_connection_that_the_server_closed_while_idle_is_replaced() -> None:
    """The next request is sent once, on a new connection, and answered."""
    async with closing_server() as server:
        client = HttpClient("127.0.0.1", server.port)
        await client.send(b"first\n")
        await server.close_idle()
        status, _ = await client.send(b"second\n")
        client.close()
    assert (status, server.requests) == (201, 2)


async def test_a_connection_that_is_lost_before_the_response_has_no_answer() -> None:
    """Who may not repeat the request is told, and the next one is answered."""
    async with closing_server() as server:
        client = HttpClient("127.0.0.1", server.port)
        server.unanswered = 1
        lost, _ = await client.send(b"first\n")
        answered, _ = await client.send(b"second\n")
        client.close()
    assert (lost, answered) == (NO_ANSWER, 201)


async def test_the_floor_repeats_what_was_lost_on_its_way() -> None:
    """A server may close a connection in the moment in which it is used; one that never answers
    ends the floor.
    """
    async with closing_server() as server:
        caller = Caller(server.port, 1)
        server.unanswered = 1
        assert b"application_id" in await caller.post("", b"")
        await server.close_idle()
        assert b"application_id" in await caller.post("", b"")
        server.unanswered = 1000
        with pytest.raises(OSError, match="no answer"):
            await caller.post("", b"")
