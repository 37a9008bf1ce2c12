"""A line between a browser and the gateway that a test can cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Line:
    """Carries connections to a server.

    Args:
        target: base URL of the server.
    """

    target: str
    url: str = ""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Break all connections off; new ones are carried."""
        for writer in tuple(self._open):
            writer.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until one side ends it."""
        place = urlsplit(self.target)
        there_reader, there_writer = await asyncio.open_connection(place.hostname, place.port)
        ends = {writer, there_writer}
        self._open |= ends
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_pour(reader, there_writer))
                ways.create_task(_pour(there_reader, writer))
        finally:
            self._open -= ends


@asynccontextmanager
async def line_to(target: str) -> AsyncIterator[Line]:
    """Listen on a port of its own, and carry what comes to a server."""
    line = Line(target)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
        line.cut()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while read := await reader.read(65_536):
            writer.write(read)
            await writer.drain()
    except OSError:
        pass  # cut
    finally:
        writer.close()
