"""A run of chaos from the first login to the last check, on a fake platform, and its report."""

from collections.abc import Awaitable, Callable
from io import StringIO
from typing import Any, cast

from rich.console import Console

from services.registry import OPENERS, SERVICES, WITH_DATABASE
from tests.tools.chaos.scenes import result_of
from tests.tools.fake_platform import FakePlatform, fake_platform
from tools.chaos.chaos import Chaos, SupervisedPlatform
from tools.chaos.report import Result, as_json, show, show_findings
from tools.embedded.kafka import EmbeddedKafka
from tools.supervision.state import State
from tools.supervision.supervisor import Supervisor

DsnFor = Callable[[str], Awaitable[str]]


class Supervised:
    """A supervisor of a fake platform.

    Args:
        url: of every service.
        kafka: the broker, as `state.json` has it.
        dsn: DSN by service.
        brokers: pid by broker.
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
            portal=self._url,
            desk=self._url,
            sandbox=self._url,
            kafka={**self._kafka, "pids": self._brokers},
            postgres={"pid": 20, "dsn": self._dsn},
            services={name: {"pid": 30 + n, "health": ""} for n, name in enumerate(SERVICES)},
            openers={name: {"pid": 50} for name in OPENERS.values()},
        )

    async def add_replica(self, service: str, name: str) -> str:
        return f"{service}-{name}"

    async def remove_replica(self, service: str, name: str, *, kill: bool = False) -> None:
        raise NotImplementedError


def supervised(
    url: str, kafka: dict[str, Any], dsn: dict[str, str], **brokers: int | None
) -> Supervisor:
    """A supervisor for the run."""
    return cast("Supervisor", Supervised(url, kafka, dsn, brokers or {"1": 10}))


async def run(
    still_kafka: EmbeddedKafka, dsn_for: DsnFor, said: list[str], **faults: Any
) -> tuple[Result, FakePlatform]:
    """A run of one second, which has no faults."""
    async with fake_platform(**faults) as (fake, http):
        dsn = {service: await dsn_for(service) for service in WITH_DATABASE}
        reach = {"bootstrap": still_kafka.bootstrap, "security": still_kafka.security}
        supervisor = supervised(fake.url, reach, dsn)

        def say(line: str) -> None:
            said.append(line)
            if " callbacks" in line:
                fake.callbacks = 0

        chaos = Chaos(supervisor, http, seed=7, minutes=1 / 60, rate_per_s=4.0, progress=say)
        return await chaos.run(), fake


async def test_a_platform_that_publishes_nothing_does_not_pass(
    still_kafka: EmbeddedKafka, dsn_for: DsnFor
) -> None:
    """It accepts every click and publishes nothing: every application is lost.

    The run waits until nothing is left to do, says what it waits for, and leaves the sandbox as it
    was.
    """
    said: list[str] = []
    result, fake = await run(still_kafka, dsn_for, said, callbacks=3)
    assert result.accepted == len(fake.by_key) > 0
    assert not result.all_is_well
    missed = {why.partition(":")[0] for wrong, why in result.found if wrong == "lost"}
    assert missed == {made["application_id"] for made in fake.by_key.values()}
    assert result.load_per_s == result.accepted
    assert (result.seed, result.faults, result.problems) == (7, {}, {})
    lines = [line.strip() for line in said]
    assert lines.index("waiting until nothing is left to do") < lines.index("3 callbacks")
    assert lines.index("3 callbacks") < lines.index("nothing")
    assert lines[-1] == "reading the evidence"
    assert [(word, path) for word, path, _ in fake.controls] == [
        ("DELETE", "/faults"),
        ("PUT", "/behaviour/ministries"),
        ("DELETE", "/faults"),
        ("DELETE", "/behaviour"),
    ]


def test_targets_are_known_by_their_current_pid() -> None:
    """Of several brokers it is another one every time; one that is down has none."""
    running = SupervisedPlatform(supervised("", {}, {}, one=11, other=None))
    assert [running.pid_of("kafka") for _ in range(3)] == [11, None, 11]
    assert running.pid_of("postgres") == 20
    assert [running.pid_of(name) for name in SERVICES[:2]] == [30, 31]


async def test_replicas_belong_to_the_supervisor() -> None:
    """The supervisor starts and ends them."""
    assert (
        await SupervisedPlatform(supervised("", {}, {})).add_replica("ministries", "1")
        == "ministries-1"
    )


KEYS = {
    "seed",
    "faults",
    "accepted",
    "helped_at_a_centre",
    "lost",
    "desk",
    "duplicates",
    "out_of_order",
    "stuck",
    "unexplained_dead_letters",
    "journeys_read",
    "journeys_wrong",
    "recovery_s",
    "load_per_s",
}


def printed(show_: Any, shown: Result) -> str:
    """The printed report."""
    console = Console(file=StringIO(), width=200)
    show_(console, shown)
    values: str = console.file.getvalue()  # type: ignore[attr-defined]
    return values


def test_a_run_is_well_if_applications_were_accepted_and_nothing_is_wrong() -> None:
    """A run in which nobody could apply proves nothing."""
    assert result_of().all_is_well
    assert not result_of(accepted=0).all_is_well
    assert not result_of(found=[("stuck", "one")]).all_is_well


def test_the_json_has_every_key() -> None:
    """Keys are a contract: zero if nothing was found."""
    values = as_json(result_of())
    assert set(values) == KEYS
    assert values["duplicates"] == {"ministry": 0, "sms": 0, "effects": 0}
    assert [values[name] for name in ("lost", "out_of_order", "stuck")] == [0, 0, 0]
    assert values["unexplained_dead_letters"] == 0
    assert values["recovery_s"] == {"p50": 1.5, "max": 9.0}
    assert (values["seed"], values["accepted"], values["load_per_s"]) == (7, 300, 8.0)
    assert list(values["faults"].items()) == [("kill gateway", 2), ("stop kafka", 1)]


def test_findings_are_counted_under_their_keys() -> None:
    """Findings are counted by kind."""
    kinds = ("lost", "ministry", "sms", "effects", "out_of_order", "stuck")
    values = as_json(result_of(found=[(kind, "") for kind in (*kinds, "unexplained_dead_letters")]))
    assert values["duplicates"] == {"ministry": 1, "sms": 1, "effects": 1}
    assert [values[name] for name in ("lost", "out_of_order", "stuck")] == [1, 1, 1]
    assert values["unexplained_dead_letters"] == 1


def test_a_run_in_which_nothing_came_through_has_no_recovery() -> None:
    """No number is made up."""
    assert as_json(result_of(recoveries=[]))["recovery_s"] == {"p50": None, "max": None}


def test_the_table_has_the_same_numbers() -> None:
    """The table has the seed, the counts and the recovery."""
    values = printed(show, result_of(found=[("lost", "one")]))
    rows = {
        line.split("│")[1].strip(): line.split("│")[2].strip()
        for line in values.splitlines()
        if line.count("│") == 3
    }
    assert "seed 7" in values
    assert rows["faults"] == "3"
    assert rows["lost"] == "1"
    assert rows["doubled: sms"] == "0"
    assert rows["recovery, p50 / max"] == "1.5 / 9.0 s"


def test_some_findings_of_every_kind_are_printed() -> None:
    """A thousand findings of one kind do not hide one of another."""
    found = [("lost", f"application {n}") for n in range(25)] + [("stuck", "one that waits")]
    values = printed(show_findings, result_of(found=found, problems={"no answer in 120 s": 3}))
    assert values.count("lost: application") == 10
    assert "lost: 15 more" in values
    assert "stuck: one that waits" in values
    assert "3 times: no answer in 120 s" in values
    assert "recovered 9.0 s after: stop kafka" in values
