"""One batch of records: each read on its own, all handled in one transaction.

inbox (what was seen before is dropped) -> handler -> outbox, and dead letters for what cannot be
read or is refused; all of it commits together or not at all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from libs.contracts.events import Event
from libs.contracts.topics import Topic
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import alerts, queries, use_cases
from libs.dead_letters.rules import BLOCKED, FailedRecord, Origin
from libs.errors import Unavailable, Unreadable
from libs.messaging import dead_letter_topic, inbox
from libs.messaging.batch import Batch
from libs.messaging.envelope import RawRecord, read, trace_of
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Started, Tracing

Handler = Callable[[Batch[Any], Transaction], Awaitable[None]]

_TRIES = 3
_PAUSE_S = 0.2
_DEFECTS_IN_A_ROW = 20

log = structlog.get_logger()


class TooManyDefects(Exception):
    """So many records in a row failed that the handler itself must be broken."""


@dataclass(slots=True)
class _Received:
    record: RawRecord
    event: Event | None = None
    key: UUID | None = None
    why: Unreadable | None = None
    span: Started | None = None

    @property
    def topic_and_key(self) -> tuple[str, bytes]:
        return (self.record.topic, self.record.key or b"")

    @property
    def origin(self) -> Origin:
        return Origin(self.record.topic, self.record.partition, self.record.offset)

    def comes_after(self, first: Origin | None) -> bool:
        """Whether the record must wait behind that one; it may be that one, come again."""
        if first is None:
            return False
        return self.record.partition != first.partition or self.record.offset >= first.offset

    def failed(self, reason: str, detail: str, *, blocks: bool, attempts: int = 1) -> FailedRecord:
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


class BatchHandling:
    """Gives every record of a batch its effect once, or a place among the dead letters.

    Args:
        service: whose dead letters they are.
        topic: the topic of the map that the records come from.
        handler: the service's function for it.
        database: the service's own.
        tracing: makes a span per sampled record.
        metrics: counts what becomes of the records.
    """

    def __init__(
        self,
        service: str,
        topic: Topic,
        handler: Handler,
        *,
        database: Database,
        tracing: Tracing,
        metrics: Metrics,
    ) -> None:
        self._service = service
        self._topic = topic
        self._handler = handler
        self._database = database
        self._tracing = tracing
        self._metrics = metrics
        self._defects_in_a_row = 0
        self._may_hold = True
        self.pause_s = _PAUSE_S
        alerts.watch(metrics, topic.name)

    def look_again(self) -> None:
        """Look for records that hold others back: partitions have come from another reader.

        Only who reads a partition puts records of it aside, so in between one's own are known.
        """
        self._may_hold = True

    async def handle(self, records: Sequence[RawRecord]) -> None:
        """Handle a batch to its end.

        Raises:
            Unavailable: our own database is away; nothing of what is not yet committed had an
                effect, and the whole batch may be given again.
            TooManyDefects: the handler fails on everything.
        """
        received = [self._read(record) for record in records]
        failure: BaseException | None = None
        try:
            await self._settle(received)
        except BaseException as raised:
            failure = raised
            raise
        finally:
            for each in received:
                if each.span is not None:
                    each.span.end(failure)

    def _read(self, record: RawRecord) -> _Received:
        try:
            key, event = read(self._topic, record)
        except Unreadable as why:
            return _Received(record, why=why)
        span = self._span(record, event) if self._tracing.samples(event.trace) else None
        if span is not None:
            event.in_trace(span.context)
        return _Received(record, event, key, span=span)

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

    async def _settle(self, received: Sequence[_Received]) -> None:
        """Handle in one transaction; after a defect halve, so that it is found and stays alone.

        Raises:
            Unavailable: our own database is away.
        """
        try:
            await self._transact(received)
        except Unavailable:
            raise
        except Exception as failure:  # noqa: BLE001 house: broad-except
            self._metrics.count(
                "handler_failures", topic=self._topic.name, failure=type(failure).__name__
            )
            if len(received) == 1:
                await self._try_again(received[0], failure)
                return
            middle = len(received) // 2
            await self._settle(received[:middle])
            await self._settle(received[middle:])

    async def _try_again(self, one: _Received, failure: Exception) -> None:
        """Try one record three times in all, then put it aside.

        Raises:
            Unavailable: our own database is away.
            TooManyDefects: the handler fails on everything.
        """
        for attempt in range(2, _TRIES + 1):
            await asyncio.sleep(self.pause_s * attempt)
            try:
                await self._transact([one])
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
        failed = one.failed(
            f"defect.{type(failure).__name__}",
            "the handler failed",
            blocks=self._topic.ordered,
            attempts=_TRIES,
        )
        async with self._database.transaction() as tx:
            await self._keep(tx, [failed])

    async def _transact(self, received: Sequence[_Received]) -> None:
        async with self._database.transaction() as tx:
            free, failed = await self._let_through(tx, received)
            new = await inbox.take_new(tx, [each.key for each in free if each.key])
            first = _first_of_each(free, new)
            if first:
                batch = Batch([each.event for each in first if each.event])
                await self._handler(batch, tx)
                failed += _refused(batch, first)
            await self._keep(tx, failed)
        if first:  # a record that was only put aside or seen before says nothing of the handler
            self._defects_in_a_row = 0
        self._metrics.count("events_handled", len(first), topic=self._topic.name)
        self._metrics.count("events_repeated", len(free) - len(first), topic=self._topic.name)

    async def _let_through(
        self, tx: Transaction, received: Sequence[_Received]
    ) -> tuple[list[_Received], list[FailedRecord]]:
        """Split off what cannot be read or must wait behind another record."""
        blocked = await self._blocked_keys(tx, received)
        free: list[_Received] = []
        failed: list[FailedRecord] = []
        for each in received:
            if each.why is not None:
                reason = f"unreadable.{each.why.reason}"
                blocks = self._topic.ordered and each.record.key is not None
                failed.append(each.failed(reason, each.why.detail, blocks=blocks))
                if blocks:
                    blocked.setdefault(each.topic_and_key, each.origin)
            elif each.comes_after(blocked.get(each.topic_and_key)):
                why = "an earlier record of this key is not settled"
                failed.append(each.failed(BLOCKED, why, blocks=True))
            else:
                free.append(each)
        return free, failed

    async def _blocked_keys(
        self, tx: Transaction, received: Sequence[_Received]
    ) -> dict[tuple[str, bytes], Origin]:
        """The first open record that blocks each key."""
        if not (self._topic.ordered and self._may_hold):
            return {}
        if not await queries.any_blocking(tx, self._topic.names()):
            self._may_hold = False
            return {}
        return await use_cases.blocked_keys(tx, {each.topic_and_key for each in received})

    async def _keep(self, tx: Transaction, failed: Sequence[FailedRecord]) -> None:
        self._may_hold = self._may_hold or any(record.blocks for record in failed)
        for record in await dead_letter_topic.keep(tx, self._service, failed):
            tx.after_commit(partial(self._count, record.reason))
            if record.reason != BLOCKED:
                details = {
                    **asdict(record.origin),
                    "reason": record.reason,
                    "detail": record.detail,
                }
                alerts.alert(tx, self._metrics, self._topic.name, details)

    def _count(self, reason: str) -> None:
        self._metrics.count("events_dead_lettered", topic=self._topic.name, reason=reason)


def _first_of_each(received: Sequence[_Received], new: set[UUID]) -> list[_Received]:
    """Of records with a new event, the first of each: a relay's retry can write an event twice."""
    first: dict[UUID, _Received] = {}
    for each in received:
        if each.key in new and each.key is not None:
            first.setdefault(each.key, each)
    return list(first.values())


def _refused(batch: Batch[Event], received: Sequence[_Received]) -> list[FailedRecord]:
    by_event = {id(each.event): each for each in received}
    return [
        by_event[id(event)].failed(f"refused.{why.code}", why.detail, blocks=False)
        for event, why in batch.refused
    ]
