"""Another party on the wire: it says what it is told to say, byte for byte."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from libs.web import wire
from libs.web.connections import Connections
from libs.web.wire import Origin

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
ASK = wire.request_bytes("GET", "party", "/", {}, None)


class Party:
    """Answers each request of each connection with the next bytes; `None` hangs up."""

    def __init__(self, answers: Sequence[bytes | None]) -> None:
        self.asked: list[bytes] = []
        self.connections = 0
        self._answers = list(answers)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError):
            while True:
                self.asked.append(await reader.readuntil(b"\r\n\r\n"))
                answer = self._answers.pop(0) if self._answers else None
                if answer is None:
                    break
                writer.write(answer)
                if b"close" in answer:
                    break
        writer.close()


@asynccontextmanager
async def speaking(
    *answers: bytes | None, most: int = 8, limit_bytes: int = 1000, idle_s: float = 60.0
) -> AsyncIterator[tuple[Party, Connections, Origin]]:
    """A party, connections to it, and where it is."""
    party = Party(answers)
    server = await asyncio.start_server(party.talk, "127.0.0.1", 0)
    connections = Connections(most=most, idle_s=idle_s, limit_bytes=limit_bytes)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield party, connections, Origin("http", "127.0.0.1", port)
        connections.close()


async def ask(connections: Connections, origin: Origin, method: str = "GET") -> tuple[int, bytes]:
    """Ask once, and give status and body."""
    reply = await connections.ask(origin, ASK, method=method, deadline_s=5)
    return reply.status, reply.body
