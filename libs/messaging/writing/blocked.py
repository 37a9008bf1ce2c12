"""Destinations that cannot be written now: their rows wait apart, in order, and are tried again.

A topic that is missing or not ours to write, a partition without a leader or without answers, and
a record that the broker refuses hold up nobody else. The rows go to a queue for each destination.
It is tried again with growing pauses, by a producer of its own. When the queue is empty, the relay
writes the destination directly again. Rows that the broker will never accept become dead letters.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog
from aiokafka.errors import KafkaError, KafkaTimeoutError

from libs.backoff import Backoff
from libs.component import pause
from libs.database.pool import Database
from libs.dead_letters import queries
from libs.errors import Unavailable
from libs.messaging.kafka.broker import Broker
from libs.messaging.kafka.cancellation import failing_if_unasked
from libs.messaging.kafka.draining import groups_behind
from libs.messaging.writing import blocked_rows, outbox, unpublished
from libs.messaging.writing.destination import Destination
from libs.messaging.writing.outbox import OutboxRow
from libs.messaging.writing.publish import NOT_ALONE, OTHER_PARTITIONS, Outcome, Publisher, Sorted
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing

_ROWS_AT_ONCE = 1_000
_MOVED_AT_ONCE = 20_000
_FIND_WITHIN_S = 2.0
_RETRY_WITHIN_S = 10.0  # longer than the producer tries
_PAUSES_S = (0.2, 30.0)
_CANCEL_AGAIN_S = 1.0
_FAILURES = (Unavailable, KafkaError, OSError)

log = structlog.get_logger()


@dataclass(slots=True)
class _Queue:
    """The rows that wait for one destination.

    Args:
        destination: the destination.
        reason: why it is blocked.
        since_s: since when, by the clock of the loop.
        wake: set to try it at once.
        is_returning: the queue was empty, so that no more rows are moved to it.
    """

    destination: Destination
    reason: str
    since_s: float
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    is_returning: bool = False


class BlockedDestinations:
    """The blocked destinations of one service, while this process publishes.

    Args:
        broker: makes the producer of the retries.
        database: the service's own.
        tracing: makes a span for each sampled row.
        metrics: shows how long a topic has been blocked.
        tasks: runs the retries.
    """

    def __init__(
        self,
        broker: Broker,
        database: Database,
        tracing: Tracing,
        metrics: Metrics,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._broker = broker
        self._database = database
        self._tracing = tracing
        self._metrics = metrics
        self._tasks = tasks
        self._retries: list[asyncio.Task[None]] = []
        self._queues: dict[Destination, _Queue] = {}
        self._failed_before: set[Destination] = set()
        self._held_keys: dict[tuple[str, bytes | None], int] = {}
        self._moving = asyncio.Lock()
        self._starting = asyncio.Lock()
        self._producer: Publisher | None = None
        self.counts: dict[str, int] = {}
        self.batch_bytes: dict[str, int] = {}

    async def load(self) -> None:
        """Read the destinations that were blocked before this process published."""
        async with self._database.transaction() as tx:
            self.counts |= await blocked_rows.partition_counts(tx)
            self._held_keys = await queries.first_unpublished(tx)
            before = await blocked_rows.destinations(tx)
        for destination, age_s in before.items():
            self.block(destination, "not tried yet", age_s=age_s)

    async def close(self) -> None:
        """End the retries; rows that wait stay in their queues."""
        while under_way := [task for task in self._retries if not task.done()]:
            for task in under_way:
                task.cancel()
            # aiokafka's `close` may swallow a cancellation.
            await asyncio.wait(under_way, timeout=_CANCEL_AGAIN_S)
        for topic in {destination.topic for destination in self._queues}:
            self._metrics.gauge("outbox_blocked_age_s", 0.0, topic=topic)
        await self._stop_producer()

    @property
    def detail(self) -> str:
        """The first blocked destination, for the health of the relay; empty if there is none."""
        first = min(self._queues, default=None)
        if first is None:
            return ""
        return f"{'not open' if first.is_whole else 'blocked'}: {first.text}"

    @property
    def closed_topics(self) -> Collection[str]:
        """Topics that are blocked as a whole."""
        return [queue.topic for queue in self._queues if queue.is_whole]

    def measure(self) -> None:
        """Show for how long each topic has been blocked."""
        now_s = asyncio.get_running_loop().time()
        ages_s: dict[str, float] = {}
        for destination, queue in self._queues.items():
            age_s = now_s - queue.since_s
            ages_s[destination.topic] = max(age_s, ages_s.get(destination.topic, 0.0))
        for topic, age_s in ages_s.items():
            self._metrics.gauge("outbox_blocked_age_s", age_s, topic=topic)

    def block(self, destination: Destination, reason: str, *, age_s: float = 0.0) -> None:
        """Set the rows of a destination aside from now on, and try it again later."""
        if destination in self._queues:
            return
        since_s = asyncio.get_running_loop().time() - age_s
        queue = self._queues[destination] = _Queue(destination, reason, since_s)
        self._failed_before.add(destination)
        log.error("destination is blocked", destination=destination.text, reason=reason)
        self._retries = [task for task in self._retries if not task.done()]
        self._retries.append(self._tasks.create_task(self._retry(queue)))

    def note(self, outcome: Outcome) -> None:
        """Block the destinations that the relay could not write."""
        for destination, reason in outcome.failed.items():
            self.block(destination, reason)
        for destination, (_, reason) in outcome.unpublishable.items():
            self.block(destination, reason)

    async def refresh_held_keys(self) -> None:
        """Read again which keys have an event that could not be published, if any had.

        Before the outbox is read: then a row that a replay has put back is read too.
        """
        if self._held_keys:
            async with self._database.transaction() as tx:
                self._held_keys = await queries.first_unpublished(tx)

    async def save_counts(self, counts: Mapping[str, int]) -> None:
        """Store the partitions of topics that are written for the first time."""
        async with self._database.transaction() as tx:
            await blocked_rows.save_partition_counts(tx, counts)

    async def divert(self, rows: Sorted) -> Sorted:
        """Take from sorted rows those that the relay's own producer must not write.

        Rows of held keys become dead letters; rows of blocked destinations are left in `rows`.

        Returns:
            The rows of destinations that failed before and are not blocked now.
        """
        if self._held_keys:
            for destination, waiting in rows.items():
                rows[destination] = await self._without_held(waiting, None)
        return {
            destination: rows.pop(destination)
            for destination in list(rows)
            if destination in self._failed_before and not self._queue_of(destination)
        }

    def is_blocked(self, destination: Destination) -> bool:
        """Whether a destination or its topic is blocked."""
        return self._queue_of(destination) is not None

    async def send(self, rows: Sorted) -> Outcome:
        """Send rows of destinations that failed before."""
        return await (await self._started()).send(rows)

    async def set_aside(
        self, rows: Mapping[Destination, Sequence[OutboxRow]], *, also_later: bool
    ) -> int:
        """Move rows of blocked destinations to their queues; return how many.

        Args:
            rows: sorted; those of other destinations stay.
            also_later: of closed topics, move thousands of later rows too.
        """
        async with self._moving:
            ids: dict[int, Destination] = {}
            closed: dict[str, int] = {}
            last_id = 0
            for destination, waiting in rows.items():
                queue = self._queue_of(destination)
                if queue is None or queue.is_returning or not waiting:
                    continue
                last_id = max(last_id, waiting[-1].outbox_id)
                if also_later and queue.destination.is_whole:
                    first_id = closed.get(destination.topic, waiting[0].outbox_id)
                    closed[destination.topic] = min(first_id, waiting[0].outbox_id)
                else:
                    ids |= {row.outbox_id: queue.destination for row in waiting}
            moved = len(ids)
            if not (ids or closed):
                return 0
            async with self._database.transaction() as tx:
                if ids:
                    await blocked_rows.set_aside(tx, ids)
                if closed:
                    moved += await blocked_rows.set_aside_topics(
                        tx,
                        list(closed),
                        first_id=min(closed.values()),
                        last_id=last_id + _MOVED_AT_ONCE,
                    )
        return moved

    def _queue_of(self, destination: Destination) -> _Queue | None:
        return self._queues.get(destination.whole) or self._queues.get(destination)

    async def _retry(self, queue: _Queue) -> None:
        """Try a destination with growing pauses until its queue is empty."""
        pauses = Backoff(first_s=_PAUSES_S[0], most_s=_PAUSES_S[1])
        while True:
            await pause(queue.wake, pauses.next_s())
            queue.wake.clear()
            try:
                with failing_if_unasked():
                    queue.is_returning = await self._drain(queue)
                if queue.is_returning:
                    if await self._release(queue):
                        return
                    pauses = Backoff(first_s=_PAUSES_S[0], most_s=_PAUSES_S[1])
            except _FAILURES as failure:
                queue.is_returning = False
                queue.reason = type(failure).__name__
                if isinstance(failure, KafkaError):
                    await self._stop_producer()
            log.warning(
                "destination stays blocked",
                destination=queue.destination.text,
                reason=queue.reason,
            )

    async def _drain(self, queue: _Queue) -> bool:
        """Publish the rows of a queue; return whether it is empty."""
        skipped_keys: set[int] = set()
        while True:
            await self.refresh_held_keys()
            async with self._database.transaction() as tx:
                rows = await blocked_rows.next_rows(
                    tx, queue.destination, limit=_ROWS_AT_ONCE, skipped_keys=skipped_keys
                )
                topic = queue.destination.topic
                if rows and await blocked_rows.is_behind(tx, topic, rows[0].outbox_id):
                    queue.reason = "older rows come first"  # the relay moves them here
                    return False
            if not rows:
                return not skipped_keys
            opened, expired_ids, missing_keys = outbox.opened(self._database, rows)
            skipped_keys |= missing_keys
            if expired_ids:
                await self._delete(queue.destination, expired_ids)
            if opened and not await self._publish(queue, opened):
                return False
            if not (opened or expired_ids or missing_keys):
                return False  # their data keys are not read yet

    async def _publish(self, queue: _Queue, rows: Sequence[OutboxRow]) -> bool:
        """Publish rows of a queue; return whether more may be tried at once.

        Raises:
            KafkaError: this producer cannot send.
            KafkaTimeoutError: the brokers do not answer.
        """
        publisher = await self._started()
        # Leaders may have changed since this producer last sent anything.
        if not await publisher.refresh():
            raise KafkaTimeoutError  # the next attempt begins with another producer
        rows = await self._without_held(rows, queue.destination)
        by_destination = await publisher.sort(rows, within_s=_FIND_WITHIN_S)
        if queue.destination.whole in by_destination:
            queue.reason = publisher.closed[queue.destination.topic]
            return queue.reason == OTHER_PARTITIONS and await self._use_partitions(publisher, queue)
        await self._move_to_partitions(queue, by_destination)
        outcome = await publisher.send(by_destination, within_s=_RETRY_WITHIN_S)
        for ids in outcome.acknowledged.values():
            await self._delete(queue.destination, ids)
        for row, reason in outcome.unpublishable.values():
            await self._give_up(queue.destination, row, reason)
        failed = {
            destination: why for destination, why in outcome.failed.items() if why != NOT_ALONE
        }
        if queue.destination.is_whole:
            for destination, why in failed.items():
                self.block(destination, why)
            return True
        queue.reason = next(iter(failed.values()), queue.reason)
        return not (failed or outcome.is_waiting)

    async def _move_to_partitions(self, queue: _Queue, rows: Sorted) -> None:
        """Move rows of a topic that opens to those of its partitions that are blocked."""
        if not queue.destination.is_whole:
            return
        async with self._moving:
            blocked = [destination for destination in rows if destination in self._queues]
            to_move = {
                row.outbox_id: destination.partition
                for destination in blocked
                for row in rows.pop(destination)
            }
            if to_move:
                async with self._database.transaction() as tx:
                    await blocked_rows.move_to_partitions(tx, queue.destination.topic, to_move)

    async def _use_partitions(self, publisher: Publisher, queue: _Queue) -> bool:
        """Spread keys over the partitions that the topic has now, once its readers are ready.

        Rows that wait for one of its partitions were spread over the old ones, and go first.
        """
        topic = queue.destination.topic
        await publisher.refresh()
        count = publisher.partition_count(topic)
        if not count:
            return False
        if any(
            destination.topic == topic for destination in self._queues if not destination.is_whole
        ):
            return False
        behind = await groups_behind(self._broker.client, topic, min(self.counts[topic], count))
        if behind:
            queue.reason = f"{OTHER_PARTITIONS}; {behind[0]} has not read all of the old ones"
            return False
        await self.save_counts({topic: count})
        self.counts[topic] = count
        log.info("partitions in use", topic=topic, partitions=count)
        return True

    async def _release(self, queue: _Queue) -> bool:
        """Let the relay write a destination again, if no row waits for it."""
        async with self._moving:
            async with self._database.transaction() as tx:
                if not await blocked_rows.is_empty(tx, queue.destination):
                    return False
            del self._queues[queue.destination]
        topic = queue.destination.topic
        if not any(destination.topic == topic for destination in self._queues):
            self._metrics.gauge("outbox_blocked_age_s", 0.0, topic=topic)
        log.info("destination is open again", destination=queue.destination.text)
        for other in self._queues.values():  # what has ended may have ended for all
            other.wake.set()
        return True

    async def _give_up(self, queue: Destination, row: OutboxRow, reason: str) -> None:
        async with self._database.transaction() as tx:
            blocks = await unpublished.give_up(tx, self._metrics, row, reason)
            await blocked_rows.delete(tx, queue, [row.outbox_id])
            if blocks:
                tx.after_commit(partial(self._hold, row))

    def _hold(self, row: OutboxRow) -> None:
        """Hold later rows of the key from now on."""
        key = (row.topic, row.key)
        self._held_keys[key] = min(row.outbox_id, self._held_keys.get(key, row.outbox_id))

    async def _without_held(
        self, rows: Sequence[OutboxRow], queue: Destination | None
    ) -> list[OutboxRow]:
        """Make rows of held keys dead letters; return the others.

        Rows whose key was released at this moment are returned in a later round, in order.
        """
        held = {row.outbox_id: row for row in rows if self._is_held(row)}
        if held:
            async with self._database.transaction() as tx:
                kept = await unpublished.keep_blocked(tx, list(held.values()))
                ids = [row.outbox_id for row in kept]
                if queue is None:
                    await outbox.delete(tx, ids)
                else:
                    await blocked_rows.delete(tx, queue, ids)
        return [row for row in rows if row.outbox_id not in held and not self._is_held(row)]

    def _is_held(self, row: OutboxRow) -> bool:
        return unpublished.is_behind(row, self._held_keys)

    async def _delete(self, queue: Destination, ids: Sequence[int]) -> None:
        async with self._database.transaction() as tx:
            await blocked_rows.delete(tx, queue, ids)
        self._metrics.count("outbox_published", len(ids))

    async def _started(self) -> Publisher:
        """The producer of the retries, made when it is first needed.

        Raises:
            KafkaError: the brokers do not answer.
        """
        async with self._starting:
            if self._producer is None:
                producer = Publisher(
                    self._broker.retrying_producer(),
                    self._tracing,
                    counts=self.counts,
                    batch_bytes=self.batch_bytes,
                )
                await producer.__aenter__()
                self._producer = producer
            return self._producer

    async def _stop_producer(self) -> None:
        """Stop the producer, which may be unable to send any more; the next retry makes another."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.__aexit__(None, None, None)
