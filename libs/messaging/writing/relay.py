"""Publishes the outbox to Kafka in order, and deletes a row only when Kafka has it.

One relay at a time per service: it holds an advisory lock on the connection that it reads with, so
that a lost connection also releases the lock. A commit in the same process wakes it; it also polls
every second. Measured: deleting the last batch and reading the next in one statement, and filling
whole batches: 96,000 rows a second; each send awaited: 4,200. Rows of a destination that cannot be
written are set aside; see `blocked.py`.
"""

import asyncio
from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
import structlog
from aiokafka.errors import KafkaError, KafkaTimeoutError

from libs.backoff import Backoff
from libs.component import ComponentHealth, pause
from libs.contracts.topics import TOPICS
from libs.database.pool import DATABASE_FAILURES, Database, is_temporary
from libs.dead_letters import alerts
from libs.errors import Unavailable
from libs.messaging.kafka.broker import Broker
from libs.messaging.kafka.cancellation import failing_if_unasked
from libs.messaging.writing import outbox
from libs.messaging.writing.blocked import BlockedDestinations
from libs.messaging.writing.destination import Destination
from libs.messaging.writing.outbox import OutboxRow
from libs.messaging.writing.publish import OTHER_PARTITIONS, Publisher, Sorted
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing

_LOCK = 7_262_402  # advisory lock of the relay of a database
_ROWS = 2_000
_POLL_S = 1.0
_DELETED_WITHIN_S = 0.05
_UNANSWERED_S = 5.0
# A round waits half a second for answers. An endless wait is begun anew (decision 52).
_ROUND_WITHIN_S = 60.0
_ROWS_UNTIL_VACUUM = 5_000
_FAILURES = (Unavailable, KafkaError, OSError, *DATABASE_FAILURES)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Round:
    """The outcome of one round.

    Args:
        published: ids of rows that Kafka has.
        moved: number of rows that were set aside.
        is_waiting: whether rows were sent that have no answer yet.
        missing_keys: ids of data keys without which rows were left out.
    """

    published: Sequence[int] = ()
    moved: int = 0
    is_waiting: bool = False
    missing_keys: Set[int] = frozenset()

    @property
    def is_idle(self) -> bool:
        return not (self.published or self.moved or self.is_waiting or self.missing_keys)

    def is_followed_at_once(self, rows: int) -> bool:
        """Whether the next round begins without a pause, after a round that read so many rows."""
        gone = len(self.published) + self.moved
        if self.is_waiting or self.missing_keys:
            return True
        return gone > 0 and (gone < rows or rows == _ROWS)


