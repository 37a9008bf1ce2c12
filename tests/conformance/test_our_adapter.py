"""The adapter that we host keeps every rule of the kit."""

from collections.abc import AsyncIterator

import pytest

from conformance import checks
from conformance.checks import CHECKS
from conformance.pair import Pair, connected
from tests.conformance.ours import hosted
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres


@pytest.fixture(scope="module")
async def pair(kafka: EmbeddedKafka, postgres: EmbeddedPostgres) -> AsyncIterator[Pair]:
    """The platform's end of the topics of hosted ministries."""
    async with hosted(kafka, postgres) as target, connected(target) as pair:
        yield pair


@pytest.mark.parametrize("rule", CHECKS)
async def test_our_adapter_keeps_the_rule(rule: str, pair: Pair) -> None:
    """What is asked of a ministry's own adapter holds for ours, on the topics of all ministries."""
    await checks.run(rule, pair)
