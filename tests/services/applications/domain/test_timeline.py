import re

import pytest

from libs.contracts import topics
from libs.contracts.applications import ApplicationDecided, DelayCause, Outcome, SubmissionLodged
from libs.contracts.events import Event
from libs.contracts.ministries import MinistryDecided, MinistryUnreachable
from services.applications.domain.life import hear_ministry
from services.applications.domain.timeline import ENTRY_TYPES, Entry, entries_of, title_of
from tests.services.applications.scenes import MINISTRY, NOTE, NOW, RAHIMA, TRACE, application

SEEN = [*topics.APPLICATIONS.events, *topics.NOTIFICATIONS.events]


@pytest.mark.parametrize("event_class", SEEN)
def test_every_fact_has_a_title_in_both_languages(event_class: type[Event]) -> None:
    """A new event without words for the citizen is found here."""
    outcome: Outcome | None = "approved" if event_class is ApplicationDecided else None
    entry = Entry(RAHIMA, RAHIMA, event_class.type, NOW, outcome=outcome)
    title = title_of(entry)
    assert event_class.type in ENTRY_TYPES
    assert re.search("[ঀ-৿]", title.bn)
    assert title.en.isascii()


def test_approved_and_refused_have_titles_of_their_own() -> None:
    """The one thing that a citizen looks for is in the title."""
    titles = [
        title_of(Entry(RAHIMA, RAHIMA, "application_decided", NOW, outcome=outcome)).bn
        for outcome in ("approved", "refused")
    ]
    assert titles == ["আবেদন মঞ্জুর হয়েছে", "আবেদন নামঞ্জুর হয়েছে"]


@pytest.mark.parametrize(
    ("cause", "words"),
    [("ministry", "ministry's system cannot be reached"), ("platform", "fault on our side")],
)
def test_a_delay_says_whose_fault_it_is_and_that_nobody_need_apply_again(
    cause: DelayCause, words: str
) -> None:
    """Safe, why, and nothing to do: in both languages."""
    unreachable = MinistryUnreachable(
        application_id=application().application_id, ministry=MINISTRY, cause=cause
    )
    changed, told = hear_ministry(application(), unreachable)
    [line] = entries_of(told)
    title = title_of(line)
    assert (words in title.en, "you need not apply again" in title.en) == (True, True)
    assert "আবার আবেদন করতে হবে না" in title.bn
    assert hear_ministry(changed, unreachable) == (changed, [])


def test_a_line_keeps_note_time_and_trace_of_its_event() -> None:
    """The note is shown to the citizen; the trace leads operators to what happened."""
    decided = MinistryDecided(
        application_id=application().application_id,
        ministry=MINISTRY,
        outcome="refused",
        note=NOTE,
        occurred_at=NOW,
    ).in_trace(TRACE)
    _, told = hear_ministry(application(), decided)
    [line] = entries_of(told)
    assert (line.note, line.at, line.trace_id) == (NOTE, NOW, TRACE.trace_id)


def test_what_is_said_to_the_ministry_alone_is_no_line() -> None:
    """Submissions carry the form; the timeline never does."""
    submission = SubmissionLodged(form={}, form_version=1, **application().facts())
    assert entries_of([submission]) == []
