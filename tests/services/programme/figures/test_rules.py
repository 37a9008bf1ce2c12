"""What is counted of an event about an application."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.applications import (
    ApplicationReceived,
    ApplicationWithdrawn,
    Assistance,
    CorrectionRequested,
)
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.ids import new_id
from services.programme.figures.rules import class_of, counts_of, decided_days
from tests.services.programme.figures.scenes import (
    AT,
    MINISTRY,
    SERVICE,
    TODAY,
    decided,
    facts,
    rated,
    submitted,
)

LATE, HELPED = TODAY - timedelta(days=1), new_id()


def metrics(*events: Any) -> dict[str, int]:
    """What is counted, by its name."""
    return {key.metric: number for key, number in counts_of(events).items()}


def test_counts_have_day_service_and_ministry() -> None:
    """The day is that of Dhaka; nothing else of an event is in a key."""
    before_midnight = datetime(2026, 6, 29, 18, 1, tzinfo=UTC)
    found = counts_of([submitted(occurred_at=before_midnight), submitted()])
    assert found == {(TODAY, SERVICE, MINISTRY, "submitted"): 2}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (submitted(), {"submitted"}),
        (
            submitted(
                assistance=Assistance(mandate_id=HELPED, uddokta_id=HELPED, service_centre_id="x")
            ),
            {"submitted", "assisted"},
        ),
        (rated(4), {"rated_4"}),
        (ApplicationWithdrawn(**facts()), {"withdrawn"}),
        (CorrectionRequested(**facts(note=Text(bn="ছ", en="p"))), {"correction_requested"}),
        (ApplicationReceived(**facts()), set()),
        (decided(), {"approved"}),  # of before the fields of the submission
        (decided(submitted_at=AT - timedelta(days=3)), {"approved", "days_3"}),
        (
            decided(submitted_at=AT, due_on=TODAY, outcome="refused"),
            {"refused", "days_0", "in_time"},
        ),
        (decided(submitted_at=AT, due_on=LATE), {"approved", "days_0", "late"}),
        (decided(submitted_at=AT, stage="appeal"), set()),  # it was counted before
    ],
)
def test_what_counts(event: Event, expected: set[str]) -> None:
    """A decision counts its days and whether it came in time, where the event says so."""
    assert set(metrics(event)) == expected


def test_days_are_exact_up_to_60_and_in_classes_then() -> None:
    assert [class_of(days) for days in (-1, 0, 60, 61, 91, 365, 366, 900)] == [
        0, 0, 60, 75, 120, 365, 366, 366,
    ]  # fmt: skip


def test_a_service_is_decided_on_days() -> None:
    """Whatever was decided, and however often."""
    first, second = decided(), decided(outcome="refused")
    assert decided_days([first, second, submitted(), decided(public_service_id="S2")]) == {
        (SERVICE, TODAY),
        ("S2", date(2026, 6, 30)),
    }
