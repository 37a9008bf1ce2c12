"""One batch of records in one transaction; after a defect, in two of half the size.

inbox (drops handled events) -> handler -> outbox, and dead letters for unreadable and refused
records. All of it commits together or not at all, with how far the group has read. Records of event
types that ended are skipped. A partition whose records fail or become dead letters is handled apart
from the others, after them, and does not keep them waiting; see `libs.messaging.reading.holds`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from aiokafka import TopicPartition

from libs.component import ComponentHealth
from libs.contracts.access import group_of
from libs.contracts.events import Event
from libs.contracts.topics import Topic
from libs.database.pool import Database, OwnConnection
from libs.database.transaction import Transaction
from libs.dead_letters import alerts, queries, use_cases
from libs.dead_letters.rules import BLOCKED, FailedRecord, Origin
from libs.errors import Unavailable
from libs.messaging.envelope import RawRecord
from libs.messaging.reading import dead_letter_topic, inbox
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.behind import StoredOffsets
from libs.messaging.reading.holds import Hold, Holds
from libs.messaging.reading.offsets import next_offsets
from libs.messaging.reading.received_record import ReceivedRecord
from libs.telemetry import spans
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Started, Tracing

# Returns the events that it wrote to the outbox.
Handler = Callable[[Batch[Any], Transaction], Awaitable[Sequence[Event] | None]]

_UNSTORED_PAUSE_S = 5.0
_APART_RECORDS = 16
_APART_S = 0.005
_PAUSES_PER_TURN = 9.0  # a partition apart has a tenth of a busy consumer's time
_LONGEST_APART_S = 1.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Run:
    """One call of `BatchTransactions.handle`.

    Args:
        handler: the handler of the batch.
        held: the partitions that are held so far.
        failure: the handler's last failure.
    """

    handler: Handler
    held: dict[TopicPartition, Hold] = field(default_factory=dict)
    failure: Exception | None = None


class BatchTransactions:
    """Handles every record of a topic once, or makes it a dead letter.

    Batches of one object share a connection, so they must be handled one after another.

    Args:
        service: the name of the service.
        topic: the topic of the map that the records come from.
        database: the service's own.
        tracing: makes a span for each sampled record.
        metrics: counts the records by result.
        holds: decides about partitions whose records fail; its own if None.
        stored: how far the group has read, as this process has seen it; its own if None.
    """

    def __init__(  # noqa: PLR0913
        self,
        service: str,
        topic: Topic,
        *,
        database: Database,
        tracing: Tracing,
        metrics: Metrics,
        holds: Holds | None = None,
        stored: StoredOffsets | None = None,
    ) -> None:
        self._service = service
        self._topic = topic
        self._group = group_of(service, topic)
        self._stored = stored or StoredOffsets(self._group, database)
        self._database = database
        self._connection = OwnConnection()
        self._tracing = tracing
        self._metrics = metrics
        self._holds = holds or Holds(topic, metrics)
        self._may_be_blocked = set(topic.names())
        alerts.watch(metrics, topic.name)
        # Nobody waits for what becomes of a quiet topic's events, and some tell of an older day.
        self._ages = {
            event.type: metrics.histogram("event_age_s", topic=topic.name, type=event.type)
            for event in topic.events
            if not topic.quiet
        }

    def partitions_changed(self) -> None:
        """Read the blocked keys again: another member may have written dead letters.

        Which partitions fail is forgotten, since one may be another member's now. Only the consumer
        of a partition writes dead letters of its records, so the blocked keys can be cached between
        two rebalances.
        """
        self._may_be_blocked = set(self._topic.names())
        self._holds.forget()

    def health(self) -> ComponentHealth:
        """Whether partitions are held, and whether the handler is in doubt."""
        return self._holds.health()

    async def handle(
        self, received: Sequence[ReceivedRecord], handler: Handler
    ) -> Mapping[TopicPartition, Hold]:
        """Handle a batch.

        Returns:
            The partitions that are held. Their records from the hold's offset on are not handled.

        Raises:
            Unavailable: our own database is unavailable; the whole batch may be handled again.
        """
        run = _Run(handler)
        together: list[ReceivedRecord] = []
        separate: dict[TopicPartition, list[ReceivedRecord]] = {}
        for record in received:
            if self._holds.is_apart(record.place):
                separate.setdefault(record.place, []).append(record)
            else:
                together.append(record)
        with self._processing(together):
            await self._handle_together(_by_partition(together), run)
        for partition in separate.values():
            await self._handle_apart(partition, run)
        return run.held

    @contextmanager
    def _processing(self, received: Sequence[ReceivedRecord]) -> Iterator[None]:
        """Let records have their spans meanwhile."""
        self._start_spans(received)
        failure: BaseException | None = None
        try:
            yield
        except BaseException as raised:
            failure = raised
            raise
        finally:
            for record in received:
                if record.span is not None:
                    record.span.end(failure)

    def _start_spans(self, received: Sequence[ReceivedRecord]) -> None:
        for record in received:
            if record.event is not None and self._tracing.samples(record.event.trace):
                record.span = self._span(record.raw, record.event)
                record.event.in_trace(record.span.context)

    def _span(self, record: RawRecord, event: Event) -> Started:
        shown = spans.process(record.topic, record.partition, record.offset, self._group)
        name, kind, attributes = spans.of_event(shown, str(event.event_id), event.type)
        return self._tracing.start(name, parent=event.trace, kind=kind, attributes=attributes)

    async def _handle_together(
        self, partitions: Sequence[Sequence[ReceivedRecord]], run: "_Run"
    ) -> None:
        """Handle partitions in one transaction; after a defect, in halves."""
        if len(partitions) < 2:
            for records in partitions:
                await self._handle_partition(records, run)
        elif not await self._try([record for records in partitions for record in records], run):
            middle = len(partitions) // 2
            await self._handle_together(partitions[:middle], run)
            await self._handle_together(partitions[middle:], run)

    async def _handle_apart(self, records: Sequence[ReceivedRecord], run: "_Run") -> None:
        """Handle some records of one partition, and hold it at the next one.

        While the partition fails, its records are handled one by one.
        """
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        while records:
            place = records[0].place
            number = 1 if self._holds.is_failing(place) else _APART_RECORDS
            some = records[:number]
            with self._processing(some):
                if not await self._handle_partition(some, run):
                    return
            records = records[number:]
            took_s = loop.time() - begun_s
            if records and took_s > _APART_S:
                others_wait = self._holds.are_others_handled(place)
                pause_s = min(took_s * _PAUSES_PER_TURN, _LONGEST_APART_S) if others_wait else 0.0
                run.held[place] = Hold(records[0].raw.offset, pause_s)
                return

    async def _handle_partition(self, records: Sequence[ReceivedRecord], run: "_Run") -> bool:
        """Handle records of one partition in order; return False if it is held at one of them."""
        if await self._try(records, run):
            return True
        if len(records) == 1:
            return await self._give_up_or_hold(records[0], run)
        middle = len(records) // 2
        return await self._handle_partition(records[:middle], run) and (
            await self._handle_partition(records[middle:], run)
        )

    async def _try(self, records: Sequence[ReceivedRecord], run: "_Run") -> bool:
        """Handle records in one transaction; return False if the handler fails.

        Raises:
            Unavailable: our own database is away.
        """
        try:
            await self._handle_once(records, run.handler)
        except Unavailable:
            raise
        except Exception as failure:  # noqa: BLE001 house: broad-except
            run.failure = failure
            self._metrics.count(
                "handler_failures", topic=self._topic.name, failure=type(failure).__name__
            )
            return False
        return True

    async def _give_up_or_hold(self, record: ReceivedRecord, run: "_Run") -> bool:
        """Make a failed record a dead letter, or hold its partition; return False if it is held."""
        verdict = self._holds.failed(record.place, record.raw.offset)
        if verdict.gives_up and not await self._store(record, run):
            verdict = verdict._replace(hold=Hold(record.raw.offset, _UNSTORED_PAUSE_S))
        if verdict.hold is None:
            return True
        run.held[record.place] = verdict.hold
        return False

    async def _store(self, record: ReceivedRecord, run: "_Run") -> bool:
        """Make a record a dead letter; return False if even that fails.

        Raises:
            Unavailable: our own database is away.
        """
        log.error("record cannot be handled", topic=record.raw.topic, exc_info=run.failure)
        dead_letter = record.failed(
            f"defect.{type(run.failure).__name__}",
            "the handler failed",
            blocks=self._topic.ordered and not record.has_long_key,
            attempts=self._holds.attempts(record.place),
        )
        try:
            async with self._database.transaction(self._connection) as tx:
                await self._take(tx, [], [record])
                await self._keep(tx, [dead_letter])
        except Unavailable:
            raise
        except Exception:  # house: broad-except -- the partition is held at the record
            log.exception("dead letter cannot be stored", topic=record.raw.topic)
            return False
        self._note_read([record])
        return True

    async def _handle_once(self, received: Sequence[ReceivedRecord], handler: Handler) -> None:
        async with self._database.transaction(self._connection) as tx:
            free, dead_letters = await self._without_blocked(tx, received)
            new = await self._take(tx, [record.key for record in free if record.key], received)
            fresh = _first_of_each(free, new)
            if fresh:
                batch = Batch([record.event for record in fresh if record.event])
                await handler(batch, tx)
                dead_letters += _refused(batch, fresh)
            await self._keep(tx, dead_letters)
        self._note_read(received)
        if fresh:  # a blocked or repeated record does not show that the handler works
            self._holds.handled(record.place for record in fresh)
            self._note_ages(fresh)
        self._holds.dead_lettered(
            TopicPartition(dead_letter.origin.topic, dead_letter.origin.partition)
            for dead_letter in dead_letters
        )
        self._metrics.count("events_handled", len(fresh), topic=self._topic.name)
        self._metrics.count("events_repeated", len(free) - len(fresh), topic=self._topic.name)

    async def _take(
        self, tx: Transaction, keys: Sequence[UUID], received: Sequence[ReceivedRecord]
    ) -> set[UUID]:
        """Take records in the transaction; return the keys of events that are new.

        Raises:
            DatabaseBehind: the database forgot what we have stored: it was restored meanwhile.
        """
        following = next_offsets(record.raw for record in received)
        new, before = await inbox.take_read(tx, keys, self._group, following)
        self._stored.check({place: before.get(place, 0) for place in following})
        return new

    def _note_ages(self, handled: Sequence[ReceivedRecord]) -> None:
        now_s = time.time()
        for record in handled:
            if record.event is not None and (ages := self._ages.get(record.event.type)):
                ages.observe(max(0.0, now_s - record.event.occurred_at.timestamp()))

    def _note_read(self, received: Sequence[ReceivedRecord]) -> None:
        self._stored.note(next_offsets(record.raw for record in received))

    async def _without_blocked(
        self, tx: Transaction, received: Sequence[ReceivedRecord]
    ) -> tuple[list[ReceivedRecord], list[FailedRecord]]:
        """Split off unreadable records, and those that an open dead letter blocks.

        Unreadable records that come again are left out if their dead letter is settled: they block
        nothing any more.
        """
        blocked = await self._blocked_keys(tx, received)
        settled = await _settled(tx, received)  # nobody can settle the open ones now
        handled = await self._known(tx, received, blocked) if blocked else set()
        free: list[ReceivedRecord] = []
        dead_letters: list[FailedRecord] = []
        for record in received:
            if record.error is not None:
                if record.origin in settled:
                    continue
                reason = f"unreadable.{record.error.reason}"
                has_key = record.raw.key is not None and not record.has_long_key
                blocks = self._topic.ordered and has_key
                dead_letters.append(record.failed(reason, record.error.detail, blocks=blocks))
                if blocks:
                    blocked.add(record.topic_and_key)
            elif record.topic_and_key in blocked and record.key not in handled:
                detail = "an earlier record of this key is not settled"
                dead_letters.append(record.failed(BLOCKED, detail, blocks=True))
            else:
                free.append(record)
        return free, dead_letters

    async def _blocked_keys(
        self, tx: Transaction, received: Sequence[ReceivedRecord]
    ) -> set[tuple[str, bytes]]:
        """The keys that have an open dead letter."""
        if not (self._topic.ordered and self._may_be_blocked):
            return set()
        topics = self._may_be_blocked & {record.raw.topic for record in received}
        if not topics:
            return set()
        if not await queries.any_blocking(tx, list(topics)):
            self._may_be_blocked -= topics
            return set()
        return await use_cases.blocked_keys(
            tx, {record.topic_and_key for record in received if record.raw.topic in topics}
        )

    async def _known(
        self,
        tx: Transaction,
        received: Sequence[ReceivedRecord],
        blocked: Collection[tuple[str, bytes]],
    ) -> set[UUID]:
        """The keys of redelivered records among blocked ones: they had their effect before.

        Their offsets do not tell: a topic that was made again begins anew, and a key may have moved
        to another partition.
        """
        keys = [record.key for record in received if record.key and record.topic_and_key in blocked]
        return await inbox.read_handled(tx, keys)

    async def _keep(self, tx: Transaction, dead_letters: Sequence[FailedRecord]) -> None:
        self._may_be_blocked.update(
            dead_letter.origin.topic for dead_letter in dead_letters if dead_letter.blocks
        )
        for dead_letter in await dead_letter_topic.keep(tx, self._service, dead_letters):
            tx.after_commit(partial(self._count, dead_letter.reason))
            if dead_letter.reason != BLOCKED:  # a blocked record has not failed
                seen = {
                    "topic": dead_letter.origin.topic,
                    "partition": dead_letter.origin.partition,
                    "offset": dead_letter.origin.offset,
                    "reason": dead_letter.reason,
                    "detail": dead_letter.detail,
                }
                alerts.alert(tx, self._metrics, self._topic.name, seen)
                tx.after_commit(partial(self._show, dead_letter))

    def _show(self, dead_letter: FailedRecord) -> None:
        """Let a record that failed for good have its span, also in an unsampled trace."""
        origin = dead_letter.origin
        place = origin.topic, origin.partition or 0, origin.offset or 0
        shown = spans.process(*place, self._group)
        self._tracing.keep_failed(shown, dead_letter.trace, dead_letter.reason)

    def _count(self, reason: str) -> None:
        self._metrics.count("events_dead_lettered", topic=self._topic.name, reason=reason)


async def _settled(tx: Transaction, received: Sequence[ReceivedRecord]) -> set[Origin]:
    """The origins of unreadable records whose dead letter is settled."""
    unreadable = [record.origin for record in received if record.error]
    return await queries.settled_origins(tx, unreadable) if unreadable else set()


def _by_partition(received: Sequence[ReceivedRecord]) -> list[list[ReceivedRecord]]:
    partitions: dict[TopicPartition, list[ReceivedRecord]] = {}
    for record in received:
        partitions.setdefault(record.place, []).append(record)
    return list(partitions.values())


def _first_of_each(received: Sequence[ReceivedRecord], new: set[UUID]) -> list[ReceivedRecord]:
    """The first record of each new event: a retry of the relay can write an event twice."""
    first: dict[UUID, ReceivedRecord] = {}
    for record in received:
        if record.key in new and record.key is not None:
            first.setdefault(record.key, record)
    return list(first.values())


def _refused(batch: Batch[Event], received: Sequence[ReceivedRecord]) -> list[FailedRecord]:
    by_event = {id(record.event): record for record in received}
    return [
        by_event[id(event)].failed(f"refused.{why.code}", why.detail, blocks=False)
        for event, why in batch.refused
    ]
