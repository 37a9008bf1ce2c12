"""A loop that repeats a step: refreshing, sweeping, deleting old rows."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from libs.backoff import Backoff
from libs.component import ComponentHealth
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.telemetry.metrics import Metrics
from libs.trace_context import new_context, set_current

Step = Callable[[], Awaitable[object]]
"""One step; a true result means that there is more to do."""

_BEGINS_WITHIN_S = 30.0
_LONGEST_AFTER_DEFECT_S = 60.0

log = structlog.get_logger()


class Periodic:
    """A component that repeats a step.

    The next step follows at once after a true result or `wake`, and otherwise after `every_s`.
    While a dependency is unavailable, the step is repeated after 0.2 to 5 s. Any other failure is a
    defect: it is counted, which raises an alert, and the step is repeated after 1 to 60 s. Neither
    ends the process.

    Args:
        name: the component's name.
        step: what to do.
        metrics: counts defects.
        every_s: seconds between two steps.
        required: whether the service is ready only after a first success, and not while a
            dependency of the step is unavailable.
        begins_within_s: the first step begins within these seconds, at random.
    """

    def __init__(
        self,
        name: str,
        step: Step,
        *,
        metrics: Metrics,
        every_s: float,
        required: bool = False,
        begins_within_s: float = 0.0,
    ) -> None:
        self.name = name
        self._step = step
        self._metrics = metrics
        self._every_s = every_s
        self._required = required
        self._begins_within_s = begins_within_s
        self._woken = asyncio.Event()
        self._backoff = Backoff()
        self._after_defect = Backoff(first_s=1.0, most_s=_LONGEST_AFTER_DEFECT_S)
        self._health = ComponentHealth(ready=not required, detail="not done yet")
        # A series that begins at one has no increase for Prometheus.
        metrics.count("step_defects", 0, component=name)

    def wake(self) -> None:
        """Begin the next step without waiting."""
        self._woken.set()

    def health(self) -> ComponentHealth:
        """Ready when the last step succeeded, or when readiness does not depend on it."""
        return self._health

    async def run(self, stop: asyncio.Event) -> None:
        """Repeat the step until `stop` is set; a step under way is finished."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake_at(stop))
            if self._begins_within_s:
                await self._pause(random.uniform(0.0, self._begins_within_s))  # noqa: S311
            while not stop.is_set():
                self._woken.clear()
                await self._pause(await self._do_step())

    async def _do_step(self) -> float:
        """Do one step, in a trace of its own; return the seconds until the next one."""
        set_current(new_context())
        try:
            more = await self._step()
        except Unavailable as failure:
            self._health = ComponentHealth(
                ready=not self._required, detail=f"waits for {failure.dependency}"
            )
            log.warning("step failed", component=self.name, dependency=failure.dependency)
            return min(self._every_s, self._backoff.next_s())
        except Exception as defect:  # house: broad-except (the next step may succeed)
            self._health = replace(self._health, detail=f"failed: {type(defect).__name__}")
            self._metrics.count("step_defects", component=self.name)
            log.exception("step failed by a defect", component=self.name)
            return min(self._every_s, self._after_defect.next_s())
        self._health, self._backoff = ComponentHealth(), Backoff()
        self._after_defect = Backoff(first_s=1.0, most_s=_LONGEST_AFTER_DEFECT_S)
        return 0.0 if more else self._every_s

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._woken.set()


def deletion(
    name: str,
    database: Database,
    delete: Callable[[Transaction], Awaitable[int]],
    *,
    metrics: Metrics,
    every_s: float,
) -> Periodic:
    """Make a component that deletes old rows now and then, in a transaction.

    Old rows can wait: a process that starts needs its connections for other things first.

    Args:
        name: the component's name.
        database: the service's own.
        delete: deletes some; a true result means that there are more.
        metrics: counts defects.
        every_s: seconds between two deletions; the first is made within half a minute.
    """
    return Periodic(
        name,
        in_transaction(database, delete),
        metrics=metrics,
        every_s=every_s,
        begins_within_s=min(every_s, _BEGINS_WITHIN_S),
    )


def in_transaction(
    database: Database, step: Callable[[Transaction], Awaitable[int]]
) -> Callable[[], Awaitable[int]]:
    """Make a step that runs a function in a transaction and returns its result."""

    async def run() -> int:
        async with database.transaction() as tx:
            return await step(tx)

    return run
