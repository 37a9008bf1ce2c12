"""Records that aiokafka cannot parse, on a real broker."""

import asyncio
import resource
import sys
from typing import Any
from uuid import UUID

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition, codec
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from typing_extensions import override

from libs.clock import utc_now
from libs.contracts import topics
from libs.contracts.applications import ApplicationSubmitted
from libs.contracts.ministries import MinistryReceived
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.envelope import encode
from libs.messaging.kafka.consumer import ResumingConsumer
from libs.messaging.restoring.history import records_since
from tests.conftest import DatabaseFor
from tests.libs.messaging.scenes import (
    RecordingHandler,
    committed,
    consumer,
    own_name,
    running,
    submitted,
    write,
    write_as_ministry,
    write_events,
)
from tests.waiting import PATIENCE_S, until
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.server import CHECKOUT

TOPIC = topics.APPLICATIONS.name
_DEFLATE_RATIO = 1032  # zlib's Technical Details, "Maximum Compression Factor"


@pytest.fixture(scope="module")
def kafka(fresh_module_kafka: EmbeddedKafka) -> EmbeddedKafka:
    """A broker of its own, because plain clients cannot read these records."""
    return fresh_module_kafka


async def write_unparsable(
    kafka: EmbeddedKafka, partition: int, topic: str = TOPIC, by: str = "zstd", **more: int
) -> int:
    """Write one record whose header name is not UTF-8, or a compressed batch; return its offset."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.libs.messaging.unparsable"),
        cwd=CHECKOUT,
        env={"AIOKAFKA_NO_EXTENSIONS": "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    asked = {"client": kafka.client, "topic": topic, "partition": partition, "by": by, **more}
    offset, _ = await process.communicate(orjson.dumps(asked))
    return int(offset)


async def letters(database: Database) -> list[tuple[int, int]]:
    async with database.transaction() as tx:
        rows = await tx.fetch(
            "SELECT topic_partition, topic_offset FROM dead_letters"
            " WHERE reason = 'unreadable.unparsable'"
        )
    return [(row["topic_partition"], row["topic_offset"]) for row in rows]


async def test_a_header_name_that_is_not_utf8_makes_one_dead_letter(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """The bad record becomes a dead letter; records before, after and in other partitions are
    handled.
    """
    database, recorder, name = await database_for("applications"), RecordingHandler(), own_name()
    ours = [new_id() for _ in range(12)]
    await write_events(kafka, *[submitted(each) for each in ours[:6]])
    offset = await write_unparsable(kafka, 2)
    after = encode(submitted(ours[6]), trace=None)
    await write(kafka, after, partition=2)
    await write_events(kafka, *[submitted(each) for each in ours[7:]])

    part = consumer(database, recorder, kafka, name=name)
    async with running(part):
        await until(lambda: len(recorder.of(*ours)) == len(ours))
        more = new_id()
        await write_events(kafka, submitted(more))
        await until(lambda: recorder.of(more))
        assert part.health().ready
    assert len(recorder.of(*ours)) == len(ours)
    assert await letters(database) == [(2, offset)]
    assert (await committed(kafka, part.group, TOPIC))[2] > offset


async def test_the_past_of_a_topic_is_read_behind_records_that_cannot_be_parsed(
    kafka: EmbeddedKafka,
) -> None:
    """Commands after a restore read topics that ministries write; none may stop them."""
    since, ours = utc_now(), [new_id() for _ in range(40)]
    await write_events(kafka, *[submitted(each) for each in ours[:20]])
    await write_unparsable(kafka, 1, by="header")
    await write_unparsable(kafka, 4, records=1, zeros=100)
    await write_events(kafka, *[submitted(each) for each in ours[20:]])
    async with asyncio.timeout(PATIENCE_S):
        found = [
            record async for record in records_since(kafka.client, [topics.APPLICATIONS], since)
        ]
    events = [record.event for record in found]
    keys = [event.application_id for event in events if isinstance(event, ApplicationSubmitted)]
    assert sorted(keys) == sorted(ours)
    assert sum(record.error is not None for record in found) == 2


async def test_a_compressed_record_is_not_inflated(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A zstd record of 2 KB would have 64 MiB; it becomes a dead letter, and the others go on."""
    assert not codec.has_zstd()
    assert not codec.has_lz4()
    assert not codec.has_snappy()
    database, recorder = await database_for("applications"), RecordingHandler()
    offset = await write_unparsable(kafka, 3, records=1, zeros=64 * 2**20)
    ours = [new_id() for _ in range(20)]
    await write_events(kafka, *[submitted(each) for each in ours])
    async with running(consumer(database, recorder, kafka)):
        await until(lambda: len(recorder.of(*ours)) == len(ours))
    assert (3, offset) in await letters(database)


