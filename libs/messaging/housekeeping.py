"""Keeps the tables of the mechanism small: marks that no redelivery can need go, in small batches.

A record can come again as long as Kafka keeps it: when a group's offsets are lost or set back (the
broker itself forgets those of a group that was away for a week), all that is kept is read anew. So
a mark outlives its record. Kafka deletes whole segments, each when its newest record is past the
retention: a record is kept for the retention, and a segment's span (a week) longer at most. The
compacted catalogue is kept for ever; whoever reads it again takes what is newest by its time.
"""

import asyncio

import structlog

from libs.component import ComponentHealth, pause
from libs.contracts.topics import TOPICS
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.messaging import inbox, upkeep
from libs.telemetry.metrics import Metrics

_DAY_S = 24 * 3600
SEGMENT_S = 7 * _DAY_S  # Kafka's own `segment.ms`; a test asks the broker
INBOX_KEPT_S = max(topic.retention_ms for topic in TOPICS) / 1000 + SEGMENT_S + _DAY_S

_EVERY_S = 15.0
_ROWS_AT_ONCE = 2_000
_BREATH_S = 0.05

log = structlog.get_logger()


class Housekeeping:
    """Deletes old inbox marks and settled dead letters, and says how much waits.

    Args:
        database: the service's own.
        metrics: shows what waits in the outbox and among the dead letters.
    """

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self.name = "housekeeping"
        self._database = database
        self._metrics = metrics

    def health(self) -> ComponentHealth:
        """Always well: it can wait."""
        return ComponentHealth()

    async def run(self, stop: asyncio.Event) -> None:
        """Tidy until `stop` is set."""
        while not await pause(stop, _EVERY_S):
            try:
                await self._measure()
                await self._tidy(stop)
            except Unavailable as failure:
                log.info("housekeeping waits", dependency=failure.dependency)

    async def _measure(self) -> None:
        async with self._database.transaction() as tx:
            waiting = await upkeep.measure(tx)
        self._metrics.gauge("outbox_waiting", waiting.outbox_rows)
        self._metrics.gauge("dead_letters_waiting", waiting.dead_letters)

    async def _tidy(self, stop: asyncio.Event) -> None:
        gone = _ROWS_AT_ONCE
        while gone == _ROWS_AT_ONCE and not await pause(stop, _BREATH_S):
            async with self._database.transaction() as tx:
                gone = await inbox.forget(tx, older_than_s=INBOX_KEPT_S, limit=_ROWS_AT_ONCE)
        async with self._database.transaction() as tx:
            await upkeep.forget_settled(tx, older_than_s=INBOX_KEPT_S, limit=_ROWS_AT_ONCE)
