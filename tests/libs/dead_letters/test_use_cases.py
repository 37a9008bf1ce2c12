"""Storing dead letters, alerts, and the announcement of blocked applications."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from libs.contracts import topics
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import alerts, use_cases
from libs.dead_letters.rules import BlockedApplication
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from tests.libs.dead_letters.scenes import (
    defective,
    failed_job,
    failed_record,
    make_dead_letters,
)
from tests.libs.messaging.scenes import SAMPLED, broken, handling, raw, submitted, withdrawn


def failures(metrics: Metrics, source: str) -> float:
    """How many final failures the metrics show."""
    return metrics.counter("final_failures", source=source).value


async def test_of_a_record_given_twice_one_is_kept(tx: Transaction) -> None:
    """The first of two equal records is stored, and earlier ones are not returned."""
    first, second = failed_record(1), failed_record(2)
    (kept,) = await use_cases.keep_records(tx, [first, replace(first)])
    assert kept is first
    assert await use_cases.keep_records(tx, [first, second]) == [second]


async def test_without_failures_there_is_no_statement(tx: Transaction) -> None:
    """Without failures there is no statement."""
    await tx.execute("ALTER TABLE dead_letters RENAME TO elsewhere")
    assert await use_cases.keep_records(tx, []) == []
    assert await use_cases.keep_jobs(tx, Metrics("test"), []) == []
    await tx.execute("ALTER TABLE elsewhere RENAME TO dead_letters")


async def test_a_failure_recorded_twice_raises_one_alert(database: Database) -> None:
    """However often the same failure is written, one alert follows; a settled job may fail anew."""
    metrics = Metrics("test")
    for _ in range(2):
        async with database.transaction() as tx:
            await use_cases.keep_jobs(tx, metrics, [failed_job()])
    assert failures(metrics, "hand over") == 1
    async with database.transaction() as tx:
        await use_cases.settle_jobs(tx, "hand over", ["a"], how="resent")
        assert await use_cases.keep_jobs(tx, metrics, [failed_job()]) == [failed_job()]
    assert failures(metrics, "hand over") == 2
    assert metrics.counter("jobs_failed", queue="hand over", destination="lgd").value == 2


async def test_an_alert_is_raised_by_the_commit_and_only_by_it(database: Database) -> None:
    """A failure that is rolled back raises no alert."""
    metrics = Metrics("test")

    async def roll_back() -> None:
        async with database.transaction() as tx:
            alerts.alert(tx, metrics, "hand over", {"job": "a"})
            raise LookupError

    with pytest.raises(LookupError):
        await roll_back()
    assert failures(metrics, "hand over") == 0
    async with database.transaction() as tx:
        alerts.alert(tx, metrics, "hand over", {"job": "a"})
        assert failures(metrics, "hand over") == 0
    assert failures(metrics, "hand over") == 1


def test_a_source_is_counted_from_zero() -> None:
    """The first failure is an increase for Prometheus."""
    metrics = Metrics("test")
    alerts.watch(metrics, "hand over")
    series = b'nagorik_final_failures_total{service="test",source="hand over"} 0.0'
    assert series in metrics.render()


async def test_a_record_that_failed_for_good_raises_one_alert_and_those_it_blocks_none(
    database: Database,
) -> None:
    """Not per attempt, not again when the batch comes again, not for blocked records."""
    metrics, application = Metrics("applications"), new_id()
    for _ in range(2):
        work = handling(database, defective(), metrics=metrics)
        for record in (raw(submitted(application), 1), raw(withdrawn(application), 2)):
            await work.handle([record])
    assert failures(metrics, "applications.v1") == 1


class Announced:
    """Stores the announcements."""

    def __init__(self) -> None:
        self.blocked: list[BlockedApplication] = []

    async def __call__(self, _: Transaction, blocked: Sequence[BlockedApplication]) -> None:
        self.blocked += blocked


async def announce(database: Database, announced: Announced, after_s: float = 0.0) -> int:
    async with database.transaction() as tx:
        return await use_cases.announce_blocked(
            tx, [topics.APPLICATIONS], announced, after_s=after_s
        )


async def test_a_blocked_application_is_announced_once_in_its_trace(database: Database) -> None:
    """A defect and an unreadable record both block; a blocked record is not announced."""
    one, other = new_id(), new_id()
    for record in (
        raw(submitted(one), 1, trace=SAMPLED),
        raw(withdrawn(one), 2),
        broken(other, 3),
    ):
        await make_dead_letters(database, record)
    announced = Announced()
    assert [await announce(database, announced) for _ in range(2)] == [2, 0]
    found = {
        (blocked_application.application_id, blocked_application.topic): blocked_application.trace
        for blocked_application in announced.blocked
    }
    assert found.keys() == {(one, "applications.v1"), (other, "applications.v1")}
    trace = found[one, "applications.v1"]
    assert trace is not None
    assert trace.trace_id == SAMPLED.trace_id


async def test_what_is_fixed_in_time_is_not_announced(database: Database) -> None:
    """A dead letter is not announced in its first minute, nor when it is settled."""
    await make_dead_letters(database, raw(submitted(), 1))
    announced = Announced()
    assert await announce(database, announced, after_s=60) == 0
    async with database.transaction() as tx:
        await tx.execute("UPDATE dead_letters SET settled_at = now()")
    assert await announce(database, announced) == 0
    assert announced.blocked == []


async def test_a_key_that_is_no_application_is_passed_over(database: Database) -> None:
    """A key without an application is skipped; the next ones are announced."""
    strange, one = raw(submitted(), 1), new_id()
    strange.key = b"\xff no id"
    await make_dead_letters(database, strange, raw(submitted(one), 2))
    announced = Announced()
    assert await announce(database, announced) == 2
    assert [blocked_application.application_id for blocked_application in announced.blocked] == [
        one
    ]


async def test_an_announcement_that_fails_is_tried_again(database: Database) -> None:
    """A failed announcement rolls back its mark."""

    async def fail(_: Transaction, __: Sequence[BlockedApplication]) -> None:
        raise LookupError

    await make_dead_letters(database, raw(submitted(), 1))

    async def attempt() -> None:
        async with database.transaction() as tx:
            await use_cases.announce_blocked(tx, [topics.APPLICATIONS], fail, after_s=0.0)

    with pytest.raises(LookupError):
        await attempt()
    assert await announce(database, Announced()) == 1
