"""Hands on the connections of one port to the process behind it, as a load balancer does."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from tools.embedded.ports import HOST

_PIECE_BYTES = 64 * 1024


class Forwarder:
    """Listens at a port of this machine.

    Connections that are open stay with the process that they were given to.

    Args:
        port: where it listens.

    Attributes:
        target: port of the process that gets new connections; 0 for none.
    """

    def __init__(self, port: int) -> None:
        self.target = 0
        self._port = port
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._hand_on, HOST, self._port, backlog=2048)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Copy both directions until one side closes its connection; then close both."""
        try:
            behind, to_behind = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.close()
            return
        try:
            async with asyncio.TaskGroup() as tasks:
                copies = [
                    tasks.create_task(_copy(reader, to_behind)),
                    tasks.create_task(_copy(behind, writer)),
                ]
                await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
                for copy in copies:
                    copy.cancel()
        finally:
            writer.close()
            to_behind.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
