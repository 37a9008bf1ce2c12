"""What a server writes within one turn of the loop goes out in one piece.

Uvicorn writes the head of an answer and then its body, and the loop hands each to the system at
once: two system calls, two packets, and a caller who is woken twice for one answer.
"""

import asyncio
from typing import Any

from typing_extensions import override

_MOST_BYTES = 64 * 1024


class Gathering(asyncio.Transport):
    """A transport whose writes wait for the end of the turn, or for 64 KiB of them.

    Args:
        transport: to which all goes.
        loop: whose turns are meant.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._gathered: list[bytes] = []
        self._size_bytes = 0

    @override
    def write(self, data: Any) -> None:
        if not self._gathered:
            self._loop.call_soon(self._flush)
        self._gathered.append(data)
        self._size_bytes += len(data)
        if self._size_bytes > _MOST_BYTES:
            self._flush()  # so that whoever writes on is paused in time

    def _flush(self) -> None:
        if self._gathered:
            whole = b"".join(self._gathered)
            self._gathered, self._size_bytes = [], 0
            self._transport.write(whole)

    @override
    def close(self) -> None:
        self._flush()
        self._transport.close()

    @override
    def abort(self) -> None:
        self._transport.abort()

    @override
    def is_closing(self) -> bool:
        return self._transport.is_closing()

    @override
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    @override
    def pause_reading(self) -> None:
        self._transport.pause_reading()

    @override
    def resume_reading(self) -> None:
        self._transport.resume_reading()

    @override
    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._transport.set_protocol(protocol)
