from datetime import UTC, date, datetime

import pytest

from libs.workflows.commands import Appoint, Opine
from libs.workflows.model import Window
from libs.workflows.reading import (
    actions_at,
    appeal_days,
    clocks_of,
    takes_applications,
    waits_for,
)
from tests.libs.workflows.scenes import Walk, walk


def waiting_of(walked: Walk) -> tuple[str, tuple[str, ...], bool]:
    """Return whom a case waits for, who may act, and whether the legal clock stands."""
    waiting = waits_for(walked.workflow, walked.now)
    assert waiting is not None
    return waiting.on, waiting.roles, waiting.pauses


def clocks(walked: Walk) -> list[tuple[str, int, str]]:
    """Return the clocks that run."""
    return [
        (found.kind, found.days, found.unit) for found in clocks_of(walked.workflow, walked.now)
    ]


def test_whom_a_mutation_waits_for() -> None:
    """The payer, an office, the applicant who corrects, the time of others; none at the end."""
    walked = walk("S025@1")
    assert waiting_of(walked) == ("payment", ("applicant",), True)
    assert clocks(walked) == [("timeout", 30, "calendar")]
    walked.pay()
    assert waiting_of(walked) == ("office", ("ac_land",), False)
    assert clocks(walked) == [("escalation", 3, "working")]
    walked.act("ask_correction", "ac_land")
    assert waiting_of(walked) == ("citizen", ("applicant",), True)
    assert clocks(walked) == [("correction", 15, "working")]
    walked.elapse("correction")
    assert waits_for(walked.workflow, walked.now) is None
    assert clocks(walked) == []
    assert actions_at(walked.workflow, walked.now) == {}


def test_after_an_escalation_another_role_and_no_further_clock() -> None:
    """One that is its own above has the case overdue, with the focal point."""
    walked = walk("S010@1", form__business_kind="food")
    assert waiting_of(walked) == ("office", ("councillor", "supervisor"), False)
    walked.elapse("escalation")
    assert waiting_of(walked) == ("office", ("tax_officer",), False)
    assert clocks(walked) == []
    walked.act("certify", "tax_officer")
    walked.act("report", "supervisor")
    assert waiting_of(walked) == ("others", ("health", "fire"), False)
    walked.do(Opine(walked.now.visit, "fire", "fire", "nila", clear=True))
    assert waiting_of(walked) == ("others", ("health",), False)
    walked.do(Opine(walked.now.visit, "health", "health", "nila", clear=False))
    walked.elapse("escalation")
    assert waiting_of(walked) == ("focal_point", ("tax_officer",), False)
    assert clocks(walked) == []


def test_a_hearing_is_escalated_after_its_day() -> None:
    """The clock counts from the appointment."""
    walked = walk("S025@1")
    walked.pay()
    walked.act("accept", "ac_land")
    walked.act("report", "union_land_officer")
    walked.act("clear", "kanungo")
    walked.act("served", "ac_land")
    assert waiting_of(walked) == ("time", (), True)
    walked.elapse()
    at = datetime(2026, 12, 20, 4, tzinfo=UTC)
    walked.do(Appoint(walked.now.visit, at, "ac_land", "salma"))
    (found,) = clocks_of(walked.workflow, walked.now)
    assert (found.kind, found.since) == ("escalation", at)


def test_no_action_asks_once_more_than_allowed() -> None:
    """After the third correction the page does not offer it."""
    walked = walk("S005@1")
    walked.act("confirm", "ward_member")
    assert actions_at(walked.workflow, walked.now) == {
        "forward": "sign",
        "ask_correction": "correction",
    }


def test_the_days_for_an_appeal() -> None:
    """None where the end has no appeal."""
    walked = walk("S025@1")
    assert appeal_days(walked.workflow, walked.now) is None
    walked.pay()
    walked.act("refuse", "ac_land")
    assert appeal_days(walked.workflow, walked.now) == 30


@pytest.mark.parametrize(
    ("opens", "closes", "day", "within"),
    [
        ("08-10", "09-10", date(2026, 8, 10), True),
        ("08-10", "09-10", date(2026, 9, 10), True),
        ("08-10", "09-10", date(2026, 9, 11), False),
        ("11-01", "02-15", date(2027, 1, 1), True),
        ("11-01", "02-15", date(2026, 12, 31), True),
        ("11-01", "02-15", date(2026, 2, 16), False),
    ],
)
def test_a_window_has_both_days_and_goes_over_new_year(
    opens: str, closes: str, day: date, within: bool
) -> None:
    """Without a window every day is in it."""
    window = Window(opens=opens, closes=closes, status="illustrative")
    assert takes_applications(window, day) is within
    assert takes_applications(None, day)