async def test_the_most_that_gzip_can_become_is_taken(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Deflate makes 1,032 bytes of one at most: 64 KiB, which a ministry may write, become 64 MiB.

    That becomes a dead letter within the memory of a process (512 MiB), and the others go on.
    """
    assert topics.MINISTRIES.largest_batch_bytes * _DEFLATE_RATIO <= 65 * 2**20
    database, recorder = await database_for("applications"), RecordingHandler()
    bad, good = (
        topics.MINISTRIES.name_for("mopa"),
        MinistryReceived(application_id=new_id(), ministry="mofa"),
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await write_unparsable(kafka, 0, bad, "gzip", records=1, zeros=60 * 2**20)
    await write_as_ministry(kafka, good)
    async with running(consumer(database, recorder, kafka, topic=topics.MINISTRIES)):
        await until(lambda: recorder.of(good.application_id))
        await until(lambda: has_letter(database, bad))
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 384 * 1024


async def has_letter(database: Database, topic: str) -> bool:
    async with database.transaction() as tx:
        return bool(await tx.fetchval("SELECT true FROM dead_letters WHERE topic = $1", topic))


async def test_a_larger_batch_is_refused_by_the_broker(kafka: EmbeddedKafka) -> None:
    """Compressed or not: a ministry's topic takes 64 KiB."""
    topic = topics.MINISTRIES.name_for("mopa")
    producer = AIOKafkaProducer(**kafka.client, acks="all", max_request_size=2**20)
    async with producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, bytes(topics.MINISTRIES.largest_batch_bytes))


async def test_a_poll_that_fails_loses_no_record_of_other_partitions(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """All records around a bad one are handled once, however the polls are divided."""
    database, recorder = await database_for("applications"), RecordingHandler()
    ours = [new_id() for _ in range(300)]
    await write_events(kafka, *[submitted(each) for each in ours])
    await write_unparsable(kafka, 4)
    async with running(consumer(database, recorder, kafka)):
        await until(lambda: len(recorder.of(*ours)) >= len(ours))
    heard = [str(getattr(event, "application_id", "")) for event in recorder.of(*ours)]
    assert sorted(heard) == sorted(map(str, ours))


class Forgetful(AIOKafkaConsumer):  # type: ignore[misc]
    """A client that loses the records of its next poll when a test wants it to."""

    loses = False

    @override
    async def getmany(self, *partitions: Any, **limits: Any) -> Any:
        polled = await super().getmany(*partitions, **limits)
        if polled and self.loses:
            self.loses = False
            raise LookupError("the records are lost")
        return polled


class ResumingForgetful(ResumingConsumer, Forgetful):
    """The consumer over that client."""


async def test_records_taken_by_a_failed_poll_are_read_again(kafka: EmbeddedKafka) -> None:
    """After any failure, the next poll begins after the returned records."""
    before, after = [new_id() for _ in range(4)], [new_id() for _ in range(4)]
    await write_events(kafka, *[submitted(each) for each in before])
    reader = ResumingForgetful(
        TOPIC,
        **kafka.client,
        group_id=own_name(),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await reader.start()
    try:
        assert keys_of(before) <= await _keys(reader, *before)
        await write_events(kafka, *[submitted(each) for each in after])
        reader.loses = True
        with pytest.raises(KafkaError):
            await _keys(reader, *after)
        with pytest.raises(KafkaError):
            reader.check()
        again = await _keys(reader, *after)
        reader.check()
    finally:
        await reader.stop()
    assert keys_of(after) <= again
    assert not keys_of(before) & again


def keys_of(applications: list[UUID]) -> set[bytes]:
    return {str(application).encode() for application in applications}


async def _keys(reader: ResumingConsumer, *wanted: UUID) -> set[bytes]:
    """The keys of all records until these have come."""
    found: set[bytes] = set()
    while not keys_of(list(wanted)) <= found:
        polled = await reader.getmany(timeout_ms=1_000)
        found |= {record.key or b"" for records in polled.values() for record in records}
    return found


async def test_many_unparsable_records_take_a_share_of_the_time(kafka: EmbeddedKafka) -> None:
    """They are read a few at a time, and what is in other partitions comes with the first few."""
    bad, good = TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 5)
    reader = ResumingConsumer(
        TOPIC,
        **kafka.client,
        group_id=own_name(),
        auto_offset_reset="latest",
        enable_auto_commit=False,
    )
    await reader.start()
    try:
        await until(lambda: {bad, good} <= reader.assignment())
        ends = await reader.end_offsets(list(reader.assignment()))
        await reader.commit(ends)
        for partition, end in ends.items():
            reader.seek(partition, end)
        first = await write_unparsable(kafka, 0, records=2_000, zeros=300)
        await write(kafka, encode(submitted(new_id()), trace=None), partition=5)
        found: dict[TopicPartition, list[int]] = {bad: [], good: []}
        while not found[bad] or not found[good]:
            polled = await reader.getmany(max_records=1_000)
            assert bad not in polled or bad in reader.paused()
            for partition, records in polled.items():
                found.setdefault(partition, []).extend(record.offset for record in records)
    finally:
        await reader.stop()
    assert len(found[good]) == 1
    assert found[bad] == list(range(first, first + len(found[bad])))
    assert len(found[bad]) < 1_000
