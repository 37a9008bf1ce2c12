"""Replays dead letters through the same inbox, handler and outbox.

The transaction of a replay also settles the dead letter, so an interrupted or repeated replay has
no effect twice. The records that it blocked follow at once, in order. A job becomes due at once
without counted attempts, and its call is repeated under the same idempotency key. Jobs are resent
many in a transaction: an outage may have failed ten thousand.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import structlog

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import queries
from libs.dead_letters.rules import (
    REPLAYED,
    RESENT,
    FailedJob,
    FailedRecord,
    JournalNote,
    ManualActions,
    Redeliver,
    Selection,
)
from libs.errors import Refused, Unavailable, Unreadable

_AT_ONCE: Final = 500
_CANNOT_BE_RESENT: Final = "refused.cannot_be_resent"

log = structlog.get_logger()


@dataclass(slots=True)
class ReplayReport:
    """The result of a replay.

    Args:
        settled: ids that were handled or are due again, in order.
        failed: reason by id of those that failed again.
        blocked: ids that are still blocked by an earlier record of their key.
        resent: job type and key by id of those in `settled` that are due again.
    """

    settled: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    blocked: list[int] = field(default_factory=list)
    resent: dict[int, tuple[str, str]] = field(default_factory=dict)

    def add(self, later: "ReplayReport") -> None:
        """Add the results of another replay."""
        self.settled += later.settled
        self.failed |= later.failed
        self.blocked += later.blocked
        self.resent |= later.resent


class Replay:
    """Replays the dead letters of one service.

    Args:
        database: the service's own.
        redeliver: calls the handler of a record again.
        manual_actions: by job type.
    """

    def __init__(
        self, database: Database, redeliver: Redeliver, manual_actions: Mapping[str, ManualActions]
    ) -> None:
        self._database = database
        self._redeliver = redeliver
        self._manual_actions = manual_actions

    async def run(
        self, selection: Selection, *, note: JournalNote | None = None, limit: int | None = None
    ) -> ReplayReport:
        """Replay open dead letters in order, and the records that they block.

        Args:
            selection: the dead letters to replay.
            note: for the journal.
            limit: maximum number of dead letters, without those that follow; None for all.

        Raises:
            Unavailable: our own database is unavailable; earlier replays stay settled.
        """
        report, after = ReplayReport(), 0
        while page := await self._next(selection, note, after, limit):
            for is_job, letters in groupby(page, key=lambda letter: letter[1]):
                ids = [dead_letter_id for dead_letter_id, _ in letters]
                await (self._resend_all if is_job else self._replay_each)(ids, report)
            after = page[-1][0]
            limit = None if limit is None else limit - len(page)
        report.blocked = [
            blocked_id for blocked_id in report.blocked if blocked_id not in report.settled
        ]
        return report

    async def _next(
        self, selection: Selection, note: JournalNote | None, after: int, limit: int | None
    ) -> Sequence[tuple[int, bool]]:
        """Select the next dead letters, and write them into the journal."""
        at_once = _AT_ONCE if limit is None else min(limit, _AT_ONCE)
        async with self._database.transaction() as tx:
            page = await queries.select_ids(tx, selection, after=after, limit=at_once)
            if note is not None:
                await queries.insert_journal(
                    tx, note, "replay", [dead_letter_id for dead_letter_id, _ in page]
                )
        return page

    async def _resend_all(self, ids: Sequence[int], report: ReplayReport) -> None:
        """Make jobs due again together; if that fails, one by one shows which job it is.

        Raises:
            Unavailable: our own database is unavailable.
        """
        try:
            async with self._database.transaction() as tx:
                jobs = await queries.lock_open_jobs(tx, ids)
                resent = await self._resend(tx, jobs)
        except Exception as failure:  # house: broad-except
            if len(ids) > 1:
                for dead_letter_id in ids:
                    await self._resend_all([dead_letter_id], report)
                return
            if isinstance(failure, Unavailable):
                raise
            report.failed[ids[0]] = await self._note(ids[0], failure)
            return
        report.settled += resent
        report.resent |= {
            dead_letter_id: (jobs[dead_letter_id].job_type, jobs[dead_letter_id].job_key)
            for dead_letter_id in resent
        }
        report.failed |= dict.fromkeys(jobs.keys() - set(resent), _CANNOT_BE_RESENT)

    async def _resend(self, tx: Transaction, jobs: Mapping[int, FailedJob]) -> list[int]:
        """Make jobs due again, and settle their dead letters; return those that could be."""
        resent: set[tuple[str, str]] = set()
        for job_type in {job.job_type for job in jobs.values()} & self._manual_actions.keys():
            keys = [job.job_key for job in jobs.values() if job.job_type == job_type]
            found = await self._manual_actions[job_type].resend(tx, keys)
            resent.update((job_type, key) for key in found)
        ids = [
            dead_letter_id
            for dead_letter_id, job in jobs.items()
            if (job.job_type, job.job_key) in resent
        ]
        await queries.settle(tx, ids, how=RESENT)
        return ids

    async def _replay_each(self, ids: Sequence[int], report: ReplayReport) -> None:
        queue = deque(ids)
        while queue:
            queue.extendleft(reversed(await self._replay_one(queue.popleft(), report)))

    async def _replay_one(self, dead_letter_id: int, report: ReplayReport) -> Sequence[int]:
        """Replay the dead letter of a record; return the ids of those that it no longer blocks.

        Raises:
            Unavailable: our own database is unavailable.
        """
        if dead_letter_id in report.failed:
            return ()
        try:
            async with self._database.transaction() as tx:
                dead_letter = await queries.lock_open(tx, dead_letter_id)
                if dead_letter is None or isinstance(dead_letter.failed, FailedJob):
                    return ()
                if await queries.is_blocked(tx, dead_letter_id, dead_letter.failed):
                    report.blocked.append(dead_letter_id)
                    return ()
                refused = await self._redeliver(tx, dead_letter.failed)
                unblocked = await _close(tx, dead_letter_id, dead_letter.failed, refused)
        except Unavailable:
            raise
        except Exception as failure:  # noqa: BLE001 house: broad-except
            report.failed[dead_letter_id] = await self._note(dead_letter_id, failure)
            return ()
        if refused is None:
            report.settled.append(dead_letter_id)
        else:
            report.failed[dead_letter_id] = f"refused.{refused.code}"
        return unblocked

    async def _note(self, dead_letter_id: int, failure: Exception) -> str:
        """Note why a replay failed; the dead letter goes on to block its key."""
        reason, detail = f"defect.{type(failure).__name__}", "the handler failed"
        if isinstance(failure, Unreadable):
            reason, detail = f"unreadable.{failure.reason}", failure.detail
        else:
            log.error("replay failed", dead_letter_id=dead_letter_id, exc_info=failure)
        async with self._database.transaction() as tx:
            await queries.add_failed_attempt(tx, dead_letter_id, reason=reason, detail=detail)
        return reason


async def _close(
    tx: Transaction, dead_letter_id: int, record: FailedRecord, refused: Refused | None
) -> list[int]:
    """Settle a dead letter, or note the refusal; neither blocks other records any more."""
    if refused is None:
        await queries.settle(tx, [dead_letter_id], how=REPLAYED)
    else:
        reason = f"refused.{refused.code}"
        await queries.add_refusal(tx, dead_letter_id, reason=reason, detail=refused.detail)
    return await queries.blocked_by(tx, dead_letter_id, record)
