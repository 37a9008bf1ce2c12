"""The messages of service and opener: a line of JSON, and the parts that it lists.

A part is a file of the folder that a module uses, or, without a name, its standard input or output.
"""

import asyncio
import json
import os
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

ATTEMPTS: Final = "libs.confinement"
"""The module that tries what a process can do here; every opener runs it."""

LONGEST_LINE_BYTES: Final = 256 * 1024
_PIECE_BYTES: Final = 256 * 1024


class Writable(Protocol):
    """A target for the bytes of a part."""

    def write(self, piece: bytes, /) -> object:
        """Take some bytes."""


async def send(
    writer: asyncio.StreamWriter,
    header: Mapping[str, Any],
    parts: Sequence[tuple[str, bytes | Path]],
) -> None:
    """Send a header, and parts by name: bytes, or files.

    Raises:
        ConnectionError: the other side has gone.
    """
    sizes = [(name, len(c) if isinstance(c, bytes) else c.stat().st_size) for name, c in parts]
    writer.write(json.dumps({**header, "parts": sizes}).encode() + b"\n")
    for _, content in parts:
        if isinstance(content, bytes):
            writer.write(content)
        else:
            with content.open("rb") as file:
                await asyncio.get_running_loop().sendfile(writer.transport, file)
        await writer.drain()


async def read_line(reader: asyncio.StreamReader) -> bytes:
    """Read the header of a message.

    Raises:
        EOFError: the other side has gone.
        ValueError: it is longer than `LONGEST_LINE_BYTES`.
    """
    line = await reader.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return line


async def read_part(reader: asyncio.StreamReader, size_bytes: int, target: Writable) -> None:
    """Read a part into a file or other target.

    Raises:
        EOFError: the other side has gone.
    """
    while size_bytes:
        piece = await reader.read(min(size_bytes, _PIECE_BYTES))
        if not piece:
            raise EOFError
        size_bytes -= len(piece)
        target.write(piece)


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """Yield an address of a socket, whose own path may be longer than the kernel takes (107 bytes).

    Raises:
        OSError: its folder is not there.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def user_of(writer: asyncio.StreamWriter) -> int:
    """Return the user of the process at the other end, as the kernel says it (socket(7))."""
    connection: socket.socket = writer.get_extra_info("socket")
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    user_id: int = struct.unpack("3i", peer)[1]
    return user_id
