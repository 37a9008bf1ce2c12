"""The ClamAV daemon, asked by its INSTREAM command (clamd(8))."""

import asyncio
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Final, Literal, Protocol

import structlog
from typing_extensions import override

from libs.bangladesh.text import Malformed, parse_int
from libs.contracts.documents import DocumentState

_INSTREAM: Final = b"zINSTREAM\0"
_END: Final = b"\0\0\0\0"
_LONGEST_REPLY_BYTES: Final = 4096

log = structlog.get_logger()


Finding = DocumentState | Literal["refused"]
"""A scanner's answer about content; `refused` if it will not look at this one."""


class Scanner(Protocol):
    """Looks for viruses in content."""

    async def scan(self, content: AsyncIterable[bytes]) -> Finding:
        """Return the verdict; `not_scanned` if there is no scanner or no answer."""


class NoScanner(Scanner):
    """The scanner where none is configured."""

    @override
    async def scan(self, content: AsyncIterable[bytes]) -> Finding:
        """Return `not_scanned`."""
        return "not_scanned"


class Clamd(Scanner):
    """Sends content to a ClamAV daemon.

    Args:
        address: `host:port`, or the path of a Unix socket.
        deadline_s: seconds that one scan may take.
    """

    def __init__(self, address: str, deadline_s: float) -> None:
        self._address = address
        self._deadline_s = deadline_s

    @override
    async def scan(self, content: AsyncIterable[bytes]) -> Finding:
        """Return the daemon's verdict; without an answer `not_scanned`."""
        try:
            async with asyncio.timeout(self._deadline_s):
                reply = await self._ask(content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as failure:
            log.warning("paper not scanned", failure=type(failure).__name__)
            return "not_scanned"
        if reply.endswith(b": OK"):
            return "clean"
        if reply.endswith(b" FOUND"):
            return "infected"
        if reply.endswith(b" ERROR"):  # beyond a limit of the daemon
            log.warning("scanner refuses a paper")
            return "refused"
        log.warning("paper not scanned", failure="answer")
        return "not_scanned"

    async def _ask(self, content: AsyncIterable[bytes]) -> bytes:
        reader, writer = await self._connect()
        try:
            # A daemon that refuses answers and hangs up while the content still comes.
            async with asyncio.TaskGroup() as tasks:
                reply = tasks.create_task(_read(reader))
                with suppress(ConnectionError):
                    await _write(writer, content)
            return reply.result().rstrip(b"\0\n ")
        except ExceptionGroup as failures:  # of the content only
            raise failures.exceptions[0] from None
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if "/" in self._address:
            return await asyncio.open_unix_connection(self._address)
        host, _, port = self._address.rpartition(":")
        try:
            return await asyncio.open_connection(host, parse_int(port))
        except Malformed:
            raise OSError("no port") from None


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Read the reply; empty if the daemon hung up without one."""
    with suppress(ConnectionError):
        return await reader.read(_LONGEST_REPLY_BYTES)
    return b""


async def _write(writer: asyncio.StreamWriter, content: AsyncIterable[bytes]) -> None:
    """Write content; after a failure close the connection, so that no caller waits for a reply."""
    is_written = False
    try:
        writer.write(_INSTREAM)
        async for piece in content:
            writer.write(len(piece).to_bytes(4, "big") + piece)
            await writer.drain()
        writer.write(_END)
        await writer.drain()
        is_written = True
    finally:
        if not is_written:
            writer.close()


def scanner(address: str, deadline_s: float) -> Scanner:
    """Return the scanner at an address, or none if it is empty."""
    return Clamd(address, deadline_s) if address else NoScanner()
