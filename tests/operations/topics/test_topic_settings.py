"""Settings of existing topics, on a real broker."""

from collections.abc import Mapping

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from libs.contracts import topics
from operations.topics.topic_settings import SettingChange, change_settings, changes_of_settings
from tests.libs.messaging.scenes import setting
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

NAME = topics.IDENTITY.name
DAY_MS = 24 * 3600 * 1000


@pytest.fixture(scope="module")
def kafka(fresh_module_kafka: EmbeddedKafka) -> EmbeddedKafka:
    """A broker of its own, whose topics no other test uses."""
    return fresh_module_kafka


async def from_before(kafka: EmbeddedKafka, settings: Mapping[str, str]) -> None:
    """Give a topic other settings than those of the map, and wait until the broker has them."""
    with KafkaAdminClient(**kafka.client) as admin:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, NAME, configs=dict(settings))]
        )

    async def is_there() -> bool:
        return {name: await setting(kafka, NAME, name) for name in settings} == settings

    await until(is_there)


async def test_topics_of_the_map_have_its_settings(kafka: EmbeddedKafka) -> None:
    """Nothing differs after `apply_topics`."""
    assert await changes_of_settings(kafka.client) == []


async def test_a_setting_that_differs_is_changed_and_the_others_stay(kafka: EmbeddedKafka) -> None:
    """A topic from before gets the limits of the map, and keeps what the map does not name."""
    await from_before(kafka, {"max.message.bytes": "5000000", "flush.messages": "7"})
    changes = await changes_of_settings(kafka.client)
    assert [str(change) for change in changes] == [
        f"{NAME}: max.message.bytes 5000000 -> {topics.IDENTITY.largest_batch_bytes}"
    ]
    await change_settings(kafka.client, changes)

    async def is_done() -> bool:
        return await changes_of_settings(kafka.client) == []

    await until(is_done)
    assert await setting(kafka, NAME, "flush.messages") == "7"


@pytest.mark.parametrize(
    ("name", "before", "after", "may_lose"),
    [
        ("retention.ms", str(90 * DAY_MS), str(30 * DAY_MS), True),
        ("retention.ms", "-1", str(30 * DAY_MS), True),
        ("retention.ms", str(DAY_MS), str(30 * DAY_MS), False),
        ("cleanup.policy", "compact", "delete", True),
        ("cleanup.policy", "delete", "compact", True),
        ("min.insync.replicas", "2", "1", True),
        ("min.insync.replicas", "1", "2", False),
        ("max.message.bytes", "2", "1", False),
    ],
)
def test_a_change_that_may_lose_records_says_so(
    name: str,
    before: str,
    after: str,
    may_lose: bool,
) -> None:
    """Records deleted earlier, only the newest of each key kept, or fewer copies of each."""
    assert SettingChange(NAME, name, before, after).may_lose_records is may_lose
