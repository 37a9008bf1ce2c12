"""The adapters that we host keep every rule of the kit."""

from collections.abc import AsyncIterator

import pytest

from conformance import checks
from conformance.checks import CHECKS, OF_APPEALS
from conformance.pair import Pair, connected
from tests.conformance.ours import at_the_desk, hosted
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres

# Ours take objections where a workflow or a connection says so; the kit's applications have none.
RULES = [name for name in CHECKS if name != OF_APPEALS]


@pytest.fixture(scope="module")
async def pair(kafka: EmbeddedKafka, postgres: EmbeddedPostgres) -> AsyncIterator[Pair]:
    """The platform's end of the topics of hosted ministries."""
    async with hosted(kafka, postgres) as target, connected(target) as pair:
        yield pair


@pytest.fixture(scope="module")
async def desk_pair(kafka: EmbeddedKafka, postgres: EmbeddedPostgres) -> AsyncIterator[Pair]:
    """Its end of the topics of services whose officers work here."""
    async with at_the_desk(kafka, postgres) as target, connected(target) as pair:
        yield pair


@pytest.mark.parametrize("rule", RULES)
async def test_our_adapter_keeps_the_rule(rule: str, pair: Pair) -> None:
    """What is asked of a ministry's own adapter holds for ours, on the topics of all ministries."""
    await checks.run(rule, pair)


@pytest.mark.parametrize("rule", RULES)
async def test_our_desk_keeps_the_rule(rule: str, desk_pair: Pair) -> None:
    """`cases` is an adapter as any other: it has the two topics, and no other way to us."""
    await checks.run(rule, desk_pair)
