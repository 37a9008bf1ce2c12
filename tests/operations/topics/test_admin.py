import pytest

from libs.contracts import topics
from libs.messaging.kafka.administering import administering
from operations.topics.admin import apply_topics, new_topics
from tests.brokers import OWN_ADAPTERS
from tests.libs.messaging.scenes import setting
from tools.embedded.kafka import EmbeddedKafka


async def test_every_topic_of_the_map_is_there_with_its_partitions(kafka: EmbeddedKafka) -> None:
    """Those of all, a dead-letter topic per reader, and two for each ministry that was named.

    Tests of the conformance kit on the same broker make topics for ministries that nobody has.
    """
    async with administering(kafka.client) as admin:
        wanted = {
            name: topic.partitions
            for topic in topics.TOPICS
            for name in (map(topic.name_for, OWN_ADAPTERS) if topic.per_ministry else [topic.name])
        }
        wanted |= {
            topics.dead_letter_topic(reading_service): 1
            for reading_service in topics.READING_SERVICES
        }
        there = {name for name in await admin.list_topics() if name.endswith(".v1")}
        assert {name for name in there if ".kit-" not in name} == wanted.keys()
        described = await admin.describe_topics(sorted(wanted))
        assert {each["topic"]: len(each["partitions"]) for each in described} == wanted


async def test_applying_again_changes_nothing(kafka: EmbeddedKafka) -> None:
    """A deploy step may run any number of times, and topics of its own adapters stay."""
    assert await apply_topics(kafka.client, ministries=OWN_ADAPTERS) == []
    assert await apply_topics(kafka.client) == []


async def test_retention_and_compaction_are_those_of_the_map(kafka: EmbeddedKafka) -> None:
    """Each kind of topic is kept as the map says; a dead letter may be large."""
    for topic in topics.TOPICS:
        name = topic.name_for(OWN_ADAPTERS[0])
        policy = "compact" if topic.compacted else "delete"
        assert await setting(kafka, name, "cleanup.policy") == policy
        if not topic.compacted:
            assert await setting(kafka, name, "retention.ms") == str(topic.retention_ms)
    # Segments of a short topic are short: Kafka deletes no segment that it still writes to.
    for topic in (topics.MESSAGES, topics.REVOCATIONS):
        assert await setting(kafka, topic.name, "segment.ms") == str(topic.retention_ms // 4)
    letters = topics.dead_letter_topic("applications")
    kept_ms = await setting(kafka, letters, "retention.ms")
    assert kept_ms == str(topics.DEAD_LETTER_RETENTION_MS)
    assert await setting(kafka, "applications.deadletter.v1", "max.message.bytes") == "2097152"


async def test_an_hour_of_codes_means_at_most_two(kafka: EmbeddedKafka) -> None:
    """A segment ends by its age, and is deleted when its newest record is past the retention."""
    knobs = ("segment.ms", "retention.ms", "file.delete.delay.ms")
    gone_after_ms = [int(await setting(kafka, topics.MESSAGES.name, knob)) for knob in knobs]
    looked_every_ms = 300_000  # the broker's `log.retention.check.interval.ms`, as by default
    assert sum(gone_after_ms) + looked_every_ms < 2 * 3600 * 1000


@pytest.mark.parametrize("topic", ["applications.v1", "applications.deadletter.v1"])
async def test_a_copy_that_lags_never_takes_over(kafka: EmbeddedKafka, topic: str) -> None:
    """Every topic forbids unclean elections, whatever the broker's default."""
    assert await setting(kafka, topic, "unclean.leader.election.enable") == "false"
    assert await setting(kafka, topic, "min.insync.replicas") == "1"


@pytest.mark.parametrize(("replicas", "needed"), [(1, "1"), (2, "1"), (3, "2")])
def test_acknowledged_means_all_copies_but_one(replicas: int, needed: str) -> None:
    """The loss of one broker stops nothing and loses nothing."""
    asked = {topic.topic_configs["min.insync.replicas"] for topic in new_topics(replicas)}
    assert asked == {needed}
