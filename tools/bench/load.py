"""Citizens clicking: at a fixed rate on a schedule, or as fast as they are answered.

At a fixed rate each click has its time, and its latency counts from that time whether or not
anybody was free to send it: a platform that stands still for a second is charged with every click
of that second. At saturation so many are under way at any moment, and each answer makes room for
the next: more than the platform takes is never offered, so what is measured is its speed and not
the length of a queue.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import orjson

from tools.bench.wire import NO_ANSWER, Line

_NOT_NOW = frozenset({NO_ANSWER, 429, 500, 502, 503, 504})
_AGAIN_AFTER_S = 0.25
_LONGEST_NAP_S = 0.05
_SHORTEST_NAP_S = 0.001
_ANSWERS_WITHIN_S = 60.0
_CREATED = 201


@dataclass(frozen=True, slots=True)
class Click:
    """One click: the request, and when it was due, in seconds since 1970."""

    request: bytes
    due_s: float


@dataclass(slots=True)
class Clicked:
    """What a stage's clicks brought.

    Args:
        due_s: when each accepted application was to be clicked, by tracking number.
        answered_s: when each was answered.
        refused: statuses of clicks that were refused for good.
        again: how often a click was repeated because no usable answer came.
        unanswered: clicks given up.
    """

    due_s: dict[str, float] = field(default_factory=dict)
    answered_s: dict[str, float] = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)
    again: int = 0
    unanswered: int = 0


class Load:
    """Clicks through a fixed number of kept-alive connections.

    Args:
        host: of the API.
        port: of the API.
        requests: gives one ready request after another, each with a key of its own.
        lines: how many connections, and so how many clicks under way at most.
    """

    def __init__(self, host: str, port: int, requests: Iterator[bytes], *, lines: int) -> None:
        self._address = host, port
        self._requests = requests
        self._lines = lines
        self._idle: list[Line] = []
        self._under_way: dict[Line, Click] = {}
        self._waiting: deque[Click] = deque()
        self._clicked = Clicked()
        self._more: Callable[[], bool] = lambda: False
        self._pausing = 0
        self._quiet = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._open = False

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._tasks.__aenter__()
        self._open = True
        for _ in range(self._lines):
            await self._connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open = False
        for line in [*self._idle, *self._under_way]:
            line.close()
        await self._tasks.__aexit__(kind, failure, trace)

    async def at_rate(self, per_s: float, seconds: float) -> Clicked:
        """Click on a schedule, and return when all are answered."""
        self._clicked, self._more = Clicked(), lambda: False
        many, begun_s, sent = int(per_s * seconds), time.time(), 0
        while sent < many:
            due = min(many, int((time.time() - begun_s) * per_s) + 1)
            for number in range(sent, due):
                self._send(Click(next(self._requests), begun_s + number / per_s))
            sent = max(sent, due)
            next_s = begun_s + sent / per_s - time.time()
            await asyncio.sleep(min(max(next_s, _SHORTEST_NAP_S), _LONGEST_NAP_S))
        return await self._answers()

    async def all_lines(self, *, seconds: float = 0.0, clicks: int = 0) -> Clicked:
        """Click on every line as soon as the one before is answered.

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
        for line in idle:
            self._next(line)
        return await self._answers(after_s=seconds)

    async def _answers(self, after_s: float = 0.0) -> Clicked:
        """Wait for the answers that are still out; who gets none in a minute has none.

        Args:
            after_s: for so long there are more clicks.
        """
        try:
            async with asyncio.timeout(after_s + _ANSWERS_WITHIN_S):
                while self._under_way or self._waiting or self._pausing:
                    self._quiet.clear()
                    await self._quiet.wait()
        except TimeoutError:
            self._clicked.unanswered = len(self._under_way) + len(self._waiting) + self._pausing
        return self._clicked

    def _send(self, click: Click) -> None:
        if self._idle:
            self._give(self._idle.pop(), click)
        else:
            self._waiting.append(click)

    def _give(self, line: Line, click: Click) -> None:
        self._under_way[line] = click
        line.send(click.request)

    def _next(self, line: Line) -> None:
        """Give a free line something to do, if there is anything."""
        if self._waiting:
            self._give(line, self._waiting.popleft())
        elif self._more():
            self._give(line, Click(next(self._requests), time.time()))
        else:
            self._idle.append(line)
            if not self._under_way:
                self._quiet.set()

    def _answered(self, line: Line, status: int, body: bytes) -> None:
        self._settle(self._under_way.pop(line), status, body)
        self._next(line)

    def _settle(self, click: Click, status: int, body: bytes) -> None:
        if status == _CREATED:
            number = orjson.loads(body)["tracking_number"]
            self._clicked.due_s[number] = click.due_s
            self._clicked.answered_s[number] = time.time()
        elif status in _NOT_NOW:
            self._clicked.again += 1
            self._pausing += 1
            asyncio.get_running_loop().call_later(_AGAIN_AFTER_S, self._again, click)
        else:
            self._clicked.refused[status] += 1

    def _again(self, click: Click) -> None:
        self._pausing -= 1
        self._send(click)

    def _lost(self, line: Line) -> None:
        if not self._open:
            return
        if line in self._idle:
            self._idle.remove(line)
        if line in self._under_way:
            self._settle(self._under_way.pop(line), NO_ANSWER, b"")
        self._tasks.create_task(self._reconnect())

    async def _reconnect(self) -> None:
        while self._open:
            try:
                await self._connect()
            except OSError:
                await asyncio.sleep(_AGAIN_AFTER_S)
            else:
                return

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(
            lambda: Line(self._answered, self._lost), *self._address
        )
        self._next(line)
