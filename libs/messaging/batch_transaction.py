"""One batch of records in one transaction; after a defect, in two of half the size.

inbox (drops handled events) -> handler -> outbox, and dead letters for unreadable and refused
records. All of it commits together or not at all. Records of event types that ended are skipped.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from libs.contracts.events import Event
from libs.contracts.topics import Topic
from libs.database.pool import Database, OwnConnection
from libs.database.transaction import Transaction
from libs.dead_letters import alerts, queries, use_cases
from libs.dead_letters.rules import BLOCKED, FailedRecord, Origin
from libs.errors import Ended, Unavailable, Unreadable
from libs.messaging import dead_letter_topic, inbox
from libs.messaging.batch import Batch
from libs.messaging.envelope import RawRecord, digest_of, read, trace_of
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Started, Tracing

# Returns the events that it wrote to the outbox.
Handler = Callable[[Batch[Any], Transaction], Awaitable[Sequence[Event] | None]]

_ATTEMPTS = 3
_DEFECTS_IN_A_ROW = 20

log = structlog.get_logger()


class TooManyDefects(Exception):
    """Too many records in a row failed: the handler itself is defective."""


@dataclass(slots=True)
class ReceivedRecord:
    """A record with its event, or with the reason why it is unreadable.

    Args:
        record: the raw record.
        event: the event in it.
        key: the event's key in the inbox.
        error: why there is no event.
        span: the span of its processing, if its trace is sampled.
    """

    record: RawRecord
    event: Event | None = None
    key: UUID | None = None
    error: Unreadable | None = None
    span: Started | None = None

    @property
    def topic_and_key(self) -> tuple[str, bytes]:
        """The topic and key within which records stay in order."""
        return (self.record.topic, self.record.key or b"")

    @property
    def origin(self) -> Origin:
        """The record's place in Kafka, and its digest."""
        record = self.record
        return Origin(record.topic, record.partition, record.offset, digest_of(record))

    def failed(self, reason: str, detail: str, *, blocks: bool, attempts: int = 1) -> FailedRecord:
        """The record as a dead letter, with the reason why it failed."""
        record = self.record
        return FailedRecord(
            origin=self.origin,
            key=record.key,
            value=record.value,
            headers=record.headers,
            reason=reason,
            detail=detail,
            attempts=attempts,
            blocks=blocks,
            trace=trace_of(record.headers),
        )


def read_record(topic: Topic, record: RawRecord) -> ReceivedRecord:
    """Read a record of a topic; never raises."""
    try:
        key, event = read(topic, record)
    except Unreadable as error:
        return ReceivedRecord(record, error=error)
    return ReceivedRecord(record, event, key)


