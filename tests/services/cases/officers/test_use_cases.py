from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.identity import StandIn
from libs.contracts.offices import Post
from libs.database.pool import Database
from libs.errors import Refused
from libs.web.callers.tokens import Staff
from services.cases.officers.consumers import router
from services.cases.officers.use_cases import read_officer
from tests.consuming import consuming
from tests.services.cases.scenes import KARIM, NOW, changed_officer


def token(office_id: str | None = "union-U1", ministry: str = "lgd") -> Staff:
    """The token of that officer."""
    post = Post(ministry, office_id)
    return Staff(KARIM, frozenset({"officer"}), UUID(int=1), 0.0, post=post)


@pytest.mark.parametrize(
    ("last", "caller", "problem"),
    [
        ({}, token(), None),
        ({"duties": ()}, token(), "duty_missing"),
        ({"active": False}, token(), "duty_missing"),
        ({"office_id": "union-U2"}, token(), "office_changed"),
        ({}, token(ministry="minland"), "office_changed"),
        ({"acts_until": NOW.date()}, token(), None),
        ({"acts_until": NOW.date() - timedelta(days=1)}, token(), "qualification_missing"),
    ],
    ids=["as announced", "no duty", "left", "moved", "other ministry", "last day", "not qualified"],
)
async def test_the_newest_announcement_says_what_an_officer_may_do(
    database: Database, last: dict[str, Any], caller: Staff, problem: str | None
) -> None:
    """Whatever the token of before says; an older announcement that comes late changes nothing."""
    newest = changed_officer(occurred_at=NOW + timedelta(seconds=1), **last)
    async with database.transaction() as tx, consuming(router, tx) as consume:
        await consume(changed_officer(duties=("chairman",)), newest)
        await consume(changed_officer(duties=("chairman",)))
        if problem is None:
            assert (await read_officer(tx, caller, NOW)).duties == {"secretary"}
        else:
            with pytest.raises(Refused, match=problem):
                await read_officer(tx, caller, NOW)


def for_chairman(since: int, until: int) -> StandIn:
    """The chairman's duty, from a day to another, counted from today."""
    first, last = (NOW + timedelta(days=since)).date(), (NOW + timedelta(days=until)).date()
    return StandIn(duty="chairman", since=first, until=last, absent_id=UUID(int=3))


@pytest.mark.parametrize(
    ("held", "duties"),
    [
        (for_chairman(0, 9), {"secretary", "chairman"}),
        (for_chairman(-9, 0), {"secretary", "chairman"}),
        (for_chairman(1, 9), {"secretary"}),
        (for_chairman(-9, -1), {"secretary"}),
    ],
    ids=["first day", "last day", "the day before", "the day after"],
)
async def test_a_deputy_has_the_duty_for_the_days_of_the_absence(
    database: Database, held: StandIn, duties: set[str]
) -> None:
    """Not a day longer, whether or not identity has announced the end."""
    async with database.transaction() as tx, consuming(router, tx) as consume:
        await consume(changed_officer(stands_in=(held, held)))
        assert (await read_officer(tx, token(), NOW)).duties == duties


async def test_an_absence_that_ended_early_takes_the_duty_back(database: Database) -> None:
    """What was announced before is gone; an older announcement does not bring it back."""
    later = {"occurred_at": NOW + timedelta(seconds=1)}
    async with database.transaction() as tx, consuming(router, tx) as consume:
        await consume(changed_officer(stands_in=(for_chairman(0, 9),)))
        await consume(changed_officer(**later))
        await consume(changed_officer(stands_in=(for_chairman(0, 9),)))
        assert (await read_officer(tx, token(), NOW)).duties == {"secretary"}


async def test_a_deputy_is_told_that_the_time_is_over(database: Database) -> None:
    """Who has a duty of her own goes on with it; a deputy who is not qualified acts in nothing."""
    over = (for_chairman(-9, -1),)
    async with database.transaction() as tx, consuming(router, tx) as consume:
        await consume(changed_officer(duties=(), stands_in=over))
        with pytest.raises(Refused, match="deputy_ended"):
            await read_officer(tx, token(), NOW)
        now = (for_chairman(0, 9),)
        yesterday = NOW.date() - timedelta(days=1)
        await consume(changed_officer(duties=(), stands_in=now, acts_until=yesterday))
        with pytest.raises(Refused, match="qualification_missing"):
            await read_officer(tx, token(), NOW)


async def test_who_was_never_announced_has_no_duty(database: Database) -> None:
    """The role of an officer alone opens no case."""
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="duty_missing"):
            await read_officer(tx, token(), NOW)
