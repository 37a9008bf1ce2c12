"""Replays dead letters through the same inbox, handler and outbox.

The transaction of a replay also settles the dead letter, so an interrupted or repeated replay has
no effect twice. The records that it blocked follow at once, in order. A job becomes due at once
without counted attempts, and its call is repeated under the same idempotency key.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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

log = structlog.get_logger()


@dataclass(slots=True)
class ReplayReport:
    """The result of a replay.

    Args:
        settled: ids that were handled or are due again, in order.
        failed: reason by id of those that failed again.
        blocked: ids that are still blocked by an earlier record of their key.
    """

    settled: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    blocked: list[int] = field(default_factory=list)

    def add(self, later: "ReplayReport") -> None:
        """Add the results of another replay."""
        self.settled += later.settled
        self.failed |= later.failed
        self.blocked += later.blocked


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
        self, selection: Selection, *, note: JournalNote | None = None, limit: int = 1000
    ) -> ReplayReport:
        """Replay open dead letters in order, and the records that they block.

        Args:
            selection: the dead letters to replay.
            note: for the journal.
            limit: maximum number of dead letters, without those that follow.

        Raises:
            Unavailable: our own database is unavailable; earlier replays stay settled.
        """
        async with self._database.transaction() as tx:
            queue = deque(await queries.select_ids(tx, selection, limit=limit))
            if note is not None:
                await queries.insert_journal(tx, note, "replay", list(queue))
        report = ReplayReport()
        while queue:
            queue.extendleft(reversed(await self._replay_one(queue.popleft(), report)))
        report.blocked = [each for each in report.blocked if each not in report.settled]
        return report

    async def _replay_one(self, dead_letter_id: int, report: ReplayReport) -> Sequence[int]:
        """Replay one dead letter; return the ids of those that it no longer blocks.

        Raises:
            Unavailable: our own database is unavailable.
        """
        if dead_letter_id in report.failed:
            return ()
        unblocked: Sequence[int] = ()
        try:
            async with self._database.transaction() as tx:
                dead_letter = await queries.lock_open(tx, dead_letter_id)
                if dead_letter is None:
                    return ()
                if isinstance(dead_letter.failed, FailedJob):
                    refused = await self._resend(tx, dead_letter_id, dead_letter.failed)
                elif await queries.is_blocked(tx, dead_letter_id, dead_letter.failed):
                    report.blocked.append(dead_letter_id)
                    return ()
                else:
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

    async def _resend(self, tx: Transaction, dead_letter_id: int, job: FailedJob) -> Refused | None:
        """Make a job due again; return why it cannot be."""
        actions = self._manual_actions.get(job.job_type)
        if actions is None or job.job_key not in await actions.resend(tx, [job.job_key]):
            return Refused("cannot_be_resent", "the job is gone, or worth nothing by now")
        await queries.settle(tx, [dead_letter_id], how=RESENT)
        return None

    async def _note(self, dead_letter_id: int, failure: Exception) -> str:
        """Note why a replay failed; the dead letter blocks what it blocked before."""
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