class Relay:
    """Publishes the events of one service.

    Args:
        broker: the connection to Kafka.
        database: the service's own.
        tracing: makes a span for each sampled event.
        metrics: counts acknowledged events.
        unanswered_s: seconds after which a partition without an answer is set aside.
        poll_s: seconds between two looks at the outbox, or for the lock, without a wake-up.
        round_within_s: seconds after which a round, or a cluster that does not answer, is given up.
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        broker: Broker,
        database: Database,
        tracing: Tracing,
        metrics: Metrics,
        unanswered_s: float = _UNANSWERED_S,
        poll_s: float = _POLL_S,
        round_within_s: float = _ROUND_WITHIN_S,
    ) -> None:
        self.name = "relay"
        self._broker = broker
        self._database = database
        self._tracing = tracing
        self._metrics = metrics
        self._unanswered_s = unanswered_s
        self._poll_s = poll_s
        self._round_within_s = round_within_s
        self._wake = asyncio.Event()
        self._backoff = Backoff()
        self._health = ComponentHealth(ready=False, detail="starting")
        database.on_notification(outbox.ROWS_ADDED, self._wake.set)
        for topic in TOPICS:
            if topic.writer == broker.service:
                alerts.watch(metrics, topic.name)

    def health(self) -> ComponentHealth:
        """Ready while it publishes, or another relay of the service does."""
        return self._health

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop` is set and the outbox is empty, or Kafka is unavailable."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake_at(stop))
            while not await self._publish_until_a_failure(stop, tasks):
                if stop.is_set() or await pause(stop, self._backoff.next_s()):
                    return

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _publish_until_a_failure(self, stop: asyncio.Event, tasks: asyncio.TaskGroup) -> bool:
        """Publish; return True after the stop, False after a failure."""
        try:
            connection = await self._database.dedicated()
            try:
                with failing_if_unasked():
                    return await self._lead_when_free(connection, stop, tasks)
            finally:
                with suppress(OSError, *DATABASE_FAILURES):
                    await connection.close(timeout=2)
        except _FAILURES as failure:
            self._note_failure(failure)
            return False

    async def _lead_when_free(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        stop: asyncio.Event,
        tasks: asyncio.TaskGroup,
    ) -> bool:
        """Wait for the lock, then publish; return True after the stop, when all is published."""
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            self._health = ComponentHealth(detail="another replica publishes")
            if await pause(stop, self._poll_s):
                return True
        blocked = BlockedDestinations(
            self._broker, self._database, self._tracing, self._metrics, tasks
        )
        publisher = Publisher(
            self._broker.producer(),
            self._tracing,
            counts=blocked.counts,
            batch_bytes=blocked.batch_bytes,
        )
        try:
            async with publisher:
                await blocked.load()
                self._health = ComponentHealth()
                return await self._lead(connection, publisher, blocked, stop)
        finally:
            await blocked.close()

    async def _lead(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        publisher: Publisher,
        blocked: BlockedDestinations,
        stop: asyncio.Event,
    ) -> bool:
        last = _Round()
        gone = 0
        skipped_keys: set[int] = set()
        # No fsync: consumers' inboxes drop rows that come back after a crash.
        await connection.execute("SET synchronous_commit = off")
        while True:
            self._wake.clear()
            await blocked.refresh_held_keys()
            skipped_keys = {
                skipped_key
                for skipped_key in skipped_keys
                if self._database.cipher.is_awaited(skipped_key)
            }
            rows = await outbox.next_rows(
                connection, last.published, limit=_ROWS, skipped_keys=skipped_keys
            )
            gone += len(last.published)
            async with asyncio.timeout(self._round_within_s):
                last = await self._publish(publisher, blocked, rows) if rows else _Round()
            skipped_keys |= last.missing_keys
            self._note_progress(publisher, blocked, last)
            if stop.is_set() and last.is_idle:
                return True
            if gone >= _ROWS_UNTIL_VACUUM:
                await outbox.make_room(connection)
                gone = 0
            # Published rows are deleted by the statement that reads the next ones, if that is soon.
            if not (stop.is_set() or last.is_followed_at_once(len(rows))):
                await pause(self._wake, _DELETED_WITHIN_S if last.published else self._poll_s)

    async def _publish(
        self, publisher: Publisher, blocked: BlockedDestinations, rows: Sequence[OutboxRow]
    ) -> "_Round":
        """Publish rows, and set those aside that cannot be published now."""
        is_full = len(rows) == _ROWS
        rows, expired_ids, missing_keys = outbox.opened(self._database, rows)
        if expired_ids:
            log.warning("codes expired before they were published", count=len(expired_ids))
        waiting = await publisher.sort(rows, closed=blocked.closed_topics)
        if publisher.new_counts:
            await blocked.save_counts(publisher.new_counts)
            publisher.new_counts.clear()
        failed_before = await blocked.divert(waiting)
        free = await _open_ones(publisher, blocked, waiting)
        outcomes = [await publisher.send(free)]
        if failed_before:
            outcomes.append(await blocked.send(failed_before))
        for outcome in outcomes:
            blocked.note(outcome)
        await self._block_unanswered(publisher, blocked)
        acknowledged = [ids for outcome in outcomes for ids in outcome.acknowledged.values()]
        return _Round(
            published=[outbox_id for ids in (*acknowledged, expired_ids) for outbox_id in ids],
            moved=await blocked.set_aside({**waiting, **failed_before}, also_later=is_full),
            is_waiting=any(outcome.is_waiting for outcome in outcomes),
            missing_keys=missing_keys,
        )

    async def _block_unanswered(self, publisher: Publisher, blocked: BlockedDestinations) -> None:
        """Set destinations aside that do not answer, unless no broker does.

        Raises:
            KafkaTimeoutError: nobody has answered for so long that a new producer may help.
        """
        overdue = publisher.overdue(self._unanswered_s)
        if overdue and await publisher.refresh():
            for destination in overdue:
                publisher.abandon(destination)
                blocked.block(destination, "no answer")
        elif publisher.overdue(self._round_within_s):
            raise KafkaTimeoutError  # the cluster is away, or this producer does not see it

    def _note_progress(
        self, publisher: Publisher, blocked: BlockedDestinations, last: "_Round"
    ) -> None:
        if last.published:
            self._backoff = Backoff()
            self._metrics.count("outbox_published", len(last.published))
        blocked.measure()
        detail = blocked.detail
        if not detail and publisher.overdue(self._unanswered_s):
            detail = "the broker does not answer"
        self._health = ComponentHealth(ready=not detail, detail=detail)

    def _note_failure(self, failure: Exception) -> None:
        if isinstance(failure, DATABASE_FAILURES) and not is_temporary(failure):
            log.error("relay failed", exc_info=failure)
        self._health = ComponentHealth(
            ready=False, detail=f"cannot publish: {type(failure).__name__}"
        )
        log.warning("relay waits", failure=type(failure).__name__)


async def _open_ones(
    publisher: Publisher, blocked: BlockedDestinations, waiting: Sorted
) -> dict[Destination, list[OutboxRow]]:
    """The rows whose destination is open; topics that are found closed are blocked."""
    free = {
        destination: rows
        for destination, rows in waiting.items()
        if not blocked.is_blocked(destination)
    }
    for destination in [destination for destination in free if destination.is_whole]:
        del free[destination]
        reason = publisher.closed[destination.topic]
        if reason == OTHER_PARTITIONS and await publisher.refresh():
            count = publisher.partition_count(destination.topic)
            if count == blocked.counts[destination.topic]:
                continue  # they are in use since; the next round writes them
        blocked.block(destination, reason)
    return free
