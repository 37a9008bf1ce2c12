"""A Kafka consumer that resumes after a failed poll without losing a record.

aiokafka fails on a header name that is not UTF-8 and on an unknown compression. Either error ends
the whole poll: records of other partitions are lost, and the next poll fails at the same place, for
all partitions. Here all records that were not returned are read again, partition by partition, and
the partition that fails record by record. The record that cannot be parsed is returned empty and
becomes a dead letter. A partition that fails gets a tenth of the consumer's time.

zstd, lz4 and snappy are unknown compressions: a service has none of their libraries, because
aiokafka inflates a batch without a limit (decision 20).
"""

import math
import time
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, KafkaTimeoutError, UnsupportedCodecError
from typing_extensions import override

from libs.messaging.envelope import UNPARSABLE_HEADER
from libs.messaging.kafka.cancellation import close_connections, failing_if_unasked

_UNPARSABLE = (UnicodeDecodeError, UnsupportedCodecError)
_ONE_RECORD_WITHIN_MS = 3_000  # longer than a fetch waits on the broker
_ONE_BY_ONE_S = 0.05
_SET_ASIDE_S = 0.5
# FastStream waits `batch_timeout_ms` for records, and sleeps as long if none came. Here the wait is
# long, since a record ends it at once, and the sleep is short.
_WAIT_S = 2.0
# A poll takes two seconds, a rebalance half a minute, and a broker answers a fetch within two
# seconds. aiokafka's tasks may end or wait for each other without an error (decision 52).
_POLL_WITHIN_S = 90.0
_ANSWER_WITHIN_S = 60.0

log = structlog.get_logger()

Polled = dict[TopicPartition, list["ConsumerRecord[bytes, bytes]"]]


class ResumingConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """aiokafka's consumer, whose next poll begins after the records that were returned.

    Args:
        topics: the topics to read.
        group_id: the consumer group, or None.
        poll_within_s: seconds that a poll may take, with a rebalance in it.
        answer_within_s: seconds within which a partition that is polled is fetched.
        options: aiokafka's.
    """

    def __init__(
        self,
        *topics: str,
        group_id: str | None = None,
        poll_within_s: float = _POLL_WITHIN_S,
        answer_within_s: float = _ANSWER_WITHIN_S,
        **options: Any,
    ) -> None:
        super().__init__(*topics, group_id=group_id, **options)
        self._poll_within_s = poll_within_s
        self._answer_within_s = answer_within_s
        self._is_in_group = group_id is not None
        self._poll_failure: KafkaError | None = None
        self._next_offsets: dict[TopicPartition, int] = {}
        self._must_rewind = False  # the positions are past records that were not returned
        self._held_until_s: dict[TopicPartition, float] = {}
        self._polling_since_s: float | None = None
        self._answered: dict[TopicPartition, tuple[int | None, float]] = {}

    @override
    async def getmany(
        self,
        *partitions: TopicPartition,
        timeout_ms: int = 0,
        max_records: int | None = None,
    ) -> Polled:
        """Poll for records of all partitions; records of a failed poll are read again.

        Raises:
            KafkaError: the poll failed.
        """
        self._polling_since_s = time.monotonic()
        try:
            if self._must_rewind:
                await self._rewind()
            self._resume_held()
            polled = await self._poll(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        except Exception as failure:
            self._must_rewind = True
            self._poll_failure = _as_kafka_error(failure)
            # FastStream pauses after a KafkaError, but not after other exceptions.
            raise self._poll_failure from failure
        finally:
            self._polling_since_s = None
        self._poll_failure = None
        for partition, records in polled.items():
            self._next_offsets[partition] = records[-1].offset + 1
        return polled

    async def _poll(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int | None
    ) -> Polled:
        try:
            polled: Polled = await super().getmany(
                *partitions, timeout_ms=max(timeout_ms, self._wait_ms()), max_records=max_records
            )
        except _UNPARSABLE:
            self._must_rewind = True
            return await self._poll_each(max_records or 1)
        return polled

    @override
    async def stop(self) -> None:
        """Stop, and close all connections also where aiokafka's own stop breaks off."""
        try:
            with failing_if_unasked():
                await super().stop()
        except KafkaError as failure:
            log.info("stop broke off", failure=str(failure))
            await close_connections(self)

    @override
    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Continue at this offset, also after a failed poll."""
        super().seek(partition, offset)
        self._next_offsets[partition] = offset

    def hold(self, partition: TopicPartition, offset: int, pause_s: float) -> None:
        """Read no more of a partition for some seconds, and then continue at this offset."""
        if partition in self.assignment():
            self.seek(partition, offset)
            self.pause(partition)
            until_s = time.monotonic() + pause_s
            self._held_until_s[partition] = max(until_s, self._held_until_s.get(partition, 0.0))

    def _resume_held(self) -> None:
        now_s = time.monotonic()
        for partition in [
            partition for partition, at_s in self._held_until_s.items() if at_s <= now_s
        ]:
            del self._held_until_s[partition]
            if partition in self.assignment():
                self.resume(partition)

    def _wait_ms(self) -> int:
        """Milliseconds that a poll waits: for a record, or until a held partition goes on."""
        next_s = min(self._held_until_s.values(), default=math.inf) - time.monotonic()
        return math.ceil(1000 * max(0.0, min(next_s, _WAIT_S)))

    def check(self) -> None:
        """Check that the last poll succeeded, and that partitions are fetched; called regularly.

        Raises:
            KafkaError: why the poll failed; aiokafka would fail in the same way for ever.
            KafkaTimeoutError: aiokafka waits, perhaps for ever.
        """
        if self._poll_failure is not None:
            raise self._poll_failure
        now_s = time.monotonic()
        if self._polling_since_s is None:  # a batch is handled; its partitions are not fetched
            self._answered.clear()
        elif now_s - self._polling_since_s > self._poll_within_s:
            raise KafkaTimeoutError("a poll does not end")
        elif self._unanswered_s(now_s) > self._answer_within_s:
            raise KafkaTimeoutError("a partition is not fetched")

    def _unanswered_s(self, now_s: float) -> float:
        """Return the longest time without an answer of a read partition, as these checks saw it."""
        answered: dict[TopicPartition, tuple[int | None, float]] = {}
        for partition in self.assignment() - self.paused():
            at_ms: int | None = self.last_poll_timestamp(partition)
            before = self._answered.get(partition)
            answered[partition] = before if before and before[0] == at_ms else (at_ms, now_s)
        self._answered = answered
        return max((now_s - since_s for _, since_s in answered.values()), default=0.0)

    async def _rewind(self) -> None:
        """Go back to the first record that was not returned.

        A broadcast consumer has no group and no committed offsets; it may miss records of a
        partition that has returned none yet.
        """
        for partition in self.assignment():
            await self._rewind_partition(partition)
        self._must_rewind = False

    async def _rewind_partition(self, partition: TopicPartition) -> None:
        """Seek to the committed offset of the group, or after the last returned record."""
        offset = self._next_offsets.get(partition)
        if self._is_in_group:
            offset = max(await self.committed(partition) or 0, offset or 0)
        if offset == 0:
            await self.seek_to_beginning(partition)
        elif offset is not None:
            super().seek(partition, offset)

    async def _poll_each(self, most: int) -> Polled:
        """Poll each partition by itself, and one that fails record by record."""
        await self._rewind()
        self._must_rewind = True  # until these records have been returned
        polled: Polled = {}
        ends: dict[TopicPartition, int] = await self.end_offsets(list(self.assignment()))
        for partition, end in sorted(ends.items()):
            offset: int = await self.position(partition)
            if most <= 0 or offset >= end or partition in self.paused():
                continue
            try:
                found: Polled = await super().getmany(
                    partition, timeout_ms=_ONE_RECORD_WITHIN_MS, max_records=most
                )
                records = found.get(partition, [])
            except _UNPARSABLE:
                super().seek(partition, offset)
                records = await self._poll_one_by_one(partition, end, most)
                self.hold(partition, await self.position(partition), _SET_ASIDE_S)
            if records:
                polled[partition] = records
                most -= len(records)
        self._must_rewind = False
        return polled

    async def _poll_one_by_one(
        self, partition: TopicPartition, end: int, most: int
    ) -> "list[ConsumerRecord[bytes, bytes]]":
        """Read a partition record by record, for a little while, or until its end."""
        records: list[ConsumerRecord[bytes, bytes]] = []
        until_s = time.monotonic() + _ONE_BY_ONE_S
        while len(records) < most and await self.position(partition) < end:
            record = await self._poll_one(partition)
            if record is None:
                break
            records.append(record)
            if time.monotonic() > until_s:
                break
        return records

    async def _poll_one(self, partition: TopicPartition) -> "ConsumerRecord[bytes, bytes] | None":
        try:
            polled: Polled = await super().getmany(
                partition, timeout_ms=_ONE_RECORD_WITHIN_MS, max_records=1
            )
        except _UNPARSABLE:
            offset: int = await self.position(partition)
            log.exception(
                "record cannot be parsed",
                topic=partition.topic,
                partition=partition.partition,
                offset=offset,
            )
            super().seek(partition, offset + 1)
            first = (await self.offsets_for_times({partition: 0}))[partition]
            return _empty_record(partition, offset, first.timestamp if first else -1)
        return polled[partition][0] if partition in polled else None


def _as_kafka_error(failure: Exception) -> KafkaError:
    return failure if isinstance(failure, KafkaError) else KafkaError(type(failure).__name__)


def _empty_record(
    partition: TopicPartition, offset: int, timestamp: int
) -> "ConsumerRecord[Any, Any]":
    """Stand for a record that cannot be parsed.

    Its time is that of the first record that its partition has, so that the same offset of a topic
    that was made again is not taken for this record.
    """
    return ConsumerRecord(
        topic=partition.topic,
        partition=partition.partition,
        offset=offset,
        timestamp=timestamp,
        timestamp_type=0,
        key=None,
        value=None,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=-1,
        headers=((UNPARSABLE_HEADER, b"the original stands in its topic at this offset"),),
    )
