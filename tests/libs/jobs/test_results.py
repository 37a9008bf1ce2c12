"""Job results on a real PostgreSQL; final failures are dead letters, once."""

import asyncio
from collections.abc import Sequence

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters.use_cases import settle_jobs
from libs.errors import Refused, Unavailable
from libs.jobs import JobResult
from libs.telemetry.metrics import Metrics
from tests.libs.dead_letters.scenes import open_dead_letters
from tests.libs.jobs.scenes import (
    ERRANDS,
    QUICK,
    Destination,
    Errand,
    add,
    all_done,
    failing,
    record,
    runner,
    states,
)
from tests.libs.messaging.scenes import SAMPLED, running
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("errands_table")


def failures(metrics: Metrics) -> float:
    return metrics.counter("final_failures", source=ERRANDS.name).value


async def test_a_retry_raises_no_alert_and_the_final_failure_exactly_one(
    database: Database,
) -> None:
    """Two failed attempts and a final one: one dead letter, one alert."""
    seen: list[float | None] = []
    metrics = Metrics("errands")

    async def answers(_: Errand) -> str:
        seen.append(failures(metrics))
        raise KeyError("a citizen's name")

    await add(database, "mopa", trace=SAMPLED)
    async with running(runner(database, Destination(answers=answers), metrics=metrics)):
        await until(lambda: all_done(database))
    assert seen == [0] * QUICK.defect_tries
    assert failures(metrics) == 1
    (letter,) = await open_dead_letters(database)
    assert (letter.job_type, letter.destination, letter.job_key) == (ERRANDS.name, "mopa", "1")
    assert (letter.reason, letter.attempts) == ("defect.KeyError", QUICK.defect_tries)
    assert letter.trace_id == SAMPLED.trace_id
    assert "citizen" not in letter.detail


async def test_a_job_that_is_done_in_the_end_is_no_dead_letter(database: Database) -> None:
    """A failed attempt is not a final failure."""
    outside, metrics = Destination(), Metrics("errands")

    async def answers(_: Errand) -> str:
        if len(outside.called) < 3:
            raise Unavailable("mopa")
        return "did it"

    outside.answers = answers
    await add(database, "mopa")
    async with running(runner(database, outside, metrics=metrics)):
        await until(lambda: all_done(database))
    assert (await open_dead_letters(database), failures(metrics)) == ([], 0)


async def test_a_failure_that_was_overtaken_is_no_dead_letter(database: Database) -> None:
    """If the service reports no failure, there is no dead letter."""

    async def overtaken(tx: Transaction, results: Sequence[JobResult[Errand, str]]) -> list[int]:
        await record(tx, results)
        return []

    metrics = Metrics("errands")
    await add(database, "mopa")
    made = runner(database, failing(Refused("no")), record=overtaken, metrics=metrics)
    async with running(made):
        await until(lambda: all_done(database))
    assert (await open_dead_letters(database), failures(metrics)) == ([], 0)


async def test_a_failure_that_is_rolled_back_is_counted_when_it_is_written(
    database: Database,
) -> None:
    """A dead letter whose transaction failed is stored and counted once."""
    breaks = 3

    async def breaking(tx: Transaction, results: Sequence[JobResult[Errand, str]]) -> list[int]:
        nonlocal breaks
        ended = await record(tx, results)
        if breaks:
            breaks -= 1
            tx.after_commit(lambda: pytest.fail("this was rolled back"))
            raise Unavailable("database")
        return ended

    metrics = Metrics("errands")
    await add(database, "mopa")
    made = runner(database, failing(Refused("no")), record=breaking, metrics=metrics)
    async with running(made):
        await until(lambda: all_done(database))
    assert (len(await open_dead_letters(database)), failures(metrics)) == (1, 1)


async def test_a_result_that_can_never_be_recorded_ends_as_a_dead_letter(
    database: Database,
) -> None:
    """The job is closed and not called again; other jobs continue."""

    async def never(tx: Transaction, results: Sequence[JobResult[Errand, str]]) -> list[int]:
        if any(job_result.job.destination == "odd" for job_result in results):
            await tx.execute("SELECT 1 / 0")
        return await record(tx, results)

    outside, metrics = Destination(), Metrics("errands")
    await add(database, "odd", "mopa")
    async with running(runner(database, outside, record=never, metrics=metrics)):
        await until(lambda: all_done(database))
    assert sorted(outside.destinations) == ["mopa", "odd"]
    assert [state for state, _ in await states(database)] == ["failed", "done"]
    (letter,) = await open_dead_letters(database)
    assert (letter.destination, letter.reason) == ("odd", "unrecorded.DivisionByZeroError")
    assert letter.owner == "errands"
    assert failures(metrics) == 1


async def test_a_resent_job_that_fails_again_is_a_new_final_failure(database: Database) -> None:
    """Each final failure after a resend raises its own alert, on the same dead letter."""

    metrics = Metrics("errands")
    await add(database, "mopa")
    async with running(runner(database, failing(Refused("no")), metrics=metrics)):
        await until(lambda: all_done(database))
        async with database.transaction() as tx:
            await settle_jobs(tx, ERRANDS.name, ["1"], how="resent")
            await tx.execute("UPDATE errands SET state = 'due', attempts = 0, due_at = now()")
        await until(lambda: all_done(database))
    (letter,) = await open_dead_letters(database)
    assert (letter.dead_letter_id, letter.attempts, failures(metrics)) == (1, 2, 2)


async def test_results_that_gather_share_a_transaction(database: Database) -> None:
    """Calls that end within the time are recorded together."""
    groups: list[int] = []

    async def counted(tx: Transaction, results: Sequence[JobResult[Errand, str]]) -> list[int]:
        groups.append(len(results))
        return await record(tx, results)

    async def answers(errand: Errand) -> str:
        for _ in range(errand.key * 10):  # the result of one is with the recorder before the next
            await asyncio.sleep(0)
        return "did it"

    await add(database, *["mopa"] * 5)
    made = runner(database, Destination(answers=answers), record=counted, gather_s=0.5)
    async with running(made):
        await until(lambda: all_done(database))
    assert groups == [5]
