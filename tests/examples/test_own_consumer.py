"""A ministry's own program on its two topics, with its own user, keeps the contract."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance import checks
from conformance.pair import Pair, connected
from conformance.target import Target, operator_settings
from libs.contracts.access import ministry_grants
from operations.topics.access import apply_access
from tests.examples.programs import EXAMPLES, LANGUAGES, made, running
from tools.embedded.kafka import EmbeddedKafka

# Not that of another test's program on the same broker: a group of two kinds of clients has none.
MINISTRIES: Mapping[str, str] = {"java": "ird", "node": "mofa"}
PASSWORD = "only-for-tests"
LONGEST = 120
_ENDS_WITHIN_S = 60.0


@dataclass(frozen=True)
class Program:
    """An example that is ready to run.

    Args:
        ministry: the ministry whose user it has.
        command: how it is run.
        folder: of its logs.
        kafka: the broker.
    """

    ministry: str
    command: list[str]
    folder: Path
    kafka: EmbeddedKafka

    def environment(self, ministry: str) -> dict[str, str]:
        """What it is told: the ministry to work for, and its own login."""
        return {
            "MINISTRY": ministry,
            "KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "KAFKA_SECURITY": self.kafka.security["protocol"],
            "APPEAL_DAYS": "30",
            "KAFKA_USER": f"ministry-{self.ministry}",
            "KAFKA_PASSWORD": PASSWORD,
        }


@pytest.fixture(scope="module", params=LANGUAGES)
async def program(
    request: pytest.FixtureRequest, kafka: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory
) -> Program:
    """An example, and its user with exactly the rights that `topics apply` gives it."""
    language = str(request.param)
    ministry, folder = MINISTRIES[language], tmp_path_factory.mktemp(language)
    user = f"ministry-{ministry}"
    await apply_access(kafka.client, {user: ministry_grants(ministry)}, {user: PASSWORD})
    return Program(ministry, await made(language, folder), folder, kafka)


@pytest.fixture(scope="module")
async def pair(program: Program) -> AsyncIterator[Pair]:
    """The platform's end of the topics, while the program runs at the other."""
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(AsyncExitStack())
        environment = program.environment(program.ministry)

        async def restart() -> None:
            await process.aclose()
            await process.enter_async_context(
                running(program.command, environment, program.folder / "log")
            )

        await restart()
        target = Target(
            program.kafka.bootstrap,
            program.ministry,
            security=operator_settings(program.kafka.security),
            wait_s=60.0,
            settle_s=0.0,
            restart=restart,
        )
        yield await stack.enter_async_context(connected(target))


@pytest.mark.parametrize("rule", checks.CHECKS)
async def test_the_example_keeps_the_rule(rule: str, pair: Pair) -> None:
    """Also that of objections, on the real broker, with its own login.

    `tests/docs/test_integrating.py` has one that takes none.
    """
    await checks.run(rule, pair)


async def test_the_example_is_refused_on_another_ministrys_topics(program: Program) -> None:
    """The broker refuses it, and it ends with a message instead of waiting for ever."""
    log = program.folder / "refused"
    async with running(program.command, program.environment("erd"), log) as process:
        async with asyncio.timeout(_ENDS_WITHIN_S):
            status = await process.wait()
    said = log.read_text(encoding="utf-8")
    assert status != 0
    assert "not authorized" in said.lower()


@pytest.mark.parametrize("source", ["java/Adapter.java", "node/adapter.js"])
def test_an_example_is_read_in_minutes(source: str) -> None:
    """It has fewer than 120 lines."""
    assert len((EXAMPLES / source).read_text(encoding="utf-8").splitlines()) < LONGEST
