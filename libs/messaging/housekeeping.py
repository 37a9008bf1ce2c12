"""Keeps the tables of messaging small: deletes marks that no redelivery can need any more.

A record can come again as long as Kafka keeps it: when the offsets of a group are lost or set back
(the broker itself forgets those of a group that was away for a week), everything that is kept is
read again. So a mark outlives its record. Kafka deletes whole segments, when the newest record of
the segment is past the retention: a record is kept for the retention, and the span of a segment (a
week) longer at most. The compacted catalogue is kept for ever; its readers take the newest event by
its time.
"""

import asyncio

from libs.contracts.topics import TOPICS
from libs.database.pool import Database
from libs.dead_letters import queries
from libs.messaging import inbox, outbox
from libs.periodic import Periodic
from libs.telemetry.metrics import Metrics

_DAY_S = 24 * 3600
SEGMENT_S = 7 * _DAY_S  # Kafka's own `segment.ms`; a test asks the broker
INBOX_KEPT_S = max(topic.retention_ms for topic in TOPICS) / 1000 + SEGMENT_S + _DAY_S

_EVERY_S = 15.0
_ROWS_AT_ONCE = 2_000
_COUNT_LIMIT = 10_000
_PAUSE_S = 0.05  # between two batches, so that a backlog does not take the database for itself


def housekeeping(database: Database, metrics: Metrics, *, every_s: float = _EVERY_S) -> Periodic:
    """Make the component that deletes old inbox marks and settled dead letters.

    It also measures the outbox and the open dead letters. The service is ready without it.

    Args:
        database: the service's own.
        metrics: shows the measured numbers, each counted up to 10,000.
        every_s: seconds between two rounds.
    """

    async def step() -> bool:
        async with database.transaction() as tx:
            waiting = await outbox.count_waiting(tx, limit=_COUNT_LIMIT)
            dead_letters = await queries.count_open(tx, limit=_COUNT_LIMIT)
        metrics.gauge("outbox_waiting", waiting)
        metrics.gauge("dead_letters_waiting", dead_letters)
        async with database.transaction() as tx:
            gone = await inbox.forget(tx, older_than_s=INBOX_KEPT_S, limit=_ROWS_AT_ONCE)
            await queries.delete_settled(tx, older_than_s=INBOX_KEPT_S, limit=_ROWS_AT_ONCE)
        more = gone == _ROWS_AT_ONCE
        if more:
            await asyncio.sleep(_PAUSE_S)
        return more

    return Periodic("housekeeping", step, every_s=every_s, required=False)