class BatchTransactions:
    """Handles every record of a topic once, or makes it a dead letter.

    Batches of one object share a connection, so they must be handled one after another.

    Args:
        service: the name of the service.
        topic: the topic of the map that the records come from.
        database: the service's own.
        tracing: makes a span for each sampled record.
        metrics: counts the records by result.
        retry_pause_s: seconds before the second attempt at a failing record; longer before the
            third.
    """

    def __init__(
        self,
        service: str,
        topic: Topic,
        *,
        database: Database,
        tracing: Tracing,
        metrics: Metrics,
        retry_pause_s: float = 0.2,
    ) -> None:
        self.retry_pause_s = retry_pause_s
        self._service = service
        self._topic = topic
        self._database = database
        self._connection = OwnConnection()
        self._tracing = tracing
        self._metrics = metrics
        self._defects_in_a_row = 0
        self._may_be_blocked = True
        alerts.watch(metrics, topic.name)

    def partitions_changed(self) -> None:
        """Read the blocked keys again: another member may have written dead letters.

        Only the consumer of a partition writes dead letters of its records, so the blocked keys can
        be cached between two rebalances.
        """
        self._may_be_blocked = True

    async def handle(self, received: Sequence[ReceivedRecord], handler: Handler) -> None:
        """Handle a batch.

        Raises:
            Unavailable: our own database is unavailable; the whole batch may be handled again.
            TooManyDefects: too many records in a row failed.
        """
        received = self._without_ended(received)
        if not received:
            return
        self._start_spans(received)
        failure: BaseException | None = None
        try:
            await self._halve(received, handler)
        except BaseException as raised:
            failure = raised
            raise
        finally:
            for one in received:
                if one.span is not None:
                    one.span.end(failure)

    def _without_ended(self, received: Sequence[ReceivedRecord]) -> list[ReceivedRecord]:
        """Leave out records of event types that ended, and count them by type."""
        left: list[ReceivedRecord] = []
        for one in received:
            if isinstance(one.error, Ended):
                self._metrics.count(
                    "events_skipped", topic=self._topic.name, reason=one.error.reason
                )
            else:
                left.append(one)
        return left

    def _start_spans(self, received: Sequence[ReceivedRecord]) -> None:
        for one in received:
            if one.event is not None and self._tracing.samples(one.event.trace):
                one.span = self._span(one.record, one.event)
                one.event.in_trace(one.span.context)

    def _span(self, record: RawRecord, event: Event) -> Started:
        return self._tracing.start(
            f"process {record.topic}",
            parent=event.trace,
            kind="consumer",
            attributes={
                "messaging.system": "kafka",
                "messaging.operation.type": "process",
                "messaging.destination.name": record.topic,
                "messaging.destination.partition.id": str(record.partition),
                "messaging.kafka.offset": record.offset,
                "messaging.message.id": str(event.event_id),
                "cloudevents.event_type": event.type,
            },
        )

    async def _halve(self, received: Sequence[ReceivedRecord], handler: Handler) -> None:
        """Handle records in one transaction; after a defect in halves, until one is alone.

        Raises:
            Unavailable: our own database is away.
        """
        try:
            await self._handle_once(received, handler)
        except Unavailable:
            raise
        except Exception as failure:  # noqa: BLE001 house: broad-except
            self._metrics.count(
                "handler_failures", topic=self._topic.name, failure=type(failure).__name__
            )
            if len(received) == 1:
                await self._retry(received[0], handler, failure)
                return
            middle = len(received) // 2
            await self._halve(received[:middle], handler)
            await self._halve(received[middle:], handler)

    async def _retry(self, one: ReceivedRecord, handler: Handler, failure: Exception) -> None:
        """Handle one record, three times at most, then make it a dead letter.

        Raises:
            Unavailable: our own database is away.
            TooManyDefects: the handler fails on everything.
        """
        for attempt in range(2, _ATTEMPTS + 1):
            await asyncio.sleep(self.retry_pause_s * attempt)
            try:
                await self._handle_once([one], handler)
            except Unavailable:
                raise
            except Exception as again:  # noqa: BLE001 house: broad-except
                failure = again
            else:
                return
        self._defects_in_a_row += 1
        if self._defects_in_a_row > _DEFECTS_IN_A_ROW:
            raise TooManyDefects(f"{self._defects_in_a_row} records in a row failed") from failure
        log.error("record cannot be handled", topic=one.record.topic, exc_info=failure)
        letter = one.failed(
            f"defect.{type(failure).__name__}",
            "the handler failed",
            blocks=self._topic.ordered,
            attempts=_ATTEMPTS,
        )
        async with self._database.transaction(self._connection) as tx:
            await self._keep(tx, [letter])

    async def _handle_once(self, received: Sequence[ReceivedRecord], handler: Handler) -> None:
        async with self._database.transaction(self._connection) as tx:
            free, letters = await self._without_blocked(tx, received)
            new = await inbox.take_new(tx, [one.key for one in free if one.key])
            fresh = _first_of_each(free, new)
            if fresh:
                batch = Batch([one.event for one in fresh if one.event])
                await handler(batch, tx)
                letters += _refused(batch, fresh)
            await self._keep(tx, letters)
        if fresh:  # a blocked or repeated record does not show that the handler works
            self._defects_in_a_row = 0
        self._metrics.count("events_handled", len(fresh), topic=self._topic.name)
        self._metrics.count("events_repeated", len(free) - len(fresh), topic=self._topic.name)

    async def _without_blocked(
        self, tx: Transaction, received: Sequence[ReceivedRecord]
    ) -> tuple[list[ReceivedRecord], list[FailedRecord]]:
        """Split off unreadable records, and those that an open dead letter blocks."""
        blocked = await self._blocked_keys(tx, received)
        known = await self._known(tx, received, blocked) if blocked else set()
        free: list[ReceivedRecord] = []
        letters: list[FailedRecord] = []
        for one in received:
            if one.error is not None:
                reason = f"unreadable.{one.error.reason}"
                blocks = self._topic.ordered and one.record.key is not None
                letters.append(one.failed(reason, one.error.detail, blocks=blocks))
                if blocks:
                    blocked.add(one.topic_and_key)
            elif one.topic_and_key in blocked and one.key not in known:
                detail = "an earlier record of this key is not settled"
                letters.append(one.failed(BLOCKED, detail, blocks=True))
            else:
                free.append(one)
        return free, letters

    async def _blocked_keys(
        self, tx: Transaction, received: Sequence[ReceivedRecord]
    ) -> set[tuple[str, bytes]]:
        """The keys that have an open dead letter."""
        if not (self._topic.ordered and self._may_be_blocked):
            return set()
        if not await queries.any_blocking(tx, self._topic.names()):
            self._may_be_blocked = False
            return set()
        return await use_cases.blocked_keys(tx, {one.topic_and_key for one in received})

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
        keys = [one.key for one in received if one.key and one.topic_and_key in blocked]
        return await inbox.known(tx, keys)

    async def _keep(self, tx: Transaction, letters: Sequence[FailedRecord]) -> None:
        self._may_be_blocked = self._may_be_blocked or any(each.blocks for each in letters)
        for letter in await dead_letter_topic.keep(tx, self._service, letters):
            tx.after_commit(partial(self._count, letter.reason))
            if letter.reason != BLOCKED:  # a blocked record has not failed
                seen = {
                    "topic": letter.origin.topic,
                    "partition": letter.origin.partition,
                    "offset": letter.origin.offset,
                    "reason": letter.reason,
                    "detail": letter.detail,
                }
                alerts.alert(tx, self._metrics, self._topic.name, seen)

    def _count(self, reason: str) -> None:
        self._metrics.count("events_dead_lettered", topic=self._topic.name, reason=reason)


def _first_of_each(received: Sequence[ReceivedRecord], new: set[UUID]) -> list[ReceivedRecord]:
    """The first record of each new event: a retry of the relay can write an event twice."""
    first: dict[UUID, ReceivedRecord] = {}
    for one in received:
        if one.key in new and one.key is not None:
            first.setdefault(one.key, one)
    return list(first.values())


def _refused(batch: Batch[Event], received: Sequence[ReceivedRecord]) -> list[FailedRecord]:
    by_event = {id(one.event): one for one in received}
    return [
        by_event[id(event)].failed(f"refused.{why.code}", why.detail, blocks=False)
        for event, why in batch.refused
    ]
