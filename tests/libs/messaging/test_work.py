import dataclasses
from datetime import UTC, datetime

import pytest

from libs.errors import Unavailable
from libs.messaging.work import Asked, Done, Work, one_by_one
from tests.libs.messaging.errands import Errand, claim, record, release, set_aside


def test_an_outcome_and_a_failure_are_told_apart() -> None:
    """A store function decides by failure and next due time alone, and cannot change them."""
    row = Errand(1, "mopa", 0, datetime.now(UTC), None)
    done: Done[Errand, str] = Done(row, "did it", None, None, counts=True, trace=None)
    later: Done[Errand, str] = Done(row, None, Unavailable("mopa"), 3.0, counts=False, trace=None)
    assert (done.failure, later.outcome) == (None, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        later.counts = True  # type: ignore[misc]


def errand(key: int, party: str) -> Errand:
    """A row."""
    return Errand(key, party, 0, datetime.now(UTC), None)


async def did(row: Errand) -> str:
    """Do one."""
    return f"did {row.key}"


def test_a_call_is_for_rows_of_one_party_and_not_too_many() -> None:
    """Rows keep their order within a party, and none is left out."""
    work: Work[Errand, str] = Work(
        claim=claim,
        release=release,
        act=one_by_one(did),
        record=record,
        set_aside=set_aside,
        party_of=lambda row: row.party,
        rows_per_call=2,
    )
    parties = ["a", "b", "a", "a", "b", "a", "a"]
    calls = work.calls_for([errand(key, party) for key, party in enumerate(parties)])
    assert [[row.key for row in rows] for rows in calls] == [[0, 2], [3, 5], [6], [1, 4]]


async def test_a_party_that_takes_one_row_is_asked_for_it() -> None:
    """What is written for one row serves as a call."""
    assert await one_by_one(did)([Asked(errand(7, "a"), None)]) == ["did 7"]
