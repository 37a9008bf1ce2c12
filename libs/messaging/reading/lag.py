"""How far consumer groups are behind, measured by a service that is none of their readers.

A reader that is dead, or hangs, measures nothing. What it has handled is in Kafka, and may be half
a second old there. Only offsets and times are read, no record.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.cluster import ClusterMetadata
from aiokafka.errors import KafkaError, StaleMetadata, for_code
from aiokafka.protocol.offset import OffsetRequest

from libs.component import ComponentHealth
from libs.contracts.access import reading_groups
from libs.contracts.topics import TOPICS, Topic
from libs.errors import Unavailable
from libs.messaging.kafka.broker import Broker
from libs.messaging.kafka.cancellation import failing_if_unasked
from libs.messaging.reading.behind import offsets_of
from libs.periodic import Periodic
from libs.telemetry.metrics import Metrics

_EVERY_S = 15.0
_END, _BEGINNING = -1, -2  # in place of a time, in a request for offsets
_TIME_ACCURACY_MS = 1_000


class LagMeter:
    """Measures how many records each group has not handled, and the age of the oldest.

    Its user needs the right to describe all topics and groups of the map.

    Args:
        broker: the connection to Kafka.
        metrics: shows the numbers.
        every_s: seconds between two measurements.
    """

    name = "lag"

    def __init__(self, broker: Broker, metrics: Metrics, *, every_s: float = _EVERY_S) -> None:
        self._broker = broker
        self._metrics = metrics
        self._every_s = every_s
        self._client: AIOKafkaClient | None = None
        self._groups: dict[str, list[Topic]] = defaultdict(list)
        for topic in TOPICS:
            for group in reading_groups(topic):
                self._groups[group].append(topic)
        # The next record of a reader that stands still, and its time, which is searched for once.
        self._oldest_ms: dict[tuple[str, TopicPartition], tuple[int, int]] = {}

    def health(self) -> ComponentHealth:
        """Always ready: nothing waits for a measurement."""
        return ComponentHealth()

    async def run(self, stop: asyncio.Event) -> None:
        """Measure until `stop` is set."""
        loop = Periodic(self.name, self._measure, metrics=self._metrics, every_s=self._every_s)
        try:
            await loop.run(stop)
        finally:
            await self._close()

    async def _measure(self) -> None:
        """Measure all groups.

        Raises:
            Unavailable: the brokers do not answer, or a right is missing.
        """
        try:
            with failing_if_unasked():
                kafka = await self._connected()
                # Before the ends: what comes in between is not handled.
                handled = {group: await offsets_of(kafka.client, group) for group in self._groups}
                topics = {topic for topics in self._groups.values() for topic in topics}
                ends = await kafka.offsets(
                    {place: _END for topic in topics for place in kafka.places(topic)}
                )
                for group in self._groups:
                    await self._measure_group(kafka, group, handled[group], ends)
        except (KafkaError, OSError) as failure:
            await self._close()
            raise Unavailable("broker", type(failure).__name__) from failure
        self._metrics.gauge("lag_measured_at_s", time.time())

    async def _measure_group(
        self,
        kafka: "_Kafka",
        group: str,
        handled: Mapping[TopicPartition, int],
        ends: "_Offsets",
    ) -> None:
        places = {topic: kafka.places(topic) for topic in self._groups[group]}
        behind = [
            place
            for of_topic in places.values()
            for place in of_topic
            if handled.get(place, 0) < ends[place].offset
        ]
        begins = await kafka.offsets(dict.fromkeys(behind, _BEGINNING))
        # Kafka has deleted what is before the beginning.
        following = {place: max(handled.get(place, 0), begins[place].offset) for place in behind}
        following = {place: at for place, at in following.items() if at < ends[place].offset}
        oldest_ms = await self._find_times(kafka, group, following)
        now_ms = time.time() * 1000
        for topic, of_topic in places.items():
            unhandled = [place for place in of_topic if place in following]
            count = sum(ends[place].offset - following[place] for place in unhandled)
            age_ms = now_ms - min((oldest_ms[place] for place in unhandled), default=now_ms)
            labels = {"group": group, "topic": topic.name}
            self._metrics.gauge("records_behind", count, **labels)
            self._metrics.gauge("oldest_unhandled_age_s", max(0.0, age_ms / 1000), **labels)

    async def _find_times(
        self, kafka: "_Kafka", group: str, following: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        """Return the time of the first record from an offset on, to a second."""
        before = {place: self._oldest_ms.get((group, place), (-1, 0)) for place in following}
        moved = {place: at for place, at in following.items() if before[place][0] != at}
        earliest_ms = {
            place: before[place][1] if before[place][0] < at else 0 for place, at in moved.items()
        }
        found = await kafka.times(moved, earliest_ms) if moved else {}
        times_ms = {place: found.get(place, before[place][1]) for place in following}
        for place, at_ms in times_ms.items():
            self._oldest_ms[group, place] = following[place], at_ms
        return times_ms

    async def _connected(self) -> "_Kafka":
        if self._client is None:
            self._client = AIOKafkaClient(**self._broker.client)
            await self._client.bootstrap()
        return _Kafka(self._client, await self._client.fetch_all_metadata())

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()


@dataclass(frozen=True, slots=True)
class _First:
    """The first record since a time, or where there is none an offset of -1."""

    offset: int
    at_ms: int


_Offsets = Mapping[TopicPartition, _First]


@dataclass(frozen=True, slots=True)
class _Kafka:
    """A connection, and the brokers' answer about topics at the beginning of a measurement."""

    client: AIOKafkaClient
    cluster: ClusterMetadata

    def places(self, topic: Topic) -> list[TopicPartition]:
        """Return the partitions of a topic of the map."""
        return [
            TopicPartition(name, partition)
            for name in topic.names()
            for partition in self.cluster.partitions_for_topic(name) or ()
        ]

    async def times(
        self, offsets: Mapping[TopicPartition, int], earliest_ms: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        """Return when Kafka got the first record from an offset on, to a second.

        A broker says which record is the first since a time, so the time is searched by halves.

        Args:
            offsets: the offset in each partition.
            earliest_ms: no record from there on is older.
        """
        now_ms = int(time.time() * 1000)
        between = {place: (earliest_ms[place], now_ms) for place in offsets}
        found: dict[TopicPartition, int] = {}
        while between:
            asked = {place: (low + high + 1) // 2 for place, (low, high) in between.items()}
            for place, first in (await self.offsets(asked)).items():
                low, high = between[place]
                if 0 <= first.offset < offsets[place]:
                    low = asked[place]
                else:
                    high = asked[place] - 1
                    if first.offset >= 0:
                        found[place] = first.at_ms
                between[place] = low, high
                if first.offset == offsets[place] or high - low < _TIME_ACCURACY_MS:
                    found.setdefault(place, low)
                    del between[place]
        return found

    async def offsets(self, times_ms: Mapping[TopicPartition, int]) -> _Offsets:
        """Return the first record of each partition since a time.

        Raises:
            KafkaError: a broker does not answer.
            StaleMetadata: the partition has no leader.
        """
        by_node: dict[int, dict[str, list[tuple[int, int]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for place, at_ms in times_ms.items():
            node = self.cluster.leader_for_partition(place)
            if node is None or node < 0:
                raise StaleMetadata(place)
            by_node[node][place.topic].append((place.partition, at_ms))
        found: dict[TopicPartition, _First] = {}
        for node, topics in by_node.items():
            answer: Any = await self.client.send(node, OffsetRequest(-1, 0, list(topics.items())))
            for topic, partitions in answer.topics:
                for partition, error_code, at_ms, offset in partitions:
                    if error_code:
                        raise for_code(error_code)(topic)
                    found[TopicPartition(topic, partition)] = _First(offset, at_ms)
        return found
