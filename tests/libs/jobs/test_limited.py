"""A runner whose destinations differ in what they can bear."""

import pytest

from libs.database.pool import Database
from libs.errors import Unavailable
from libs.jobs.throttle import Limits
from tests.libs.jobs.scenes import (
    CountedClaims,
    Destination,
    Errand,
    FixedLimits,
    HeldCalls,
    add,
    all_done,
    enqueue_errands,
    idle,
    runner,
    states,
)
from tests.libs.messaging.scenes import running
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("errands_table")


async def test_a_weak_destination_gets_fewer_calls_at_once(database: Database) -> None:
    """Others get as many as before."""
    outside, claims = HeldCalls(), CountedClaims()
    await add(database, *["mopa"] * 30, *["mofa"] * 30)
    limits = FixedLimits({"mopa": Limits(calls_at_once=2)})
    async with running(runner(database, outside, claim=claims, limits=limits)):
        await until(lambda: outside.under_way["mopa"] >= 2 and outside.under_way["mofa"] >= 16)
        await claims.another()
        outside.let_go.set()
        await until(lambda: all_done(database))
    assert outside.most == {"mopa": 2, "mofa": 16}


async def test_a_closed_destination_is_not_called(database: Database) -> None:
    """Neither what waits nor what is new; nothing counts as an attempt, and nothing is lost."""
    limits, outside = FixedLimits(), Destination()
    limits.closed_now = {"mopa"}
    await add(database, "mopa")
    made = runner(database, outside, limits=limits)
    async with running(made):
        await idle(made)
        await enqueue_errands(database, "mopa", "mofa")
        await until(lambda: outside.destinations)
        assert outside.destinations == ["mofa"]
        limits.closed_now = set()
        await until(lambda: all_done(database))
    assert await states(database) == [("done", 1)] * 3


async def test_a_destination_that_answers_again_is_filled_slowly(database: Database) -> None:
    """Its first answer after an outage lets one call a second through, and others lose nothing."""
    outside = Destination()

    async def answers(errand: Errand) -> str:
        if errand.destination == "mopa" and outside.destinations.count("mopa") <= 5:
            raise Unavailable("mopa")
        return "did it"

    outside.answers = answers
    await add(database, *["mopa"] * 40)
    made = runner(database, outside, limits=FixedLimits(), calls_per_destination=1)
    async with running(made):
        await until(lambda: one_is_done(database))
        await add(database, *["mofa"] * 40)
        await until(lambda: outside.destinations.count("mofa") == 40)
    assert outside.destinations.count("mopa") < 20


async def one_is_done(database: Database) -> bool:
    return ("done", 1) in await states(database) or ("done", 2) in await states(database)
