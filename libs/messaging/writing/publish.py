"""Writes rows of the outbox to Kafka in batches; no destination holds up another.

A round writes one batch per partition. It waits half a second for the answers. A batch without an
answer stays under way, and only its own partition waits for it.
"""

import asyncio
from collections.abc import Collection, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Any, Final, Self

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.partitioner import DefaultPartitioner

from libs.messaging.envelope import Headers, trace_of, unpack_headers
from libs.messaging.writing.destination import WHOLE_TOPIC, Destination
from libs.messaging.writing.outbox import OutboxRow
from libs.telemetry import spans
from libs.telemetry.tracing import Started, Tracing
from libs.trace_context import TraceContext

NOT_ALONE: Final = "the batch is too large"
"""Why a batch failed whose records may fit one by one: the next batch is half as large."""
OTHER_PARTITIONS: Final = "has other partitions than before"
"""Why a topic is closed until its readers have read what was written with the old number."""
ANSWER_WITHIN_S: Final = 0.5

_FIND_TOPIC_WITHIN_S = 0.5
_STOP_WITHIN_S = 5.0
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)

log = structlog.get_logger()

Sorted = MutableMapping[Destination, list[OutboxRow]]


@dataclass(slots=True)
class Outcome:
    """The outcome of writing rows to Kafka, by destination.

    Args:
        acknowledged: ids of rows that Kafka has.
        failed: why nothing was written.
        unpublishable: the first row that the broker will never accept, and why.
        is_waiting: whether one of the destinations has not answered yet.
    """

    acknowledged: dict[Destination, list[int]] = field(default_factory=dict)
    failed: dict[Destination, str] = field(default_factory=dict)
    unpublishable: dict[Destination, tuple[OutboxRow, str]] = field(default_factory=dict)
    is_waiting: bool = False


@dataclass(slots=True)
class _Parcel:
    """The records for one partition that are under way, in order."""

    builder: Any
    rows: list[OutboxRow] = field(default_factory=list)
    spans: list[Started] = field(default_factory=list)
    answer: "asyncio.Future[Any] | None" = None
    sent_at_s: float = 0.0

    def end_spans(self, failure: BaseException | None) -> None:
        for span in self.spans:
            span.end(failure)


