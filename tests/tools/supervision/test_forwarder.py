"""A forwarder: new connections go to the process of now, open ones stay where they are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.waiting import PATIENCE_S
from tools.embedded.ports import HOST, free_port
from tools.supervision.forwarder import Forwarder


@dataclass
class Behind:
    """A server that says its name at each line that comes."""

    name: bytes
    open: list[asyncio.StreamWriter] = field(default_factory=list)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Listen; yield the port."""
        server = await asyncio.start_server(self._serve, HOST, 0)
        yield server.sockets[0].getsockname()[1]
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.append(writer)
        while await reader.readline():
            writer.write(self.name)
        writer.close()


async def ask(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> bytes:
    """Send a line; return the answer, which is empty when the connection was closed."""
    reader, writer = connection
    async with asyncio.timeout(PATIENCE_S):
        writer.write(b"?\n")
        return await reader.read(100)


async def test_new_connections_go_to_the_new_process_and_open_ones_stay() -> None:
    """Until the old process closes its own; then the client sees that."""
    port, old, new = free_port(), Behind(b"old"), Behind(b"new")
    async with old.listening() as first, new.listening() as second, Forwarder(port) as forwarder:
        forwarder.target = first
        before = await asyncio.open_connection(HOST, port)
        assert await ask(before) == b"old"
        forwarder.target = second
        after = await asyncio.open_connection(HOST, port)
        assert await ask(before) == b"old"
        assert await ask(after) == b"new"
        for writer in old.open:
            writer.close()
        assert await ask(before) == b""
        assert await ask(after) == b"new"
        after[1].close()


async def test_a_connection_without_a_process_behind_is_closed() -> None:
    """The caller is not kept waiting."""
    port = free_port()
    async with Forwarder(port) as forwarder:
        forwarder.target = free_port()
        connection = await asyncio.open_connection(HOST, port)
        assert await ask(connection) == b""
