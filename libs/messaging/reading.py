"""A Kafka consumer that neither loses records nor stands still when one cannot be parsed.

The client library decodes header names itself and fails on one that is not UTF-8; so it does on a
compression that it does not know. Either error ends the whole poll: records of other partitions
that were taken in it are lost, and the next poll fails at the same place, for all partitions. Here
everything not yet handed on is read again, record by record, and the one that cannot be read is
handed on empty, for the dead letters.
"""

from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError, UnsupportedCodecError
from typing_extensions import override

_UNPARSABLE = (UnicodeDecodeError, UnsupportedCodecError)
_ONE_RECORD_WITHIN_MS = 1_000
# The framework waits as long for records as it pauses after there were none. We wait long, since
# records end the wait at once, and let it pause briefly: nothing is polled for in vain.
_WAIT_MS = 500

UNPARSABLE_HEADER = "nagorik_unparsable"

log = structlog.get_logger()

Polled = dict[TopicPartition, list["ConsumerRecord[bytes, bytes]"]]


class SafeConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Aiokafka's consumer, safe to poll."""

    def __init__(self, *topics: str, **options: Any) -> None:
        super().__init__(*topics, **options)
        self._failure: Exception | None = None  # why the last poll failed
        self._lacking: set[str] = set()  # topics for whose partitions the group was joined again
        self._handed_on: dict[TopicPartition, int] = {}
        self._strayed = False  # the positions are past records that were not handed on

    @override
    async def getmany(
        self,
        *partitions: TopicPartition,
        timeout_ms: int = 0,
        max_records: int | None = None,
    ) -> Polled:
        """Poll for records of all partitions; what a failed poll took is read again."""
        if self._strayed:
            await self._go_back()
        try:
            polled: Polled = await super().getmany(
                *partitions, timeout_ms=max(timeout_ms, _WAIT_MS), max_records=max_records
            )
        except _UNPARSABLE:
            self._strayed = True
            polled = await self._one_by_one(max_records or 1)
        except Exception as failure:
            self._strayed, self._failure = True, failure
            raise
        self._failure = None
        for partition, records in polled.items():
            self._handed_on[partition] = records[-1].offset + 1
        return polled

    @override
    async def stop(self) -> None:
        """Stop for good: leave the group, so that the others take over now and not in ten seconds.

        A static member only falls silent, for it may be back; one that is killed does, and is.
        """
        if isinstance(self._coordinator, GroupCoordinator):
            self._coordinator._group_instance_id = None  # noqa: SLF001 -- what keeps it from leaving
        await super().stop()

    @override
    async def _wait_topics(self) -> None:
        """Wait until the topics are known; one that may not be read holds up no other of a group.

        Raises:
            TopicAuthorizationFailedError: a live view may not read one: it has no second look.
        """
        try:
            await super()._wait_topics()
        except TopicAuthorizationFailedError:
            if self._group_id is None:
                raise

    def check(self) -> None:
        """See that the last poll went well, and that no topic is left out without a reason.

        Raises:
            KafkaError: why it failed. The client library would fail so for ever.
        """
        if isinstance(self._failure, KafkaError):
            raise self._failure
        if self._failure is not None:
            raise KafkaError(type(self._failure).__name__) from self._failure
        self._join_for_what_is_open()

    def closed(self) -> str:
        """A topic that may not be read, or none: it has no partitions then, and no error."""
        return min(self._client.cluster.unauthorized_topics, default="")

    def _join_for_what_is_open(self) -> None:
        """Join the group again, once, for topics that were opened and are nobody's.

        A static member that came back is given what it had, without the topics opened since, and
        takes itself for a follower, who does not look for any.
        """
        known = {topic for topic in self.subscription() if self.partitions_for_topic(topic)}
        lacking = known - {partition.topic for partition in self.assignment()}
        if self._group_id and lacking - self._lacking:
            self._coordinator.request_rejoin()
        self._lacking = lacking

    async def _go_back(self) -> None:
        """Read again whatever was not handed on: a failed poll may have taken some of it.

        A live view has no group, and so nothing to go back to; nothing depends on it.
        """
        for partition in self.assignment() if self._group_id else ():
            await self._back(partition)
        self._strayed = False

    async def _back(self, partition: TopicPartition) -> None:
        """Go to what was committed, by us or by another member, or handed on since."""
        committed = await self.committed(partition)
        offset = max(committed or 0, self._handed_on.get(partition, 0))
        if offset == 0:
            await self.seek_to_beginning(partition)
        else:
            self.seek(partition, offset)

    async def _one_by_one(self, most: int) -> Polled:
        await self._go_back()
        self._strayed = True  # until what is taken here has been handed on
        polled: Polled = {}
        ends: dict[TopicPartition, int] = await self.end_offsets(list(self.assignment()))
        for partition, end in sorted(ends.items()):
            while most > 0 and await self.position(partition) < end:
                record = await self._one(partition)
                if record is None:
                    break
                polled.setdefault(partition, []).append(record)
                most -= 1
        self._strayed = False
        return polled

    async def _one(self, partition: TopicPartition) -> "ConsumerRecord[bytes, bytes] | None":
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
            self.seek(partition, offset + 1)
            return _empty_record(partition, offset)
        return polled[partition][0] if partition in polled else None


def _empty_record(partition: TopicPartition, offset: int) -> "ConsumerRecord[Any, Any]":
    return ConsumerRecord(
        topic=partition.topic,
        partition=partition.partition,
        offset=offset,
        timestamp=-1,
        timestamp_type=0,
        key=None,
        value=None,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=-1,
        headers=((UNPARSABLE_HEADER, b"the original stands in its topic at this offset"),),
    )
