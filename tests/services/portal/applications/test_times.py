"""How long an application was with whom, in the words of its citizen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.applications import ApplicationView, TimelineEntry
from libs.contracts.language import Text
from libs.ids import new_id
from services.portal.applications.times import times_of

NINE = datetime(2026, 11, 25, 9, tzinfo=UTC)
WORDS = Text(bn="ক", en="a")
Entry = tuple[str, float] | tuple[str, float, str]


def application(status: str, *entries: Entry) -> ApplicationView:
    """An application of nine o'clock, with entries so many seconds later."""
    timeline = [
        TimelineEntry(
            event_id=new_id(),
            type=entry[0],
            at=NINE + timedelta(seconds=entry[1]),
            title=WORDS,
            cause=entry[2] if len(entry) == 3 else None,
        )
        for entry in (("application_submitted", 0), *entries)
    ]
    fields: dict[str, Any] = {
        "application_id": new_id(), "tracking_number": "NS-1", "public_service_id": "S001",
        "public_service_name": WORDS, "ministry": "lgd", "status": status, "submitted_at": NINE,
    }  # fmt: skip
    return ApplicationView(**fields, timeline=timeline)


@pytest.mark.parametrize(
    ("status", "entries", "seconds", "lasts"),
    [
        ("submitted", [], {"platform": 100}, "platform"),
        (
            "with_ministry",
            [("application_received", 4)],
            {"platform": 4, "ministry": 96},
            "ministry",
        ),
        (
            "approved",
            [("application_received", 4), ("application_decided", 90)],
            {"platform": 4, "ministry": 86},
            None,
        ),
        (
            "submitted",
            [("application_delayed", 60, "ministry")],
            {"platform": 60, "ministry": 40},
            "ministry",
        ),
        ("submitted", [("application_delayed", 60, "platform")], {"platform": 100}, "platform"),
        (
            "approved",
            [
                ("application_received", 4),
                ("correction_requested", 10),
                ("application_corrected", 30),
                ("application_overdue", 40),
                ("application_decided", 90),
            ],
            {"platform": 4, "ministry": 66, "citizen": 20},
            None,
        ),
        ("withdrawn", [("application_withdrawn", 7)], {"platform": 7}, None),
    ],
    ids=["open", "with-ministry", "decided", "unreached", "our-fault", "corrected", "withdrawn"],
)
def test_each_second_is_with_somebody(
    status: str, entries: list[Entry], seconds: dict[str, float], lasts: str | None
) -> None:
    """From the click to the end, or to now."""
    times = times_of(application(status, *entries), NINE + timedelta(seconds=100))
    assert times
    assert (times.seconds, times.lasts, times.together_s) == (seconds, lasts, None)


def test_what_was_whose_of_a_decision_at_once_is_not_told() -> None:
    """The timeline does not know it."""
    times = times_of(application("approved", ("application_decided", 2.5)), NINE)
    assert times
    assert times.together_s == 2.5


def test_clocks_that_contradict_one_another_tell_nothing() -> None:
    """A ministry's clock may be two seconds slow."""
    slow = application("approved", ("application_received", -2), ("application_decided", 90))
    assert times_of(slow, NINE) is None
    assert times_of(application("submitted"), NINE - timedelta(seconds=2)) is not None
