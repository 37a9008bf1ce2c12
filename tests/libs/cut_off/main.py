import asyncio

from tests.libs.cut_off.settings import Settings


class CutOff:
    """Says on standard output that nothing was raised."""

    async def run(self) -> None:
        async with await asyncio.start_server(_hang_up, "127.0.0.1", 0) as server:
            _, port = server.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
            writer.write(b"a request that was already being made")
        print("nothing was raised")  # noqa: T201 -- for the test


async def _hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def build(_: Settings) -> CutOff:
    return CutOff()
