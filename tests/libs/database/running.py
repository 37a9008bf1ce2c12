"""Databases that do not answer: stopped processes, or a network that drops all bytes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


@contextmanager
def frozen(pid: int | None) -> Iterator[None]:
    """Stop a server and all its processes, with open connections, until the end."""
    assert pid is not None
    processes = [pid, *_children(pid)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


@dataclass
class BlackHole:
    """A connection to a server that can drop all bytes, like a lost route."""

    dsn: str
    swallows: asyncio.Event = field(default_factory=asyncio.Event)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                if not self.swallows.is_set():
                    writer.write(data)
        finally:
            writer.close()


@asynccontextmanager
async def black_hole(dsn: str) -> AsyncIterator[BlackHole]:
    """A proxy before a database, and a DSN through it."""
    place = urlsplit(dsn)
    tasks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(place.hostname, place.port)
        tasks.add(loop.create_task(hole.carry(reader, back)))
        tasks.add(loop.create_task(hole.carry(there, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    hole = BlackHole(dsn.replace(f":{place.port}/", f":{port}/"))
    try:
        yield hole
    finally:
        server.close()
        for task in tasks:
            task.cancel()
