"""What came of calls, written down on a real PostgreSQL; bad ends are dead letters, once."""

import asyncio
from collections.abc import Sequence

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.messaging.failedrow import settle_rows
from libs.messaging.unsettled import Listed, listed
from libs.messaging.work import Done
from libs.telemetry.metrics import Metrics
from tests.libs.messaging.errands import (
    NAME,
    QUICK,
    Errand,
    Outside,
    add,
    all_done,
    record,
    states,
    worker,
)
from tests.libs.messaging.scene import SAMPLED, running, until_true

pytestmark = pytest.mark.usefixtures("errands_table")


async def letters(database: Database) -> list[Listed]:
    async with database.transaction() as tx:
        return await listed(tx, limit=10)


def failures(metrics: Metrics) -> float | None:
    return metrics._registry.get_sample_value(
        "nagorik_final_failures_total", {"service": "errands", "source": NAME}
    )


async def test_a_retry_raises_no_alert_and_the_final_failure_exactly_one(
    database: Database,
) -> None:
    """Two tries that failed and a third that is the last: one letter, one alert."""
    seen: list[float | None] = []
    metrics = Metrics("errands")

    async def answers(_: Errand) -> str:
        seen.append(failures(metrics))
        raise KeyError("a citizen's name")

    await add(database, "mopa", trace=SAMPLED)
    async with running(worker(database, Outside(answers=answers), metrics=metrics)):
        await until_true(lambda: all_done(database))
    assert seen == [0] * QUICK.defect_tries
    assert failures(metrics) == 1
    (letter,) = await letters(database)
    assert (letter.worker, letter.party, letter.row_key) == (NAME, "mopa", "1")
    assert (letter.reason, letter.attempts) == ("defect.KeyError", QUICK.defect_tries)
    assert letter.trace_context == SAMPLED.text()
    assert "citizen" not in letter.detail


async def test_a_row_that_comes_to_a_good_end_is_no_dead_letter(database: Database) -> None:
    """Failing on the way is not failing."""
    outside, metrics = Outside(), Metrics("errands")

    async def answers(_: Errand) -> str:
        if len(outside.asked) < 3:
            raise Unavailable("mopa")
        return "did it"

    outside.answers = answers
    await add(database, "mopa")
    async with running(worker(database, outside, metrics=metrics)):
        await until_true(lambda: all_done(database))
    assert (await letters(database), failures(metrics)) == ([], 0)


async def test_a_failure_that_was_overtaken_is_no_dead_letter(database: Database) -> None:
    """Where the service says that the row did not fail by this call, nothing is kept."""

    async def overtaken(tx: Transaction, done: Sequence[Done[Errand, str]]) -> list[int]:
        await record(tx, done)
        return []

    async def answers(_: Errand) -> str:
        raise Refused("no")

    metrics = Metrics("errands")
    await add(database, "mopa")
    made = worker(database, Outside(answers=answers), record=overtaken, metrics=metrics)
    async with running(made):
        await until_true(lambda: all_done(database))
    assert (await letters(database), failures(metrics)) == ([], 0)


async def test_an_end_that_is_rolled_back_is_counted_when_it_is_written(
    database: Database,
) -> None:
    """The database goes away after the letter was made: nothing stands, then one, counted once."""
    breaks = 3

    async def breaking(tx: Transaction, done: Sequence[Done[Errand, str]]) -> list[int]:
        nonlocal breaks
        ended = await record(tx, done)
        if breaks:
            breaks -= 1
            tx.after_commit(lambda: pytest.fail("this was rolled back"))
            raise Unavailable("database")
        return ended

    async def answers(_: Errand) -> str:
        raise Refused("no")

    metrics = Metrics("errands")
    await add(database, "mopa")
    made = worker(database, Outside(answers=answers), record=breaking, metrics=metrics)
    async with running(made):
        await until_true(lambda: all_done(database))
    assert (len(await letters(database)), failures(metrics)) == (1, 1)


async def test_an_outcome_that_can_never_be_recorded_ends_as_a_dead_letter(
    database: Database,
) -> None:
    """The party is called once, not at the end of each lease for ever; its neighbours go on."""

    async def never(tx: Transaction, done: Sequence[Done[Errand, str]]) -> list[int]:
        if any(each.row.party == "odd" for each in done):
            await tx.execute("SELECT 1 / 0")
        return await record(tx, done)

    outside, metrics = Outside(), Metrics("errands")
    await add(database, "odd", "mopa")
    # The lease is four deadlines: what was not set aside would be called again after 1.2 s.
    made = worker(database, outside, record=never, metrics=metrics, deadline_s=0.3)
    async with running(made):
        await until_true(lambda: all_done(database))
        await asyncio.sleep(2.5)
    assert sorted(outside.parties) == ["mopa", "odd"]
    assert [state for state, _ in await states(database)] == ["failed", "done"]
    (letter,) = await letters(database)
    assert (letter.party, letter.reason) == ("odd", "unrecorded.DivisionByZeroError")
    assert letter.owner("ours") == "ours"
    assert failures(metrics) == 1


async def test_a_resent_row_that_fails_again_is_a_new_final_failure(database: Database) -> None:
    """Each end after a resend by hand raises its own alert, on the same letter."""

    async def answers(_: Errand) -> str:
        raise Refused("no")

    metrics = Metrics("errands")
    await add(database, "mopa")
    async with running(worker(database, Outside(answers=answers), metrics=metrics)):
        await until_true(lambda: all_done(database))
        async with database.transaction() as tx:
            await settle_rows(tx, NAME, ["1"], how="resent")
            await tx.execute("UPDATE errands SET state = 'due', attempts = 0, due_at = now()")
        await until_true(lambda: all_done(database))
    (letter,) = await letters(database)
    assert (letter.dead_letter_id, letter.attempts, failures(metrics)) == (1, 2, 2)


async def test_outcomes_that_nobody_waits_for_share_a_transaction(database: Database) -> None:
    """Calls that end one after another within the time are recorded together, in one group."""
    groups: list[int] = []

    async def counted(tx: Transaction, done: Sequence[Done[Errand, str]]) -> list[int]:
        groups.append(len(done))
        return await record(tx, done)

    async def answers(errand: Errand) -> str:
        await asyncio.sleep(errand.key * 0.01)
        return "did it"

    await add(database, *["mopa"] * 5)
    made = worker(database, Outside(answers=answers), record=counted, gather_s=0.5)
    async with running(made):
        await until_true(lambda: all_done(database))
    assert groups == [5]
