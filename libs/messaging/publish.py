"""Writes rows of the outbox to Kafka in batches, and returns which of them are acknowledged."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.partitioner import DefaultPartitioner

from libs.errors import Unavailable
from libs.messaging.broker import Broker
from libs.messaging.envelope import trace_of, unpack_headers
from libs.messaging.outbox import OutboxRow
from libs.telemetry.tracing import Started, Tracing
from libs.trace_context import TraceContext

_FIND_TOPIC_WITHIN_S = 2.0
_LOOK_AGAIN_AFTER_S = 15.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Parcel:
    """The records for one partition in this round, in order."""

    topic: str
    partition: int
    builder: Any
    ids: list[int] = field(default_factory=list)
    spans: list[Started] = field(default_factory=list)
    full: bool = False

    def end_spans(self, failure: BaseException | None) -> None:
        for span in self.spans:
            span.end(failure)


class Publisher:
    """Publishes with one producer; after a failure the relay makes a new one.

    Args:
        broker: the connection to Kafka.
        tracing: makes a span for each sampled row.
    """

    def __init__(self, broker: Broker, tracing: Tracing) -> None:
        self._producer: AIOKafkaProducer = broker.producer()
        self._tracing = tracing
        self._failed: BaseException | None = None
        self._missing: dict[str, float] = {}  # closed topics, and when to check again

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
        await self._producer.stop()

    def missing(self) -> list[str]:
        """Topics that do not exist or may not be written, until `topics apply` has run."""
        return sorted(self._missing)

    def check(self) -> None:
        """Check that no batch has failed; after a failure the producer's sequence may have a gap.

        Raises:
            Unavailable: a batch was not acknowledged before; a new producer is needed.
        """
        if self._failed is not None:
            raise Unavailable("broker", type(self._failed).__name__) from self._failed

    async def publish(self, rows: Sequence[OutboxRow]) -> list[int]:
        """Publish rows; return the ids of those that Kafka acknowledged.

        A round writes one batch per partition, so that later rows do not overtake a failed batch.
        Rows that did not fit, or have no topic yet, stay for the next round. Rows of a failed batch
        stay too, although Kafka may have them; the consumers' inboxes drop duplicates.

        Raises:
            KafkaError: nothing could be sent.
            Unavailable: an earlier batch failed.
        """
        self.check()
        parcels = await self._packed(rows)
        try:
            sent = [
                await self._producer.send_batch(each.builder, each.topic, partition=each.partition)
                for each in parcels
            ]
        except KafkaError as failure:
            for parcel in parcels:
                parcel.end_spans(failure)
            raise
        results = await asyncio.gather(*sent, return_exceptions=True)  # house: broad-except
        done: list[int] = []
        for parcel, result in zip(parcels, results, strict=True):
            if isinstance(result, BaseException):
                self._failed = result
                parcel.end_spans(result)
                log.warning("not acknowledged", topic=parcel.topic, failure=type(result).__name__)
            else:
                done += parcel.ids
                parcel.end_spans(None)
        return done

    async def _packed(self, rows: Sequence[OutboxRow]) -> list[_Parcel]:
        parcels: dict[tuple[str, int], _Parcel] = {}
        partitions: dict[str, tuple[int, ...]] = {}
        for row in rows:
            if row.topic not in partitions:
                partitions[row.topic] = await self._partitions(row.topic)
            known = partitions[row.topic]
            if not known:
                continue
            place = (row.topic, _partition_of(row.key, known) if len(known) > 1 else known[0])
            parcel = parcels.get(place)
            if parcel is None:
                parcel = parcels[place] = _Parcel(*place, self._producer.create_batch())
            if not parcel.full:
                self._pack(parcel, row)
        return list(parcels.values())

    def _pack(self, parcel: _Parcel, row: OutboxRow) -> None:
        headers = unpack_headers(row.headers)
        trace = trace_of(headers)
        span = self._span(parcel, trace) if self._tracing.samples(trace) else None
        if span is not None and span.context is not None:
            parent = span.context.traceparent.encode()
            headers = [(name, parent if name == "traceparent" else was) for name, was in headers]
        metadata = parcel.builder.append(
            key=row.key, value=row.value, timestamp=None, headers=headers
        )
        if metadata is None:  # full: later rows of the partition go in the next round
            parcel.full = True
            return
        parcel.ids.append(row.outbox_id)
        if span is not None:
            parcel.spans.append(span)

    def _span(self, parcel: _Parcel, parent: TraceContext) -> Started:
        return self._tracing.start(
            f"send {parcel.topic}",
            parent=parent,
            kind="producer",
            attributes={
                "messaging.system": "kafka",
                "messaging.operation.type": "send",
                "messaging.destination.name": parcel.topic,
                "messaging.destination.partition.id": str(parcel.partition),
            },
        )

    async def _partitions(self, topic: str) -> tuple[int, ...]:
        """The partitions of a topic; none if it does not exist or may not be written."""
        now_s = asyncio.get_running_loop().time()
        if now_s < self._missing.get(topic, 0.0):
            return ()
        try:
            async with asyncio.timeout(_FIND_TOPIC_WITHIN_S):
                found = tuple(sorted(await self._producer.partitions_for(topic)))
        except TopicAuthorizationFailedError:
            return self._not_open(topic, "not ours to write")
        except (TimeoutError, UnknownTopicOrPartitionError):
            return self._not_open(topic, "not there")
        self._missing.pop(topic, None)
        return found

    def _not_open(self, topic: str, why: str) -> tuple[int, ...]:
        self._missing[topic] = asyncio.get_running_loop().time() + _LOOK_AGAIN_AFTER_S
        log.error("topic is not open", topic=topic, reason=why)
        return ()


@lru_cache(maxsize=16_384)
def _partition_of(key: bytes | None, known: tuple[int, ...]) -> int:
    """The partition of a key, cached for the later events of an application.

    The client library computes the hash slowly, byte by byte in Python.
    """
    partition: int = DefaultPartitioner()(key, known, known)
    return partition
