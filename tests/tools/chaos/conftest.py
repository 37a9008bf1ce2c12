"""A broker without running consumers, so that its groups do not change during a test."""

from collections.abc import AsyncIterator

import pytest

from libs.messaging.admin import apply_topics
from libs.messaging.inspector import TopicInspector
from tools.embedded.kafka import EmbeddedKafka


@pytest.fixture(scope="package")
async def still_kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedKafka]:
    """One for all tests of this folder, with every topic of the map."""
    broker = EmbeddedKafka(tmp_path_factory.mktemp("still-kafka"), flush_every_append=False)
    await broker.start()
    try:
        await apply_topics(broker.client)
        inspector = TopicInspector(broker.client)
        while not await inspector.rewind("first", {("catalogue.v1", 0): 0}):
            continue  # until it keeps offsets
        yield broker
    finally:
        broker.kill()
