"""A virus scanner's daemon."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.services.documents import scenes

FOUND = b"stream: Eicar-Test-Signature FOUND\0"
CLEAN = b"stream: OK\0"


@asynccontextmanager
async def daemon(*, answers: bytes | None = None) -> AsyncIterator[str]:
    """A daemon that knows one signature, or always gives one answer; b"" hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            assert await reader.readexactly(10) == b"zINSTREAM\0"
            content = b""
            while size := int.from_bytes(await reader.readexactly(4), "big"):
                content += await reader.readexactly(size)
            found = FOUND if scenes.EICAR in content else CLEAN
            writer.write(found if answers is None else answers)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    async with server:
        yield f"{host}:{port}"
