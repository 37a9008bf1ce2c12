"""A run from the first login to the last check, on a platform that only pretends."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from tools.chaos.trial import Chaos, Running

from services.registry import SERVICES, WITH_DATABASE
from tests.tools.chaos.playing import PlayedInChaos, in_chaos
from tools.chaos.report import Result
from tools.embedded.kafka import EmbeddedKafka
from tools.supervision.state import State
from tools.supervision.supervisor import Supervisor

DsnFor = Callable[[str], Awaitable[str]]


class Supervised:
    """What a supervisor says that runs.

    Args:
        url: where everything answers.
        kafka: the broker, as `state.json` has it.
        dsn: DSN by service.
        brokers: process number by broker.
    """

    def __init__(
        self, url: str, kafka: dict[str, Any], dsn: dict[str, str], brokers: dict[str, int | None]
    ) -> None:
        self._url = url
        self._kafka = kafka
        self._dsn = dsn
        self._brokers = brokers

    def state(self) -> State:
        return State(
            gateway=self._url,
            sandbox=self._url,
            kafka={**self._kafka, "pids": self._brokers},
            postgres={"pid": 20, "dsn": self._dsn},
            services={name: {"pid": 30 + n, "health": ""} for n, name in enumerate(SERVICES)},
        )

    async def add_replica(self, service: str, name: str) -> str:
        return f"{service}-{name}"

    async def remove_replica(self, service: str, name: str, *, kill: bool = False) -> None:
        raise NotImplementedError


def supervised(
    url: str, kafka: dict[str, Any], dsn: dict[str, str], **brokers: int | None
) -> Supervisor:
    """A supervisor of the run."""
    return cast("Supervisor", Supervised(url, kafka, dsn, brokers or {"1": 10}))


async def run(
    still_kafka: EmbeddedKafka, dsn_for: DsnFor, said: list[str], **faults: Any
) -> tuple[Result, PlayedInChaos]:
    """A run of a second, in which nothing breaks yet."""
    async with in_chaos(**faults) as (played, http):
        dsn = {service: await dsn_for(service) for service in WITH_DATABASE}
        reach = {"bootstrap": still_kafka.bootstrap, "security": still_kafka.security}
        supervisor = supervised(played.url, reach, dsn)

        def say(line: str) -> None:
            said.append(line)
            if "callbacks owed" in line:
                played.owed = 0

        trial = Chaos(supervisor, http, seed=7, minutes=1 / 60, rate_per_s=4.0, say=say)
        return await trial.run(), played


async def test_a_platform_that_keeps_nothing_does_not_pass(
    still_kafka: EmbeddedKafka, dsn_for: DsnFor
) -> None:
    """It answers every click, and no topic has heard of it: each application is missed."""
    said: list[str] = []
    result, played = await run(still_kafka, dsn_for, said, owed=3)
    assert result.accepted == len(played.by_key) > 0
    assert not result.all_is_well
    missed = {why.partition(":")[0] for wrong, why in result.found if wrong == "lost"}
    assert missed == {made["application_id"] for made in played.by_key.values()}
    assert result.load_per_s == result.accepted
    assert (result.seed, result.faults, result.troubles) == (7, {}, {})


async def test_a_run_waits_for_quiet_and_leaves_the_outside_world_as_it_was(
    still_kafka: EmbeddedKafka, dsn_for: DsnFor
) -> None:
    """It says what it waits for, and looks only when nothing is left to wait for."""
    said: list[str] = []
    _, played = await run(still_kafka, dsn_for, said, owed=3)
    told = [line.strip() for line in said]
    assert told.index("waiting for quiet") < told.index("3 callbacks owed") < told.index("nothing")
    assert told[-1] == "reading what everybody has seen"
    assert [(word, path) for word, path, _ in played.orders] == [
        ("DELETE", "/faults"),
        ("PUT", "/behaviour/ministries"),
        ("DELETE", "/faults"),
        ("DELETE", "/behaviour"),
    ]


def test_whoever_is_broken_is_known_by_the_number_it_has_now() -> None:
    """Of several brokers it is another one every time; one that is down has no number."""
    running = Running(supervised("", {}, {}, one=11, other=None))
    assert [running.pid_of("kafka") for _ in range(3)] == [11, None, 11]
    assert running.pid_of("postgres") == 20
    assert [running.pid_of(name) for name in SERVICES[:2]] == [30, 31]


async def test_replicas_are_the_supervisors() -> None:
    """Who comes and goes is kept up and ended by whoever keeps up the rest."""
    assert await Running(supervised("", {}, {})).add_replica("ministries", "1") == "ministries-1"
