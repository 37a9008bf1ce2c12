from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.ministries.availability.rules import Hours, Outage
from services.ministries.status.rules import (
    Calls,
    FileExchange,
    Measured,
    Waiting,
    state_of,
    status_of,
)
from tests.services.ministries.scenes import LAND

NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)  # Thursday noon in Dhaka
MINUTE = timedelta(minutes=1)
OUTAGE = Outage(UUID(int=1), LAND, NOW - MINUTE, NOW + MINUTE)
CLOSED = Hours(LAND, frozenset({1}), time(9), time(17))


def calls(
    answered: timedelta | None,
    failed: timedelta | None,
    failures: int = 0,
    failure: str = "Unanswered",
) -> Calls:
    """What a process saw; the ages of the last answer and the last failure."""
    return Calls(
        LAND,
        "0",
        "closed",
        failures,
        None if answered is None else NOW - answered,
        None if failed is None else NOW - failed,
        12.0,
        34.0,
        NOW,
        failure,
    )


def waiting(age: timedelta | None = None, count: int = 1) -> Waiting:
    return Waiting(LAND) if age is None else Waiting(LAND, count, NOW - age)


@pytest.mark.parametrize(
    ("measured", "state"),
    [
        (Measured(waiting()), "working"),
        (Measured(waiting(MINUTE), [calls(MINUTE, None)]), "working"),
        (Measured(waiting(16 * MINUTE), [calls(MINUTE, 2 * MINUTE)]), "catching_up"),
        (Measured(waiting(MINUTE), [calls(2 * MINUTE, MINUTE, failures=4)]), "working"),
        (Measured(waiting(MINUTE), [calls(2 * MINUTE, MINUTE, failures=5)]), "down"),
        (Measured(waiting(16 * MINUTE), [calls(None, MINUTE, failures=1)]), "down"),
        (Measured(waiting(), [calls(None, MINUTE, failures=9)], [OUTAGE]), "planned_outage"),
        (Measured(waiting(), [], [], CLOSED), "outside_hours"),
    ],
)
def test_the_state_follows_from_what_was_seen(measured: Measured, state: str) -> None:
    """Two failures are no outage, and what is planned explains the silence."""
    assert state_of(measured, NOW) == state


SILENT = [calls(None, MINUTE, failures=9)]
PROXY = [calls(None, MINUTE, failures=9, failure="NotAdmitted")]


@pytest.mark.parametrize(
    ("measured", "trouble"),
    [
        (Measured(waiting(), SILENT), None),
        (Measured(waiting(), PROXY), "not_admitted"),
        (Measured(waiting(), [calls(None, MINUTE, 1, "NotAdmitted")]), None),
        (Measured(waiting(), [*PROXY, calls(None, 2 * MINUTE, 9)]), "not_admitted"),
        (Measured(waiting(), PROXY, is_stopped=True), "stopped"),
        (Measured(waiting(), [], [OUTAGE], is_stopped=True), "stopped"),
        (Measured(waiting(), exchange=FileExchange(4, "Unavailable")), None),
        (Measured(waiting(), exchange=FileExchange(5, "Unavailable")), "exchange_stuck"),
        (Measured(waiting(), exchange=FileExchange(5, "NotAdmitted")), "not_admitted"),
        (Measured(waiting(), exchange=FileExchange(unanswered_s=3 * 86_400)), None),
        (Measured(waiting(), exchange=FileExchange(unanswered_s=3 * 86_400 + 1)), "exchange_stuck"),
    ],
)
def test_what_keeps_everything_from_a_system_is_said(measured: Measured, trouble: str) -> None:
    """Stopped, not admitted and stuck are told apart from silence, and announced."""
    status, event = status_of(measured, None, NOW)
    assert event is not None
    assert (status.trouble, event.trouble) == (trouble, trouble)
    assert status.state == ("down" if trouble or measured.calls == SILENT else "working")


def test_another_trouble_is_announced_at_once() -> None:
    """Also where the system stays down, within the minute in which numbers wait."""
    stopped = {"calls": PROXY, "is_stopped": True}
    assert announcements((0 * MINUTE, {"calls": SILENT}), (MINUTE / 9, stopped)) == [True, True]


def test_one_process_that_gets_answers_is_enough() -> None:
    """A broken link of one process is no outage of the ministry."""
    seen = [calls(20 * MINUTE, MINUTE, failures=30), calls(timedelta(0), None)]
    assert state_of(Measured(waiting(MINUTE), seen), NOW) == "working"


def announcements(*seen: tuple[timedelta, dict[str, Any]]) -> list[bool]:
    """Whether each of these measurements is announced; each at an age after NOW."""
    before, announced = None, []
    for age, fields in seen:
        measured = Measured(**{"waiting": waiting(), **fields})
        before, event = status_of(measured, before, NOW + age)
        announced.append(event is not None)
    return announced


def test_a_state_is_announced_at_once_and_numbers_once_a_minute() -> None:
    """A repeat is not announced at all."""
    s = timedelta(seconds=1)
    down = {"calls": [calls(None, MINUTE, failures=9)]}
    assert announcements(
        (0 * s, {}),
        (15 * s, {}),
        (30 * s, {"waiting": waiting(2 * MINUTE)}),
        (61 * s, {"waiting": waiting(2 * MINUTE)}),
        (62 * s, {"waiting": waiting(2 * MINUTE, count=2), **down}),
        (63 * s, {"waiting": waiting(2 * MINUTE, count=2), **down}),
        (64 * s, {"waiting": waiting(2 * MINUTE, count=2), **down, "outages": [OUTAGE]}),
    ) == [True, False, False, True, True, False, True]


def test_the_first_answer_is_announced_and_no_later_one() -> None:
    """Without it nobody could say that the system works."""
    assert announcements(
        (0 * MINUTE, {}),
        (2 * MINUTE, {"calls": [calls(-MINUTE, None)]}),
        (4 * MINUTE, {"calls": [calls(-3 * MINUTE, None)]}),
    ) == [True, True, False]


def test_a_state_keeps_its_beginning() -> None:
    """It is the first moment at which it was measured."""
    down = Measured(waiting(MINUTE), [calls(None, MINUTE, failures=9)])
    first, _ = status_of(down, None, NOW)
    second, _ = status_of(down, first, NOW + 5 * MINUTE)
    working, event = status_of(Measured(waiting()), second, NOW + 6 * MINUTE)
    assert (first.since, second.since, working.since) == (NOW, NOW, NOW + 6 * MINUTE)
    assert event is not None
    assert (event.state, event.since) == ("working", NOW + 6 * MINUTE)
