"""Reads topics from a time on, for commands after a restore; no group, no offsets."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from aiokafka.errors import KafkaError

from libs.contracts.topics import Topic
from libs.errors import Unavailable
from libs.messaging.envelope import RawRecord
from libs.messaging.kafka.administering import administering
from libs.messaging.kafka.consumer import ResumingConsumer
from libs.messaging.reading.received_record import ReceivedRecord

_RECORDS = 1_000


async def records_since(
    client: Mapping[str, Any], topics: Collection[Topic], since: datetime
) -> AsyncIterator[ReceivedRecord]:
    """Yield the records of topics from a time to their present end, in order within a partition.

    One that cannot be parsed is yielded without an event, as consumers get it: ministries write
    some of the topics.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        topics: of the map; those that are not on the broker have no record.
        since: when Kafka got the first record.

    Raises:
        Unavailable: the brokers do not answer, or a right is missing.
    """
    by_name = {name: topic for topic in topics for name in topic.names()}
    with failures_translated():
        there = by_name.keys() & await _names(client)
        async for record in _records(client, there, since):
            yield ReceivedRecord(by_name[record.topic], record)


@contextmanager
def failures_translated() -> Iterator[None]:
    """Translate failures of the Kafka client.

    Raises:
        Unavailable: the brokers do not answer, or a right is missing.
    """
    try:
        yield
    except (KafkaError, OSError) as failure:
        raise Unavailable("broker", type(failure).__name__) from failure


async def _records(
    client: Mapping[str, Any], names: Collection[str], since: datetime
) -> AsyncIterator[RawRecord]:
    reader = ResumingConsumer(*sorted(names), **client, enable_auto_commit=False)
    await reader.start()
    try:
        places = list(reader.assignment())
        ends = await reader.end_offsets(places)
        found = await reader.offsets_for_times(dict.fromkeys(places, int(since.timestamp() * 1000)))
        begins = {place: at.offset for place, at in found.items() if at is not None}
        for place in places:
            reader.seek(place, begins.get(place, ends[place]))
        while any([await reader.position(place) < ends[place] for place in begins]):
            for batch in (await reader.getmany(max_records=_RECORDS)).values():
                for record in batch:
                    yield record
    finally:
        await reader.stop()


async def _names(client: Mapping[str, Any]) -> set[str]:
    async with administering(client) as admin:
        return set(await admin.list_topics())
