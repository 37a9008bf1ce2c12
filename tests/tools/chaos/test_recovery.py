"""The time until the platform works again after a fault."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.chaos.observed_run import click
from tools.chaos.clicks import Click
from tools.chaos.injector import Injected
from tools.chaos.recovery import recoveries
from tools.chaos.schedule import Fault
from tools.ledger import Ledger

BEGAN_S = 1_760_000_000.0


def at(second: float) -> datetime:
    """So many seconds after the run began."""
    return datetime.fromtimestamp(BEGAN_S + second, UTC)


def clicked(second: float, *, answered: float | None = None) -> Click:
    """A click, and when it was answered."""
    return click(clicked_at=at(second), answered_at=None if answered is None else at(answered))


def done(target: str, began: float, over: float) -> Injected:
    """An injected fault."""
    return Injected(Fault(began, "stop", target), BEGAN_S + began, BEGAN_S + over)


def received(*handed_over: tuple[Click, float], confirmed: Any = ()) -> Ledger:
    """When every application was at its ministry, and when its first SMS came."""
    ledger = Ledger()
    ledger.add(
        "submissions",
        [
            {"application_id": one.application_id, "received_at": at(second).isoformat()}
            for one, second in handed_over
        ],
    )
    ledger.add(
        "messages",
        [
            {"n": n, "text": f"আবেদন {one.tracking_number}", "received_at": at(second).isoformat()}
            for n, (one, second) in enumerate(confirmed)
        ],
    )
    return ledger


def found(faults: list[Injected], clicks: list[Click], ledger: Ledger) -> list[tuple[float, str]]:
    """The recoveries, rounded."""
    return [(round(wait_s, 3), name) for wait_s, name in recoveries(faults, clicks, ledger)]


def test_the_clock_runs_to_the_first_later_click_that_came_through() -> None:
    """A click that was made before the end of the fault does not count."""
    clicks = [clicked(4, answered=4.1), clicked(11, answered=14), clicked(12, answered=12.5)]
    assert found([done("gateway", 5, 10)], clicks, received()) == [(2.5, "stop gateway")]


def test_a_fault_is_measured_on_the_paths_of_its_target() -> None:
    """A stopped SMS provider has recovered when an SMS is sent, whatever clicks do."""
    one = clicked(11, answered=11.2)
    ledger = received((one, 12), confirmed=[(one, 15)])
    for target, wait_s in (("sms", 5.0), ("ministries", 2.0), ("identity", 5.0), ("kafka", 5.0)):
        assert found([done(target, 5, 10)], [one], ledger) == [(wait_s, f"stop {target}")]


def test_nothing_is_measured_while_another_fault_hits_the_path() -> None:
    """A minute without the provider is no recovery of a service that was killed in it."""
    one, other = clicked(11, answered=11), clicked(31, answered=31)
    ledger = received(confirmed=[(one, 30.5), (other, 32)])
    faults = [done("notifications", 5, 10), done("sms", 6, 30)]
    assert found(faults, [one, other], ledger) == [(2.0, "stop sms")]


def test_faults_on_other_paths_do_not_count() -> None:
    """A ministry that is away is not on the path of an SMS."""
    one = clicked(11, answered=11)
    ledger = received(confirmed=[(one, 14)])
    faults = [done("notifications", 5, 10), done("ministries", 6, 30)]
    assert found(faults, [one], ledger) == [(4.0, "stop notifications")]


def test_the_first_of_several_hand_overs_counts() -> None:
    """A later correction is another hand-over."""
    one = clicked(11)
    assert found([done("ministries", 5, 10)], [one], received((one, 12), (one, 20))) == [
        (2.0, "stop ministries")
    ]


def test_without_a_later_click_there_is_no_recovery() -> None:
    """No time is made up."""
    assert found([done("gateway", 5, 10)], [clicked(9, answered=11)], received()) == []
    assert found([done("gateway", 5, 10)], [clicked(11)], received()) == []


SECONDS = st.integers(0, 60)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["sms", "kafka", "gateway"]), SECONDS, SECONDS)),
    st.lists(st.tuples(SECONDS, SECONDS)),
)
def test_no_recovery_is_before_the_end_of_its_fault(
    broken: list[tuple[str, int, int]], made: list[tuple[int, int]]
) -> None:
    """Times are sorted, none is negative, and a fault has one at most."""
    faults = [done(target, began, began + lasts) for target, began, lasts in broken]
    clicks = [clicked(at_s, answered=at_s + later) for at_s, later in made]
    waits = recoveries(faults, clicks, received())
    assert waits == sorted(waits)
    assert len(waits) <= len(faults)
    assert all(wait_s >= 0 for wait_s, _ in waits)


def test_a_case_of_officers_is_no_hand_over() -> None:
    """They open it when they want to, and nothing is called."""
    applied = clicked(5, answered=6)
    ledger = Ledger()
    row = {"case_id": "c", "tracking_number": applied.tracking_number, "kind": "submitted"}
    ledger.add("submissions", [row])
    assert found([done("ministries", 1, 2)], [applied], ledger) == []
