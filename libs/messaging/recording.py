"""Writing down what came of calls: together, to the end, and as dead letters where it is bad."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic

import structlog

from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.messaging import alerting
from libs.messaging.failedrow import FailedRow, keep_rows, reason_of
from libs.messaging.retry import Backoff
from libs.messaging.work import Done, Outcome, Row, Work
from libs.telemetry.metrics import Metrics

_TRIES = 3

log = structlog.get_logger()


class Recording(Generic[Row, Outcome]):
    """Records outcomes of one worker; rows that ended badly become dead letters with it.

    Args:
        name: the worker's.
        work: the service's functions.
        database: the service's own.
        metrics: counts final failures.
        gather_s: seconds to let more outcomes arrive; 0 wherever somebody waits for what follows.
    """

    def __init__(
        self,
        name: str,
        work: Work[Row, Outcome],
        database: Database,
        metrics: Metrics,
        *,
        gather_s: float = 0.0,
    ) -> None:
        self._name = name
        self._work = work
        self._database = database
        self._metrics = metrics
        self._group = GroupCommit(f"{name} outcomes", database, self._record, gather_s=gather_s)
        alerting.watch(metrics, name)

    async def run(self, stop: asyncio.Event) -> None:
        """Write group after group until `stop` is set and nobody waits any more."""
        await self._group.run(stop)

    async def to_the_end(self, done: Sequence[Done[Row, Outcome]]) -> None:
        """Record outcomes, however long our database is away: the call must not be repeated.

        What cannot be written down at all is set aside after a few tries; left as it is, its row
        would be claimed and the call repeated at the end of each lease, for ever.
        """
        bad: list[tuple[Done[Row, Outcome], Exception]] = []
        for _ in range(_TRIES):
            bad = await self._written(done)
            for each, failure in bad:
                row = str(each.row.key)
                log.error(
                    "outcome cannot be recorded", worker=self._name, row=row, exc_info=failure
                )
            if not bad:
                return
            done = [each for each, _ in bad]
        for each, failure in bad:
            try:
                reason = f"unrecorded.{type(failure).__name__}"
                await _patiently(partial(self._set_aside, each, reason))
            except Exception:  # house: broad-except (the other rows go on)
                log.exception("row cannot be set aside", worker=self._name, row=str(each.row.key))

    async def _written(
        self, done: Sequence[Done[Row, Outcome]]
    ) -> list[tuple[Done[Row, Outcome], Exception]]:
        """Record outcomes; return those that our database takes badly, each with what it says."""
        bad: list[tuple[Done[Row, Outcome], Exception]] = []
        backoff = Backoff(first_s=0.1, most_s=5.0)
        while True:
            results = list(zip(done, await self._submitted(done), strict=True))
            done = [each for each, result in results if isinstance(result, Unavailable)]
            bad += [
                (each, result)
                for each, result in results
                if result is not None and not isinstance(result, Unavailable)
            ]
            if not done:
                return bad
            await asyncio.sleep(backoff.next_s())

    async def _submitted(self, done: Sequence[Done[Row, Outcome]]) -> Sequence[Exception | None]:
        try:
            return await self._group.submit_all(done)
        except Unavailable as failure:
            return [failure] * len(done)

    async def _set_aside(self, done: Done[Row, Outcome], why: str) -> None:
        detail = "what came of the call could not be written down"
        async with self._database.transaction() as tx:
            await self._work.set_aside(tx, [done.row])
            await keep_failed(tx, self._metrics, [self._failed(done, why, detail)])

    async def _record(
        self, tx: Transaction, done: Sequence[Done[Row, Outcome]]
    ) -> Sequence[Exception | None]:
        ended = await self._work.record(tx, done)
        bad = [each for each in done if each.row.key in ended]
        rows = [self._failed(each, *reason_of(each.failure)) for each in bad]
        await keep_failed(tx, self._metrics, rows)
        return [None] * len(done)

    def _failed(self, done: Done[Row, Outcome], reason: str, detail: str) -> FailedRow:
        return FailedRow(
            worker=self._name,
            row_key=str(done.row.key),
            party=self._work.party_of(done.row),
            reason=reason,
            detail=detail,
            attempts=done.row.attempts + done.counts,
            holds_back=self._work.ordered,
            trace=done.row.trace,
        )


async def keep_failed(tx: Transaction, metrics: Metrics, rows: Sequence[FailedRow]) -> None:
    """Keep rows that ended badly as dead letters, and raise one alert for each new one."""
    for row in await keep_rows(tx, rows):
        count = partial(metrics.count, worker=row.worker, party=row.party)
        tx.after_commit(partial(count, "work_given_up"))
        seen = {"party": row.party, "row": row.row_key, "reason": row.reason}
        alerting.alert(tx, metrics, row.worker, seen)


async def _patiently(write: Callable[[], Awaitable[None]]) -> None:
    """Write, and wait as long as our database is away."""
    backoff = Backoff(first_s=0.1, most_s=5.0)
    while True:
        try:
            await write()
        except Unavailable:
            await asyncio.sleep(backoff.next_s())
        else:
            return
