"""Stores dead letters, in the transaction that gives up on a record or a job.

So nothing is skipped without a trace. Where order matters, later records of the same key are stored
too, blocked by the failed one, and are replayed after it.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Final

from libs.contracts.topics import Topic
from libs.database.transaction import Transaction
from libs.dead_letters import alerts, queries
from libs.dead_letters.rules import (
    BlockedApplication,
    FailedJob,
    FailedRecord,
    application_of,
)
from libs.telemetry.metrics import Metrics
from libs.trace_context import read_text

ANNOUNCE_AFTER_S: Final = 60.0
_ANNOUNCED_AT_ONCE = 200

Announce = Callable[[Transaction, Sequence[BlockedApplication]], Awaitable[None]]


async def keep_records(tx: Transaction, records: Sequence[FailedRecord]) -> list[FailedRecord]:
    """Store records that could not be processed; return those that were not stored before."""
    if not records:
        return []
    fresh = await queries.insert_records(tx, records)
    kept = {record.origin: record for record in reversed(records) if record.origin in fresh}
    return [record for record in records if kept.get(record.origin) is record]


async def blocked_keys(
    tx: Transaction, keys: Collection[tuple[str, bytes]]
) -> set[tuple[str, bytes]]:
    """Return the blocked ones of these topics and keys; they stay blocked until the end of `tx`."""
    pairs = list(keys)
    return await queries.blocked_keys(tx, [topic for topic, _ in pairs], [key for _, key in pairs])


async def keep_jobs(
    tx: Transaction, metrics: Metrics, jobs: Sequence[FailedJob]
) -> list[FailedJob]:
    """Store jobs that failed for good, and raise one alert for each new failure; return them."""
    if not jobs:
        return []
    fresh = await queries.insert_jobs(tx, jobs)
    new = [job for job in jobs if (job.job_type, job.job_key) in fresh]
    for job in new:
        count = partial(metrics.count, queue=job.job_type, destination=job.destination)
        tx.after_commit(partial(count, "jobs_failed"))
        details = {"destination": job.destination, "job": job.job_key, "reason": job.reason}
        alerts.alert(tx, metrics, job.job_type, details)
    return new


async def settle_jobs(
    tx: Transaction, job_type: str, job_keys: Collection[str], *, how: str
) -> None:
    """Settle the dead letters of jobs that were completed in another way."""
    await queries.settle_jobs(tx, job_type, job_keys, how)


async def announce_blocked(
    tx: Transaction,
    topics: Iterable[Topic],
    announce: Announce,
    *,
    after_s: float = ANNOUNCE_AFTER_S,
) -> int:
    """Announce applications that a record of some topics blocks; return the number of records.

    A dead letter is announced once, and only after it has been open for a minute: citizens are not
    notified of problems that are fixed at once.

    Args:
        tx: the transaction.
        topics: topics keyed by application, whose order matters.
        announce: announces applications in the same transaction.
        after_s: seconds that a dead letter must have been open.
    """
    names = [name for topic in topics for name in topic.names()]
    rows = await queries.mark_announced(tx, names, older_than_s=after_s, limit=_ANNOUNCED_AT_ONCE)
    blocked = [
        BlockedApplication(
            row["dead_letter_id"], application_id, row["topic"], read_text(row["trace_context"])
        )
        for row in rows
        if (application_id := application_of(row["record_key"])) is not None
    ]
    if blocked:
        await announce(tx, blocked)
    return len(rows)


async def read_newest_value(tx: Transaction, blocked: BlockedApplication) -> bytes | None:
    """Read the value of a blocked application's newest open dead letter, in its topic.

    Returns:
        None if it has no value, or none that can be decrypted.
    """
    key = str(blocked.application_id).encode()
    newest = await queries.read_newest(tx, blocked.topic, key)
    return newest.value if newest else None
