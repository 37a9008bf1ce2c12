"""Kept-alive connections to many origins: so many at once, and none that was idle for too long."""

import asyncio
import ssl
from collections import deque
from functools import cache

from libs.web.wire import Connection, Origin, Reply


class NoConnection(Exception):
    """Nobody took the connection, or not in time: nothing was asked."""


class Connections:
    """Kept-alive connections, by origin.

    Args:
        most: connections at once; who comes later waits.
        idle_s: seconds after which an idle connection is used no more.
        limit_bytes: longest answer taken in.
        tls: whose certificates are believed; None for those that the system believes.
    """

    def __init__(
        self, *, most: int, idle_s: float, limit_bytes: int, tls: ssl.SSLContext | None = None
    ) -> None:
        self._places = asyncio.Semaphore(most)
        self._idle_s = idle_s
        self._limit_bytes = limit_bytes
        self._tls = tls
        self._idle: dict[Origin, deque[Connection]] = {}
        self._busy: set[Connection] = set()

    async def ask(self, origin: Origin, request: bytes, *, method: str, deadline_s: float) -> Reply:
        """Send a request on a connection to its origin, and return the answer.

        What `Connection.ask` raises comes out, and NoConnection where there is none.

        Args:
            origin: whom to ask.
            request: made by `request_bytes`.
            method: its method.
            deadline_s: seconds for everything, waiting for a place and connecting included.
        """
        loop = asyncio.get_running_loop()
        until_s = loop.time() + deadline_s
        await self._place(until_s)
        try:
            connection = self._kept(origin, loop.time())
            if connection is None:
                connection = await self._connected(origin, until_s)
            self._busy.add(connection)
            try:
                return await connection.ask(
                    request, method=method, deadline_s=until_s - loop.time()
                )
            finally:
                self._busy.discard(connection)
                self._keep(origin, connection, loop.time())
        finally:
            self._places.release()

    def close(self) -> None:
        """Close all connections."""
        for connection in (*self._busy, *(each for kept in self._idle.values() for each in kept)):
            connection.close()
        self._idle.clear()

    def _kept(self, origin: Origin, now_s: float) -> Connection | None:
        """The connection that was used last; those that have been idle for too long are let go."""
        kept = self._idle.get(origin)
        while kept:
            connection = kept.pop()
            if connection.is_open and now_s - connection.idle_since_s < self._idle_s:
                return connection
            connection.close()
        return None

    def _keep(self, origin: Origin, connection: Connection, now_s: float) -> None:
        kept = self._idle.setdefault(origin, deque())
        if connection.is_open:
            connection.idle_since_s = now_s
            kept.append(connection)
        while kept and now_s - kept[0].idle_since_s >= self._idle_s:
            kept.popleft().close()

    async def _place(self, until_s: float) -> None:
        """Wait for a place among those at once.

        Raises:
            NoConnection: none is free in time.
        """
        if not self._places.locked():
            await self._places.acquire()  # at once: no timer is needed
            return
        try:
            async with asyncio.timeout_at(until_s):
                await self._places.acquire()
        except TimeoutError as failure:
            raise NoConnection from failure

    async def _connected(self, origin: Origin, until_s: float) -> Connection:
        try:
            async with asyncio.timeout_at(until_s):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self._limit_bytes),
                    origin.host,
                    origin.port,
                    ssl=(self._tls or _system_tls()) if origin.scheme == "https" else None,
                )
        except (OSError, TimeoutError) as failure:
            raise NoConnection from failure
        return connection


@cache
def _system_tls() -> ssl.SSLContext:
    return ssl.create_default_context()
