"""How long what was broken took to work again: on its own way, and from when it could."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tools.chaos.crowd import Click
from tools.chaos.witness import Books

from tests.tools.chaos.world import click
from tools.chaos.recovery import Done, recoveries
from tools.chaos.schedule import Fault

BEGAN_S = 1_760_000_000.0


def at(second: float) -> datetime:
    """So many seconds after the run began."""
    return datetime.fromtimestamp(BEGAN_S + second, UTC)


def clicked(second: float, *, answered: float | None = None) -> Click:
    """A click, and when it was answered."""
    return click(clicked_at=at(second), answered_at=None if answered is None else at(answered))


def done(target: str, began: float, over: float) -> Done:
    """A fault that was done to somebody."""
    return Done(Fault(began, "stop", target), BEGAN_S + began, BEGAN_S + over)


def books(*handed_over: tuple[Click, float], confirmed: Any = ()) -> Books:
    """When each application was at its ministry, and when its first SMS came."""
    return Books(
        submissions=[
            {"application_id": each.application_id, "received_at": at(second).isoformat()}
            for each, second in handed_over
        ],
        decisions=[],
        messages=[
            {"text": f"আবেদন {each.tracking_number}", "received_at": at(second).isoformat()}
            for each, second in confirmed
        ],
        owed_waiting=0,
        owed_refused=0,
    )


def found(faults: list[Done], clicks: list[Click], ledger: Books) -> list[tuple[float, str]]:
    """The recoveries, rounded."""
    return [(round(wait_s, 3), name) for wait_s, name in recoveries(faults, clicks, ledger)]


def test_the_clock_runs_to_the_first_later_click_that_came_through() -> None:
    """One that was made before the fault was over says nothing, however late it came through."""
    clicks = [clicked(4, answered=4.1), clicked(11, answered=14), clicked(12, answered=12.5)]
    assert found([done("gateway", 5, 10)], clicks, books()) == [(2.5, "stop gateway")]


def test_each_is_measured_on_the_ways_it_stands_on() -> None:
    """A stopped operator is over when SMS go out, whatever clicks and hand-overs do."""
    one = clicked(11, answered=11.2)
    ledger = books((one, 12), confirmed=[(one, 15)])
    for target, wait_s in (("sms", 5.0), ("ministries", 2.0), ("identity", 5.0), ("kafka", 5.0)):
        assert found([done(target, 5, 10)], [one], ledger) == [(wait_s, f"stop {target}")]


def test_while_something_else_on_the_way_is_broken_nothing_is_measured() -> None:
    """A minute without the operator is no recovery of a service that was killed in it."""
    one, other = clicked(11, answered=11), clicked(31, answered=31)
    ledger = books(confirmed=[(one, 30.5), (other, 32)])
    faults = [done("notifications", 5, 10), done("sms", 6, 30)]
    assert found(faults, [one, other], ledger) == [(2.0, "stop sms")]


def test_what_is_broken_elsewhere_does_not_stop_the_clock() -> None:
    """A ministry that is away has no part in the way of an SMS."""
    one = clicked(11, answered=11)
    ledger = books(confirmed=[(one, 14)])
    faults = [done("notifications", 5, 10), done("ministries", 6, 30)]
    assert found(faults, [one], ledger) == [(4.0, "stop notifications")]


def test_the_first_of_several_hand_overs_counts() -> None:
    """A correction that arrives later is not what was waited for."""
    one = clicked(11)
    assert found([done("ministries", 5, 10)], [one], books((one, 12), (one, 20))) == [
        (2.0, "stop ministries")
    ]


def test_without_a_later_click_there_is_nothing_to_say() -> None:
    """The number is left out, not made up."""
    assert found([done("gateway", 5, 10)], [clicked(9, answered=11)], books()) == []
    assert found([done("gateway", 5, 10)], [clicked(11)], books()) == []


SECONDS = st.integers(0, 60)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["sms", "kafka", "gateway"]), SECONDS, SECONDS)),
    st.lists(st.tuples(SECONDS, SECONDS)),
)
def test_nobody_works_again_before_the_fault_is_over(
    broken: list[tuple[str, int, int]], made: list[tuple[int, int]]
) -> None:
    """Waits are sorted, none is below zero, and each fault has one at most."""
    faults = [done(target, began, began + lasts) for target, began, lasts in broken]
    clicks = [clicked(at_s, answered=at_s + later) for at_s, later in made]
    waits = recoveries(faults, clicks, books())
    assert waits == sorted(waits)
    assert len(waits) <= len(faults)
    assert all(wait_s >= 0 for wait_s, _ in waits)
