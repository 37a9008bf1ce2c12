"""A broker without running consumers, so that its groups do not change during a test."""

import pytest

from tests.brokers import fresh_topics
from tools.chaos.inspector import TopicInspector
from tools.embedded.kafka import EmbeddedKafka


@pytest.fixture(scope="package")
async def still_kafka(second_kafka: EmbeddedKafka) -> EmbeddedKafka:
    """One for all tests of this folder, with every topic of the map."""
    await fresh_topics(second_kafka.client, ministries=())
    inspector = TopicInspector(second_kafka.client)
    while not await inspector.rewind("first", {("catalogue.v1", 0): 0}):
        continue  # until it keeps offsets
    return second_kafka
