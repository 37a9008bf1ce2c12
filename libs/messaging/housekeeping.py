"""Deletes inbox marks that no redelivery can need any more, settled dead letters and old data keys.

When the offsets of a group are lost or reset, the group reads all stored records again; the broker
deletes the offsets of a group without members after a week. So a mark must be stored for longer
than its record. Kafka deletes a segment when its newest record is past the retention, so a record
stays for the retention plus the span of a segment (a week) at most. The compacted catalogue stays
for ever; its consumers use the newest event by its time.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from libs.contracts.topics import SEGMENT_MS, TOPICS
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import queries
from libs.messaging.reading import inbox
from libs.messaging.writing import outbox
from libs.periodic import Periodic
from libs.telemetry.metrics import Metrics

_DAY_S = 24 * 3600
SEGMENT_S = SEGMENT_MS / 1000  # a test compares it with the broker
INBOX_KEPT_S = max(topic.retention_ms for topic in TOPICS) / 1000 + SEGMENT_S + _DAY_S

_EVERY_S = 15.0
_ROWS_AT_ONCE = 2_000
_COUNT_LIMIT = 10_000
_PAUSE_S = 0.05  # between two batches, so that a backlog does not fill the database's time

log = structlog.get_logger()


class Queue(Protocol):
    """A queue of jobs."""

    @property
    def name(self) -> str:
        """The name of the queue."""

    async def oldest_due_age_s(self, tx: Transaction) -> float:
        """Return for how many seconds its oldest due job is due; 0 if none is."""


def housekeeping(
    database: Database, metrics: Metrics, *, queues: Sequence[Queue] = (), every_s: float = _EVERY_S
) -> Periodic:
    """Make the component that deletes old inbox marks and settled dead letters.

    It also refreshes the data keys, counts stored values that cannot be decrypted, and measures the
    outbox, the queues and the open dead letters. The service's readiness does not depend on it.

    Args:
        database: the service's own.
        metrics: shows the measured numbers.
        queues: the service's queues of jobs.
        every_s: seconds between two rounds.
    """
    # A series that begins at one has no increase for Prometheus.
    metrics.count("values_unopened", 0)

    async def step() -> bool:
        if unopened := database.take_unopened():
            metrics.count("values_unopened", unopened.total())
            log.error("stored values cannot be decrypted", columns=dict(unopened))
        await database.refresh_keys()
        async with database.transaction() as tx:
            waiting, oldest_age_s = await outbox.measure_waiting(tx, limit=_COUNT_LIMIT)
            dead_letters = await queries.count_open(tx, limit=_COUNT_LIMIT)
            due = {queue.name: await queue.oldest_due_age_s(tx) for queue in queues}
        metrics.gauge("outbox_waiting", waiting)
        metrics.gauge("outbox_oldest_age_s", oldest_age_s)
        metrics.gauge("dead_letters_waiting", dead_letters)
        for queue, age_s in due.items():
            metrics.gauge("job_oldest_due_age_s", age_s, queue=queue)
        async with database.transaction() as tx:
            gone = await inbox.forget(tx, older_than_s=INBOX_KEPT_S, limit=_ROWS_AT_ONCE)
            await queries.delete_settled(tx, older_than_s=INBOX_KEPT_S, limit=_ROWS_AT_ONCE)
        more = gone == _ROWS_AT_ONCE
        if more:
            await asyncio.sleep(_PAUSE_S)
        return more

    return Periodic(
        "housekeeping", step, metrics=metrics, every_s=every_s, begins_within_s=min(every_s, 5.0)
    )
