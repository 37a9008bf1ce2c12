"""Load: requests at a fixed rate, or as fast as they are answered.

At a fixed rate each request has a scheduled time, and its latency counts from then, whether or not
a connection is free: a platform that stops for a second is charged with all requests of that
second. At saturation each connection sends its next request when the last one was answered, so the
rate is measured and not the length of a queue.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import orjson

from tools.bench.http_connection import NO_ANSWER, HttpConnection

_REPEATED = frozenset({NO_ANSWER, 429, 500, 502, 503, 504})
_REPEAT_AFTER_S = 0.25
_MAX_SLEEP_S = 0.05
_MIN_SLEEP_S = 0.001
_CREATED = 201


@dataclass(frozen=True, slots=True)
class Click:
    """One request, and when it was due, in seconds since 1970."""

    request: bytes
    due_s: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted application: when it was due and when it was answered, in seconds since 1970."""

    application_id: str
    tracking_number: str
    due_s: float
    answered_s: float


@dataclass(slots=True)
class Clicked:
    """The outcome of some clicks.

    Args:
        accepted: the accepted applications.
        refused: clicks that were refused for good, by status.
        repeated: how often a click was repeated because no usable answer came.
        unanswered: clicks that had no answer when time was up.
    """

    accepted: list[Accepted] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    repeated: int = 0
    unanswered: int = 0


class Load:
    """Sends clicks through a fixed number of kept-alive connections.

    Args:
        host: of the API.
        port: of the API.
        requests: prepared requests, each with a key of its own.
        connections: how many, and so how many clicks are under way at most.
        answer_timeout_s: how long the last answers are waited for.
    """

    def __init__(
        self,
        host: str,
        port: int,
        requests: Iterator[bytes],
        *,
        connections: int,
        answer_timeout_s: float = 60.0,
    ) -> None:
        self._address = host, port
        self._requests = requests
        self._connections = connections
        self._answer_timeout_s = answer_timeout_s
        self._idle: list[HttpConnection] = []
        self._under_way: dict[HttpConnection, Click] = {}
        self._waiting: deque[Click] = deque()
        self._clicked = Clicked()
        self._more: Callable[[], bool] = lambda: False
        self._pausing = 0
        self._finished = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._open = False

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._tasks.__aenter__()
        self._open = True
        for _ in range(self._connections):
            await self._connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open = False
        for connection in [*self._idle, *self._under_way]:
            connection.close()
        await self._tasks.__aexit__(kind, failure, trace)

    async def at_rate(self, per_s: float, seconds: float) -> Clicked:
        """Click on a schedule; return when all clicks are answered."""
        self._clicked, self._more = Clicked(), lambda: False
        count, begun_s, sent = int(per_s * seconds), time.time(), 0
        while sent < count:
            due = min(count, int((time.time() - begun_s) * per_s) + 1)
            for number in range(sent, due):
                self._send(Click(next(self._requests), begun_s + number / per_s))
            sent = max(sent, due)
            next_s = begun_s + sent / per_s - time.time()
            await asyncio.sleep(min(max(next_s, _MIN_SLEEP_S), _MAX_SLEEP_S))
        return await self._answers()

    async def at_saturation(self, *, seconds: float = 0.0, clicks: int = 0) -> Clicked:
        """Click on every connection as soon as its last click is answered.

        Args:
            seconds: for so long, or
            clicks: so many.
        """
        until_s, left = time.monotonic() + seconds, clicks

        def more() -> bool:
            nonlocal left
            left -= 1
            return left >= 0 if clicks else time.monotonic() < until_s

        self._clicked, self._more = Clicked(), more
        idle, self._idle = self._idle, []
        for connection in idle:
            self._next(connection)
        return await self._answers(after_s=seconds)

    async def _answers(self, after_s: float = 0.0) -> Clicked:
        """Wait for the missing answers; `after_s` is how long there are more clicks."""
        try:
            async with asyncio.timeout(after_s + self._answer_timeout_s):
                while self._under_way or self._waiting or self._pausing:
                    self._finished.clear()
                    await self._finished.wait()
        except TimeoutError:
            self._clicked.unanswered = len(self._under_way) + len(self._waiting) + self._pausing
        return self._clicked

    def _send(self, click: Click) -> None:
        if self._idle:
            self._send_on(self._idle.pop(), click)
        else:
            self._waiting.append(click)

    def _send_on(self, connection: HttpConnection, click: Click) -> None:
        self._under_way[connection] = click
        connection.send(click.request)

    def _next(self, connection: HttpConnection) -> None:
        """Use a free connection for the next click, if there is one."""
        if self._waiting:
            self._send_on(connection, self._waiting.popleft())
        elif self._more():
            self._send_on(connection, Click(next(self._requests), time.time()))
        else:
            self._idle.append(connection)
            if not self._under_way:
                self._finished.set()

    def _on_response(self, connection: HttpConnection, status: int, body: bytes) -> None:
        self._record(self._under_way.pop(connection), status, body)
        self._next(connection)

    def _record(self, click: Click, status: int, body: bytes) -> None:
        if status == _CREATED:
            made = orjson.loads(body)
            self._clicked.accepted.append(
                Accepted(made["application_id"], made["tracking_number"], click.due_s, time.time())
            )
        elif status in _REPEATED:
            self._clicked.repeated += 1
            self._pausing += 1
            asyncio.get_running_loop().call_later(_REPEAT_AFTER_S, self._repeat, click)
        else:
            self._clicked.refused[status] += 1

    def _repeat(self, click: Click) -> None:
        self._pausing -= 1
        self._send(click)

    def _on_lost(self, connection: HttpConnection) -> None:
        if not self._open:
            return
        if connection in self._idle:
            self._idle.remove(connection)
        if connection in self._under_way:
            self._record(self._under_way.pop(connection), NO_ANSWER, b"")
        self._tasks.create_task(self._reconnect())

    async def _reconnect(self) -> None:
        while self._open:
            try:
                await self._connect()
            except OSError:
                await asyncio.sleep(_REPEAT_AFTER_S)
            else:
                return

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: HttpConnection(self._on_response, self._on_lost), *self._address
        )
        self._next(connection)
