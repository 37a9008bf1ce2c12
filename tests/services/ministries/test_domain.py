from dataclasses import replace
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import (
    CorrectionAsked,
    MinistryDecided,
    MinistryDecision,
    MinistryReceived,
)
from libs.errors import Refused, Unreadable
from libs.ids import derived_id
from services.ministries import domain
from services.ministries.domain import Answer, Case, Kind
from tests.services.ministries.scenes import (
    APPLICATION,
    LAND,
    NOTE,
    NUMBER,
    TRACE,
    Action,
    decision,
    submission,
)

EVENT = UUID("0190a000-0000-7000-8000-00000000000e")
DELIVERY = derived_id(EVENT, "delivery")


def answer(
    action: Action,
    *,
    delivery_id: UUID = DELIVERY,
    kind: Kind = "lodged",
    number: str | None = NUMBER,
    note: Text | None = None,
) -> Answer:
    return Answer(delivery_id, kind, decision(action, number=number, note=note), TRACE)


def hear(*answers: Answer) -> tuple[Case, list[Event]]:
    case, told = Case(APPLICATION, LAND), []
    for one in answers:
        case, events = domain.hear(case, one)
        told += events
    return case, told


@pytest.mark.parametrize("kind", ["lodged", "corrected", "withdrawn"])
def test_a_repeated_submission_plans_the_same_delivery(kind: Kind) -> None:
    """A delivery's id and idempotency key follow from the submission's event alone."""
    first, again = (domain.plan_delivery(submission(kind, event_id=EVENT)) for _ in range(2))
    assert first == again
    assert first.kind == kind
    assert first.idempotency_key == str(DELIVERY)
    assert first.trace == TRACE


def test_a_delivery_carries_the_form_as_it_was_lodged() -> None:
    """The form is handed over as the citizen gave it; a withdrawal carries none."""
    assert orjson.loads(domain.plan_delivery(submission("lodged", event_id=EVENT)).form or "") == {
        "name_bn": "রহিমা খাতুন"
    }
    assert domain.plan_delivery(submission("withdrawn")).form is None


def test_a_delivery_in_a_log_line_shows_no_form() -> None:
    """Whoever prints a delivery, in a log or a traceback, prints nothing that is the citizen's."""
    assert "রহিমা" not in repr(domain.plan_delivery(submission("lodged")))


def test_the_receipt_is_told_before_the_decision() -> None:
    """An answer with a decision tells two events, the receipt first, both in the answer's trace."""
    case, told = hear(answer("approved"))
    assert [type(event) for event in told] == [MinistryReceived, MinistryDecided]
    assert {event.trace for event in told} == {TRACE}
    assert case.case_file_number == NUMBER


@pytest.mark.parametrize("action", ["received", "correction_asked", "approved", "refused"])
def test_the_same_word_by_callback_and_in_the_answer_is_the_same_event(action: Action) -> None:
    """Whichever way comes first, ids are the same, and nothing is told twice."""
    note = NOTE if action == "correction_asked" else None
    case, told = hear(*[answer(action, note=note)] * 3)
    receipts = [event for event in told if isinstance(event, MinistryReceived)]
    decisions = [event for event in told if not isinstance(event, MinistryReceived)]
    assert len(receipts) == 1
    assert len(decisions) == (0 if action == "received" else 1)
    assert case.told == {event.event_id for event in told}


def test_a_case_file_number_that_comes_late_is_told() -> None:
    """A callback without the number tells the receipt; the number is told once it is known."""
    case, told = hear(answer("received", number=None), answer("received"), answer("received"))
    numbers = [event.case_file_number for event in told if isinstance(event, MinistryReceived)]
    assert numbers == [None, NUMBER]
    assert case.case_file_number == NUMBER


def test_the_first_case_file_number_stands() -> None:
    """A ministry that opens a second file for a repeated try does not confuse the citizen."""
    case, told = hear(answer("received"), answer("received", number="LAND/2026/2"))
    assert case.case_file_number == NUMBER
    assert len(told) == 1


def test_the_same_correction_asked_after_a_correction_is_news() -> None:
    """A ministry may ask for the same correction again after the citizen answered it."""
    second = derived_id(DELIVERY, "another")
    _, told = hear(
        answer("correction_asked", note=NOTE),
        answer("correction_asked", note=NOTE, delivery_id=second, kind="corrected"),
    )
    asked = [event.event_id for event in told if isinstance(event, CorrectionAsked)]
    assert len(set(asked)) == 2


def test_a_withdrawal_taken_over_is_told_to_nobody() -> None:
    """The citizen who withdrew learns nothing new from the ministry's receipt of it."""
    case, told = hear(answer("received", kind="withdrawn", number=None))
    assert told == []
    assert case == Case(APPLICATION, LAND)


def test_a_decision_that_crossed_the_withdrawal_is_told() -> None:
    """What the ministry decided before it read the withdrawal is not swallowed."""
    _, told = hear(answer("approved", kind="withdrawn", number=None))
    assert [type(event) for event in told] == [MinistryDecided]


def test_many_answers_are_heard_in_order() -> None:
    """A batch leaves each case in its last form and says nothing of the unchanged ones."""
    untouched = Case(EVENT, LAND)
    cases = {APPLICATION: Case(APPLICATION, LAND), EVENT: untouched}
    changed, told = domain.hear_all(
        cases, [answer("received", number=None), answer("refused", note=NOTE)]
    )
    known = frozenset(event.event_id for event in told)
    assert changed == [Case(APPLICATION, LAND, NUMBER, DELIVERY, known)]
    assert [event.type for event in told] == [
        "ministry_received",
        "ministry_received",
        "ministry_decided",
    ]


def test_silence_is_told_once_per_delivery_and_never_of_a_withdrawal() -> None:
    """The event's id follows from the delivery; a withdrawal waits mute."""
    delivery = domain.plan_delivery(submission("lodged", event_id=EVENT))
    first, again = domain.unreachable(delivery), domain.unreachable(replace(delivery, attempts=9))
    assert [event.event_id for event in first] == [event.event_id for event in again]
    assert first[0].trace == TRACE
    assert domain.unreachable(domain.plan_delivery(submission("withdrawn"))) == []


def test_a_webhook_id_with_another_content_is_refused() -> None:
    """A constant webhook-id must not swallow decisions: the second content is turned away."""
    approved, refused = answer("approved").decision, answer("refused").decision
    known = domain.content_fingerprint(approved)
    domain.check_repeat(known, approved)
    with pytest.raises(Refused, match="webhook_id_reused"):
        domain.check_repeat(known, refused)


@given(bn=st.text(max_size=50), en=st.text(max_size=50))
def test_a_cleaned_note_can_be_kept(bn: str, en: str) -> None:
    """After cleaning nothing is left that PostgreSQL or JSON cannot keep, and once is enough."""
    said = answer("refused", note=Text(bn=bn, en=en)).decision
    try:
        cleaned = domain.clean(said)
    except Unreadable:
        return
    assert cleaned.note is not None
    assert "\0" not in cleaned.note.bn + cleaned.note.en
    assert domain.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "said",
    [
        answer("approved", number="LAND\0").decision,
        answer("refused", note=Text(bn="ক" * 4_001, en="x")).decision,
    ],
)
def test_texts_that_cannot_be_kept_are_unreadable(said: MinistryDecision) -> None:
    """A NUL in the file number or a note of many pages is turned away, not stored."""
    with pytest.raises(Unreadable):
        domain.clean(said)
