"""A deadline for many tasks, with one timer for all of them.

Most tasks end in time, so a timer per task would nearly always be set and cancelled in vain.
"""

import asyncio
from types import TracebackType
from typing import Any, Self, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.errors import Refused, Unavailable


class Deadline:
    """Cancels work that takes too long.

    Args:
        after_s: seconds that the work of one `TimedWork` may take.
    """

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._begun_s: dict[TimedWork, float] = {}  # oldest first
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, timed: "TimedWork") -> None:
        """Start the deadline of this work."""
        loop = asyncio.get_running_loop()
        self._begun_s[timed] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._after_s, self._sweep)

    def end(self, timed: "TimedWork") -> None:
        """Remove work that has ended."""
        self._begun_s.pop(timed, None)

    def _sweep(self) -> None:
        """Cancel overdue work, and set the timer for the next deadline."""
        loop = asyncio.get_running_loop()
        self._timer = None
        for timed, begun_s in list(self._begun_s.items()):
            left_s = begun_s + self._after_s - loop.time()
            if left_s > 0:
                self._timer = loop.call_later(left_s, self._sweep)
                return
            del self._begun_s[timed]
            timed.time_out()


class TimedWork:
    """Applies a deadline to its body, like `asyncio.timeout`.

    Args:
        deadline: the deadline.
    """

    __slots__ = ("_cancelling", "_deadline", "_task", "expired")

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self.expired = False

    def time_out(self) -> None:
        """Cancel the work, which raises TimeoutError."""
        self.expired = True
        self._task.cancel()

    def __enter__(self) -> Self:
        self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._cancelling = self._task.cancelling()
        self._deadline.begin(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._deadline.end(self)
        if not self.expired:
            return
        cancelled_otherwise = self._task.uncancel() > self._cancelling
        if kind is asyncio.CancelledError and not cancelled_otherwise:
            raise TimeoutError from failure


class DeadlineLimit:
    """ASGI middleware that applies a deadline to a route until its answer begins.

    Args:
        app: the route.
        deadline: shared by all requests with the same deadline.
    """

    def __init__(self, app: ASGIApp, deadline: Deadline) -> None:
        self._app = app
        self._deadline = deadline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request.

        Raises:
            Refused: the deadline passed before the caller had sent the body.
            Unavailable: the deadline passed.
            TimeoutError: raised by the route itself.
        """
        timed = TimedWork(self._deadline)
        waits_for_body = False

        async def receive_noted() -> Message:
            nonlocal waits_for_body
            waits_for_body = True
            message = await receive()
            waits_for_body = False
            return message

        async def send_in_time(message: Message) -> None:
            self._deadline.end(timed)
            await send(message)

        try:
            with timed:
                await self._app(scope, receive_noted, send_in_time)
        except TimeoutError as failure:
            if timed.expired and waits_for_body:
                raise Refused("body_late") from failure
            if timed.expired:
                raise Unavailable("deadline", "no answer in time") from failure
            raise
