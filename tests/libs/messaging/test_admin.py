import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from libs.contracts import topics
from libs.embedded.kafka import EmbeddedKafka
from libs.messaging.admin import apply_topics, new_topics


async def test_every_topic_of_the_map_is_there_with_its_partitions(kafka: EmbeddedKafka) -> None:
    """67 topics each way, the shared ones, and a dead-letter topic per reader."""
    admin = AIOKafkaAdminClient(**kafka.client)
    await admin.start()
    try:
        wanted = {name: topic.partitions for name, topic in topics.topics_by_name().items()}
        wanted |= {topics.dead_letter_topic(each): 1 for each in topics.READING_SERVICES}
        described = await admin.describe_topics(sorted(wanted))
        found = {each["topic"]: len(each["partitions"]) for each in described}
        assert found == wanted
    finally:
        await admin.close()


async def test_applying_again_changes_nothing(kafka: EmbeddedKafka) -> None:
    """A deploy step may run as often as it likes."""
    assert await apply_topics(kafka.client) == []


async def test_retention_and_compaction_are_those_of_the_map(kafka: EmbeddedKafka) -> None:
    """One-time codes go after an hour, the catalogue stays, a dead letter may be large."""
    assert await _setting(kafka, "messages.v1", "retention.ms") == "3600000"
    assert await _setting(kafka, "catalogue.v1", "cleanup.policy") == "compact"
    assert await _setting(kafka, "applications.deadletter.v1", "max.message.bytes") == "2097152"


@pytest.mark.parametrize("topic", ["applications.v1", "applications.deadletter.v1"])
async def test_a_copy_that_lags_never_takes_over(kafka: EmbeddedKafka, topic: str) -> None:
    """Said of each topic by name, whatever the brokers' own default is."""
    assert await _setting(kafka, topic, "unclean.leader.election.enable") == "false"
    assert await _setting(kafka, topic, "min.insync.replicas") == "1"


@pytest.mark.parametrize(("replicas", "needed"), [(1, "1"), (2, "1"), (3, "2")])
def test_acknowledged_means_all_copies_but_one(replicas: int, needed: str) -> None:
    """The loss of one broker stops nothing and takes nothing."""
    asked = {topic.topic_configs["min.insync.replicas"] for topic in new_topics(replicas)}
    assert asked == {needed}


async def _setting(kafka: EmbeddedKafka, topic: str, name: str) -> str:
    admin = AIOKafkaAdminClient(**kafka.client)
    await admin.start()
    try:
        (answer,) = await admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic, configs={name: None})]
        )
        entries = answer.resources[0][4]
        return str(next(entry[1] for entry in entries if entry[0] == name))
    finally:
        await admin.close()
