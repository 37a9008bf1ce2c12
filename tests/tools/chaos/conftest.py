"""A broker without consumers of ours, so that its groups are as a test leaves them."""

from collections.abc import AsyncIterator

import pytest

from libs.messaging.admin import apply_topics
from libs.messaging.outsider import Outsider
from tools.embedded.kafka import EmbeddedKafka


@pytest.fixture(scope="session")
async def still_kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedKafka]:
    """One for all tests of this folder, with every topic of the map."""
    async with EmbeddedKafka(tmp_path_factory.mktemp("still-kafka")) as broker:
        await apply_topics(broker.client)
        outsider = Outsider(broker.client)
        while not await outsider.rewind("first", {("catalogue.v1", 0): 0}):
            continue  # until it keeps offsets
        yield broker
