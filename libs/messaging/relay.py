"""Publishes the outbox to Kafka in order, and deletes a row only when Kafka has it.

One relay at a time per service: it holds an advisory lock on the connection that it reads with, so
that a lost connection also releases the lock. A commit in the same process wakes it; it also polls
every second. Measured: deleting the last batch and reading the next in one statement, and filling
whole batches: 96,000 rows a second; each send awaited: 4,200.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from libs.backoff import Backoff
from libs.component import ComponentHealth, pause
from libs.database.pool import Database, is_temporary
from libs.errors import Unavailable
from libs.messaging import outbox
from libs.messaging.broker import Broker
from libs.messaging.publish import Publisher
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing

_LOCK = 7_262_402  # advisory lock of the relay of a database
_ROWS = 2_000
_POLL_S = 1.0
_LATER_S = 0.2
_DELETED_WITHIN_S = 0.05
_ROWS_UNTIL_VACUUM = 5_000
_OF_DATABASE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_FAILURES = (Unavailable, KafkaError, OSError, *_OF_DATABASE)

log = structlog.get_logger()


class Relay:
    """Publishes the events of one service.

    Args:
        broker: the connection to Kafka.
        database: the service's own.
        tracing: makes a span for each sampled event.
        metrics: counts acknowledged events.
    """

    def __init__(
        self, *, broker: Broker, database: Database, tracing: Tracing, metrics: Metrics
    ) -> None:
        self.name = "relay"
        self._broker = broker
        self._database = database
        self._tracing = tracing
        self._metrics = metrics
        self._wake = asyncio.Event()
        self._backoff = Backoff()
        self._health = ComponentHealth(ready=False, detail="starting")
        database.on_notification(outbox.SIGNAL, self._wake.set)
        database.on_notification(outbox.LATER, self._wake_later)

    def health(self) -> ComponentHealth:
        """Ready while it publishes, or another relay of the service does."""
        return self._health

    def _wake_later(self) -> None:
        """Wake the relay later, for events that no person waits for."""
        asyncio.get_running_loop().call_later(_LATER_S, self._wake.set)

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop` is set and the outbox is empty, or Kafka is unavailable."""
        while True:
            try:
                connection = await self._database.dedicated()
                try:
                    if await self._lead_when_free(connection, stop):
                        return
                finally:
                    with suppress(OSError, *_OF_DATABASE):
                        await connection.close(timeout=2)
            except _FAILURES as failure:
                self._note_failure(failure)
            if stop.is_set() or await pause(stop, self._backoff.next_s()):
                return

    async def _lead_when_free(
        self, connection: "asyncpg.Connection[asyncpg.Record]", stop: asyncio.Event
    ) -> bool:
        """Wait for the lock, then publish; return True after the stop, when all is published."""
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            self._health = ComponentHealth(detail="another replica publishes")
            if await pause(stop, _POLL_S):
                return True
        async with Publisher(self._broker, self._tracing) as publisher:
            self._health = ComponentHealth()
            return await self._lead(connection, publisher, stop)

    async def _lead(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        publisher: Publisher,
        stop: asyncio.Event,
    ) -> bool:
        done: Sequence[int] = []
        gone = 0
        # No fsync: consumers' inboxes drop rows that come back after a crash.
        await connection.execute("SET synchronous_commit = off")
        while True:
            self._wake.clear()
            rows = await outbox.next_rows(connection, done, limit=_ROWS)
            gone, done = gone + len(done), []
            publisher.check()
            if rows:
                done = await publisher.publish(rows)
                self._metrics.count("outbox_published", len(done))
                self._note_progress(publisher, done)
            if not done and stop.is_set():
                return not rows
            if gone >= _ROWS_UNTIL_VACUUM:
                await outbox.make_room(connection)
                gone = 0
            # Published rows are deleted by the statement that reads the next ones, if that is soon.
            there_is_more = bool(done) and (len(done) < len(rows) or len(rows) == _ROWS)
            if not (there_is_more or stop.is_set()):
                await pause(self._wake, _DELETED_WITHIN_S if done else _POLL_S)

    def _note_progress(self, publisher: Publisher, done: Sequence[int]) -> None:
        if done:
            self._backoff = Backoff()
        missing = publisher.missing()
        self._health = (
            ComponentHealth(ready=False, detail=f"not open: {missing[0]}")
            if missing
            else ComponentHealth()
        )

    def _note_failure(self, failure: Exception) -> None:
        if isinstance(failure, _OF_DATABASE) and not is_temporary(failure):
            log.error("relay failed", exc_info=failure)
        self._health = ComponentHealth(
            ready=False, detail=f"cannot publish: {type(failure).__name__}"
        )
        log.warning("relay waits", failure=type(failure).__name__)
