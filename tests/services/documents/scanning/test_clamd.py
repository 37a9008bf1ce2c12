"""The adapter against a daemon that speaks the protocol; `check-scanner` tries ClamAV's own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.documents.scanning.clamd import Clamd, scanner
from tests.services.documents import scenes
from tests.services.documents.scanning.running import daemon


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


async def test_what_the_daemon_says_is_the_state() -> None:
    """Clean, or infected, wherever in the content the signature is."""
    async with daemon() as address:
        clamd = Clamd(address, 5)
        assert await clamd.scan(pieces(scenes.jpeg())) == "clean"
        assert await clamd.scan(pieces(scenes.jpeg() + scenes.EICAR)) == "infected"
        assert await clamd.scan(pieces(b"")) == "clean"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"", "not_scanned"),
        (b"\xff\xff", "not_scanned"),
        (b"stream: NOT OK", "not_scanned"),
        (b"stream: Can't allocate memory ERROR\0", "refused"),
    ],
)
async def test_anything_else_is_not_a_yes(answer: bytes, found: str) -> None:
    """Nonsense and a broken line mean that nobody has looked, an error that nobody will."""
    async with daemon(answers=answer) as address:
        assert await Clamd(address, 5).scan(pieces(b"x")) == found


async def test_a_file_beyond_the_limit_of_the_daemon_is_its_own_matter() -> None:
    """The daemon answers and hangs up while the file still comes, which is no outage."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(10)
        writer.write(b"INSTREAM size limit exceeded. ERROR\0")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    async with server:
        assert await Clamd(f"{host}:{port}", 5).scan(pieces(b"x" * 30_000_000)) == "refused"


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nothing/here.sock", "127.0.0.1:", "daemon"])
async def test_a_daemon_that_is_away_is_no_yes(address: str) -> None:
    """Nor is one that is named wrongly."""
    assert await Clamd(address, 1).scan(pieces(b"x")) == "not_scanned"


async def test_a_daemon_that_hangs_is_left() -> None:
    """After the deadline."""

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        assert await Clamd(f"{host}:{port}", 0.05).scan(pieces(b"x")) == "not_scanned"
    finally:
        server.close()


async def test_without_a_daemon_nothing_is_scanned() -> None:
    """And that is what the ministry sees."""
    assert await scanner("", 1).scan(pieces(scenes.EICAR)) == "not_scanned"