class Publisher:
    """Publishes with one producer.

    Args:
        producer: not yet started. If it is idempotent, a destination whose batch failed must not be
            written with it again, since its sequence of records has a gap.
        tracing: makes a span for each sampled row.
        counts: partitions over which the keys of a topic are spread, by topic; new ones are added.
        batch_bytes: largest batch of topics that accept less than usual; shared, changed here.
    """

    def __init__(
        self,
        producer: AIOKafkaProducer,
        tracing: Tracing,
        *,
        counts: MutableMapping[str, int] | None = None,
        batch_bytes: MutableMapping[str, int] | None = None,
    ) -> None:
        self._producer = producer
        self._tracing = tracing
        self._counts = {} if counts is None else counts
        self._batch_bytes = {} if batch_bytes is None else batch_bytes
        self._under_way: dict[Destination, _Parcel] = {}
        self.new_counts: dict[str, int] = {}
        self.closed: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        try:
            await self._producer.start()
        except KafkaError:
            await self._producer.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                await self._producer.stop()
        except TimeoutError:  # it would wait for ever for a batch that gets no answer
            await self._producer.client.close()

    async def sort(
        self,
        rows: Sequence[OutboxRow],
        *,
        closed: Collection[str] = (),
        within_s: float = _FIND_TOPIC_WITHIN_S,
    ) -> Sorted:
        """Sort rows by destination, in order; all rows of a topic that is not open go together.

        Args:
            rows: in the order of their ids.
            closed: topics that are not looked for.
            within_s: seconds to look for topics that are not known yet, all at once.

        Raises:
            KafkaTimeoutError: the brokers do not say which topics there are.
        """
        topics = {row.topic for row in rows}.difference(closed)
        unknown = [topic for topic in topics if self._open_partitions(topic) is None]
        if unknown:
            await asyncio.gather(*(self._find(topic, within_s) for topic in unknown))
        partitions = {topic: self._partitions(topic) for topic in topics}
        found: Sorted = {}
        for row in rows:
            numbers = partitions.get(row.topic) or (WHOLE_TOPIC,)
            place = (row.topic, _partition_of(row.key, numbers) if len(numbers) > 1 else numbers[0])
            together = found.get(place)  # type: ignore[call-overload]
            if together is None:
                found[Destination(*place)] = [row]
            else:
                together.append(row)
        return found

    async def send(
        self,
        rows: Mapping[Destination, Sequence[OutboxRow]],
        *,
        within_s: float = ANSWER_WITHIN_S,
    ) -> Outcome:
        """Send a batch to each destination that has none under way; return the answers of all.

        Rows that did not fit stay for the next round. Rows of a failed batch stay too, although
        Kafka may have them; the consumers' inboxes drop duplicates.

        Args:
            rows: sorted.
            within_s: seconds to wait for answers.

        Raises:
            KafkaError: the producer cannot send any more; a new one is needed.
        """
        outcome = Outcome()
        sent: list[asyncio.Future[Any]] = []
        for destination, waiting in rows.items():
            if destination in self._under_way:
                continue
            if self._producer.client.cluster.leader_for_partition(TopicPartition(*destination)) in (
                None,
                -1,
            ):
                outcome.failed[destination] = "no leader"
                continue
            parcel = self._pack(destination, waiting, outcome)
            if parcel.rows:
                sent.append(await self._send(destination, parcel))
        under_way = {row: self._under_way[row] for row in rows if row in self._under_way}
        await _wait(sent, list(under_way.values()), within_s)
        for destination, parcel in under_way.items():
            self._collect(destination, parcel, outcome)
        return outcome

    def overdue(self, after_s: float) -> list[Destination]:
        """Destinations whose batch is under way for so long."""
        before_s = asyncio.get_running_loop().time() - after_s
        return [
            destination
            for destination, parcel in self._under_way.items()
            if parcel.sent_at_s <= before_s
        ]

    def abandon(self, destination: Destination) -> None:
        """Wait no longer for an answer; the destination must not be written again from here."""
        parcel = self._under_way.pop(destination, None)
        if parcel is not None and parcel.answer is not None:
            parcel.end_spans(TimeoutError())
            parcel.answer.add_done_callback(_ignore)

    async def refresh(self, *, within_s: float = 2.0) -> bool:
        """Ask the cluster for its topics and leaders; return whether it answers."""
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(within_s):
                return bool(await self._producer.client.force_metadata_update())
        return False

    def partition_count(self, topic: str) -> int:
        """The number of partitions that the broker has; 0 if the topic is not open."""
        return len(self._open_partitions(topic) or ())

    def _open_partitions(self, topic: str) -> set[int] | None:
        partitions: set[int] | None = self._producer.client.cluster.partitions_for_topic(topic)
        return partitions

    async def _find(self, topic: str, within_s: float) -> None:
        """Look for a topic; a broker that is slow to answer has not said that it is not there.

        Raises:
            KafkaTimeoutError: the brokers do not answer.
        """
        try:
            async with asyncio.timeout(within_s):
                await self._producer.partitions_for(topic)
        except TopicAuthorizationFailedError:
            self.closed[topic] = "not ours to write"
        except (TimeoutError, UnknownTopicOrPartitionError):
            if not await self.refresh():
                raise KafkaTimeoutError from None
            if self._open_partitions(topic) is None:
                self.closed[topic] = "not there"

    def _partitions(self, topic: str) -> tuple[int, ...]:
        """The partitions of a topic; none if it may not be written now."""
        partitions = self._open_partitions(topic)
        if partitions is None:
            return ()
        in_use = self._counts.get(topic)
        if in_use is None:
            self._counts[topic] = self.new_counts[topic] = len(partitions)
        elif in_use != len(partitions):
            self.closed[topic] = OTHER_PARTITIONS
            return ()
        self.closed.pop(topic, None)
        return tuple(sorted(partitions))

    async def _send(self, destination: Destination, parcel: _Parcel) -> "asyncio.Future[Any]":
        try:
            answer: asyncio.Future[Any] = await self._producer.send_batch(
                parcel.builder, destination.topic, partition=destination.partition
            )
        except KafkaError as failure:
            parcel.end_spans(failure)
            raise
        parcel.answer = answer
        parcel.sent_at_s = asyncio.get_running_loop().time()
        self._under_way[destination] = parcel
        return answer

    def _collect(self, destination: Destination, parcel: _Parcel, outcome: Outcome) -> None:
        if parcel.answer is None or not parcel.answer.done():
            outcome.is_waiting = True
            return
        del self._under_way[destination]
        failure = parcel.answer.exception()
        parcel.end_spans(failure)
        if failure is None:
            outcome.acknowledged[destination] = [row.outbox_id for row in parcel.rows]
        else:
            self._fail(destination, parcel, failure, outcome)

    def _fail(
        self, destination: Destination, parcel: _Parcel, failure: BaseException, outcome: Outcome
    ) -> None:
        kind = type(failure).__name__
        log.warning("not acknowledged", destination=destination.text, failure=kind)
        if not isinstance(failure, _TOO_LARGE):
            outcome.failed[destination] = kind
        elif len(parcel.rows) == 1:
            outcome.unpublishable[destination] = (parcel.rows[0], "too_large")
        else:
            self._batch_bytes[destination.topic] = parcel.builder.size() // 2
            outcome.failed[destination] = NOT_ALONE

    def _pack(
        self, destination: Destination, rows: Sequence[OutboxRow], outcome: Outcome
    ) -> _Parcel:
        parcel = _Parcel(self._producer.create_batch())
        most_bytes = self._batch_bytes.get(destination.topic)
        for number, row in enumerate(rows):
            if most_bytes is not None and parcel.rows and parcel.builder.size() >= most_bytes:
                break
            if row.is_unopened:
                outcome.unpublishable[destination] = (row, "unopened")
                return parcel
            try:
                fitted = self._add(parcel, destination, row)
            except (TypeError, ValueError) as failure:
                log.error(  # noqa: TRY400 -- the trace may hold content
                    "cannot be encoded", topic=row.topic, failure=type(failure).__name__
                )
                outcome.unpublishable[destination] = (row, "not_encodable")
                parcel.end_spans(failure)
                # The builder may be left in the middle of the record.
                return self._pack(destination, rows[:number], outcome)
            if not fitted:
                break
        return parcel

    def _add(self, parcel: _Parcel, destination: Destination, row: OutboxRow) -> bool:
        """Add a row to a parcel; return whether it fitted.

        Raises:
            TypeError: the row cannot be encoded.
            ValueError: the row cannot be encoded.
        """
        headers: Headers = unpack_headers(row.headers)
        trace = trace_of(headers)
        span = self._span(destination, trace) if self._tracing.samples(trace) else None
        if span is not None and span.context is not None:
            parent = span.context.traceparent.encode()
            headers = [(name, parent if name == "traceparent" else was) for name, was in headers]
        added = parcel.builder.append(key=row.key, value=row.value, timestamp=None, headers=headers)
        if added is None:  # full: later rows of the partition go in the next round
            return False
        parcel.rows.append(row)
        if span is not None:
            parcel.spans.append(span)
        return True

    def _span(self, destination: Destination, parent: TraceContext | None) -> Started:
        name, kind, attributes = spans.send(destination.topic, destination.partition)
        return self._tracing.start(name, parent=parent, kind=kind, attributes=attributes)


async def _wait(
    sent: "Sequence[asyncio.Future[Any]]", under_way: Sequence[_Parcel], within_s: float
) -> None:
    """Wait for all that was sent now, or if that is nothing, for the first under way."""
    if sent:
        await asyncio.wait(sent, timeout=within_s)
        return
    answers = [parcel.answer for parcel in under_way if parcel.answer is not None]
    if answers:
        await asyncio.wait(answers, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)


def _ignore(answer: "asyncio.Future[Any]") -> None:
    """Read the failure of an abandoned batch, so that asyncio does not report it."""
    if not answer.cancelled():
        answer.exception()


@lru_cache(maxsize=16_384)
def _partition_of(key: bytes | None, partitions: tuple[int, ...]) -> int:
    """The partition of a key, cached for the later events of an application.

    The client library computes the hash slowly, byte by byte in Python.
    """
    partition: int = DefaultPartitioner()(key, partitions, partitions)
    return partition
