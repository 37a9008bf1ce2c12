"""A key keeps its order when its topic gets more partitions."""

from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from libs.contracts import topics
from libs.ids import new_id
from libs.messaging.envelope import Record
from libs.messaging.kafka.administering import administering
from libs.messaging.kafka.draining import groups_behind
from operations.topics.admin import TopicsNotApplied, add_partitions, apply_topics
from tests.brokers import OWN_ADAPTERS
from tests.conftest import DatabaseFor
from tests.libs.messaging.announcing import add, is_empty, outbox_rows, relay
from tests.libs.messaging.scenes import read_all, running, write
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

OURS, GROUP = "submissions.hosted.v1", "ministries.submissions.hosted.v1"
THEIRS, THEIR_READER = "ministries.mofl.v1", "applications.ministries.v1"


@pytest.fixture(autouse=True)
async def as_before(kafka: EmbeddedKafka) -> AsyncIterator[None]:
    """Make the topics again after each test."""
    yield
    async with administering(kafka.client) as admin:
        await admin.delete_topics([OURS, THEIRS])

        async def are_gone() -> bool:
            return not {OURS, THEIRS} & set(await admin.list_topics())

        await until(are_gone)
    await apply_topics(kafka.client, ministries=OWN_ADAPTERS)


async def handled(kafka: EmbeddedKafka, group: str, name: str, offset: int) -> None:
    """Commit for a group that it has handled the first partition up to an offset."""
    place = TopicPartition(name, 0)
    reader = AIOKafkaConsumer(**kafka.client, group_id=group, enable_auto_commit=False)
    await reader.start()
    try:
        reader.assign([place])
        await reader.commit({place: offset})
    finally:
        await reader.stop()


def moving_key() -> bytes:
    """A key that is in the first of two partitions, and in the last of three."""
    keys = (str(new_id()).encode() for _ in range(1000))
    place = DefaultPartitioner()
    return next(
        key
        for key in keys
        if (place(key, [0, 1], [0, 1]), place(key, [0, 1, 2], [0, 1, 2])) == (0, 2)
    )


async def test_only_groups_that_have_not_handled_all_records_are_behind(
    kafka: EmbeddedKafka,
) -> None:
    """A topic without records is read; a record counts until its offset is committed."""
    assert await groups_behind(kafka.client, OURS, 1) == []
    (offset,) = await write(kafka, Record(OURS, moving_key(), b"{}", ()))
    assert await groups_behind(kafka.client, OURS, 1) == [GROUP]
    await handled(kafka, GROUP, OURS, offset + 1)
    assert await groups_behind(kafka.client, OURS, 1) == []
    assert await groups_behind(kafka.client, topics.dead_letter_topic("ministries"), 1) == []


async def test_added_partitions_are_used_when_the_readers_have_read_the_old_ones(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Until then the events of the topic wait; those of other topics do not."""
    database, key = await database_for("applications"), moving_key()
    async with running(relay(database, kafka)):
        await add(database, OURS, key, b"0")
        await until(lambda: is_empty(database))
    async with administering(kafka.client) as admin:
        assert await add_partitions(admin, kafka.client, {OURS: 3}) == [OURS]
    part = relay(database, kafka)
    await add(database, OURS, key, b"1")
    async with running(part):
        await until(lambda: part.health().detail == f"not open: {OURS}")
        await add(database, OURS, key, b"2")
        await add(database, "applications.v1", key, b"other")

        async def others_are_published() -> bool:
            return await outbox_rows(database) == 0

        await until(others_are_published)
        assert [each.value for each in await read_all(kafka, OURS)] == [b"0"]
        await handled(kafka, GROUP, OURS, 1)
        await until(lambda: is_empty(database))
        await until(lambda: part.health().ready)
        await add(database, OURS, key, b"3")
        await until(lambda: is_empty(database))
    found = [(each.partition, each.value) for each in await read_all(kafka, OURS)]
    assert sorted(found) == [(0, b"0"), (2, b"1"), (2, b"2"), (2, b"3")]


async def test_a_topic_that_others_write_gets_partitions_only_when_it_is_read(
    kafka: EmbeddedKafka,
) -> None:
    """Nobody can make a ministry's adapter wait, so the command refuses, and names the reader."""
    (offset,) = await write(kafka, Record(THEIRS, b"k", b"{}", ()))
    async with administering(kafka.client) as admin:
        with pytest.raises(TopicsNotApplied, match=f"{THEIRS}: {THEIR_READER} has not read"):
            await add_partitions(admin, kafka.client, {OURS: 3, THEIRS: 2})
        described = await admin.describe_topics([OURS, THEIRS])
        assert [len(each["partitions"]) for each in described] == [2, 1]
        await handled(kafka, THEIR_READER, THEIRS, offset + 1)
        assert await add_partitions(admin, kafka.client, {THEIRS: 2}) == [THEIRS]
