from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.applications import Outcome
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import (
    CorrectionAsked,
    MinistryDecided,
    MinistryDecision,
    MinistryReceived,
)
from libs.errors import Unreadable
from libs.ids import derived_id
from services.ministries.deliveries import responses
from services.ministries.deliveries.responses import Application, MinistryResponse
from services.ministries.deliveries.rules import Kind, plan_delivery
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


def response(
    action: Action,
    *,
    delivery_id: UUID = DELIVERY,
    kind: Kind = "submitted",
    number: str | None = NUMBER,
    note: Text | None = None,
) -> MinistryResponse:
    delivery = replace(plan_delivery(submission()), delivery_id=delivery_id, kind=kind)
    return MinistryResponse(delivery, decision(action, number=number, note=note), TRACE)


def applied(*ministry_responses: MinistryResponse) -> tuple[Application, list[Event]]:
    application, announced = Application(APPLICATION, LAND), []
    for each in ministry_responses:
        application, events = responses.apply(application, each)
        announced += events
    return application, announced


def test_a_response_with_the_decision_is_one_event() -> None:
    """It has the case file number, so an acknowledgement would say nothing more."""
    application, announced = applied(response("approved"))
    (event,) = announced
    assert isinstance(event, MinistryDecided)
    assert (event.case_file_number, event.trace) == (NUMBER, TRACE)
    assert application.case_file_number == NUMBER


def test_an_acknowledgement_that_is_followed_by_the_decision_is_two_events() -> None:
    """A ministry that acknowledges first and decides later; both have the number."""
    _, announced = applied(response("received"), response("approved", number=None))
    assert [event.type for event in announced] == ["ministry_received", "ministry_decided"]
    assert {getattr(event, "case_file_number") for event in announced} == {NUMBER}  # noqa: B009


def test_the_acknowledgement_is_announced_before_a_request_for_correction() -> None:
    """The citizen learns first that the ministry has the application."""
    _, announced = applied(response("correction_asked", note=NOTE))
    assert [type(event) for event in announced] == [MinistryReceived, CorrectionAsked]


def test_a_case_file_number_that_comes_after_the_decision_is_announced() -> None:
    """A callback decides without the number, which the answer to our call then has."""
    _, announced = applied(
        response("approved", number=None), response("approved"), response("received")
    )
    assert [event.type for event in announced] == ["ministry_decided", "ministry_received"]
    assert [getattr(event, "case_file_number") for event in announced] == [None, NUMBER]  # noqa: B009


@pytest.mark.parametrize("action", ["received", "correction_asked", "approved", "refused"])
def test_the_same_response_by_callback_and_in_the_answer_is_the_same_event(action: Action) -> None:
    """The event ids are equal, so the second one announces nothing."""
    note = NOTE if action in {"correction_asked", "refused"} else None
    application, announced = applied(*[response(action, note=note)] * 3)
    acknowledgements = [event for event in announced if isinstance(event, MinistryReceived)]
    decisions = [event for event in announced if not isinstance(event, MinistryReceived)]
    assert len(acknowledgements) == (0 if action in {"approved", "refused"} else 1)
    assert len(decisions) == (0 if action == "received" else 1)
    assert application.announced_event_ids == {event.event_id for event in announced}


def test_a_case_file_number_that_comes_late_is_announced() -> None:
    """The acknowledgement is announced without the number, and again when the number is known."""
    application, announced = applied(
        response("received", number=None), response("received"), response("received")
    )
    numbers = [event.case_file_number for event in announced if isinstance(event, MinistryReceived)]
    assert numbers == [None, NUMBER]
    assert application.case_file_number == NUMBER


def test_the_first_case_file_number_stands() -> None:
    """A second number, given for a repeated attempt, is ignored."""
    application, announced = applied(
        response("received"), response("received", number="LAND/2026/2")
    )
    assert application.case_file_number == NUMBER
    assert len(announced) == 1


def test_a_correction_can_be_requested_again_after_a_correction() -> None:
    """The same request is announced again once the citizen has sent a correction."""
    second = derived_id(DELIVERY, "another")
    _, announced = applied(
        response("correction_asked", note=NOTE),
        response("correction_asked", note=NOTE, delivery_id=second, kind="corrected"),
    )
    asked = [event.event_id for event in announced if isinstance(event, CorrectionAsked)]
    assert len(set(asked)) == 2


def test_the_acknowledgement_of_a_withdrawal_is_not_announced() -> None:
    """The citizen already knows of the withdrawal."""
    application, announced = applied(response("received", kind="withdrawn", number=None))
    assert announced == []
    assert application == Application(APPLICATION, LAND)


def test_a_decision_that_crossed_the_withdrawal_is_announced() -> None:
    """A decision made before the ministry read the withdrawal is announced."""
    _, announced = applied(response("approved", kind="withdrawn", number=None))
    assert [type(event) for event in announced] == [MinistryDecided]


WITHDRAWN_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("outcome", "action", "withdrawn_at", "decided_at", "code"),
    [
        ("approved", "refused", None, None, "decided_otherwise"),
        ("refused", "approved", None, None, "decided_otherwise"),
        ("approved", "correction_asked", None, None, "decided_otherwise"),
        ("approved", "approved", None, None, None),
        ("approved", "received", None, None, None),
        (None, "refused", None, None, None),
        (None, "approved", WITHDRAWN_AT, None, "withdrawal_confirmed"),
        (None, "correction_asked", WITHDRAWN_AT, None, "withdrawal_confirmed"),
        (None, "approved", WITHDRAWN_AT, WITHDRAWN_AT + SECOND, "withdrawal_confirmed"),
        (None, "approved", WITHDRAWN_AT, WITHDRAWN_AT - SECOND, None),
        (None, "received", WITHDRAWN_AT, None, None),
        ("approved", "approved", WITHDRAWN_AT, None, None),
    ],
)
def test_what_contradicts_a_decision_or_a_withdrawal_has_no_effect(
    outcome: Outcome | None,
    action: Action,
    withdrawn_at: datetime | None,
    decided_at: datetime | None,
    code: str | None,
) -> None:
    """A repeat does not contradict, and what was decided before the withdrawal stands."""
    before = Application(APPLICATION, LAND, NUMBER, DELIVERY, outcome=outcome)
    said = response(action, note=NOTE)
    said = replace(said, decision=said.decision.model_copy(update={"decided_at": decided_at}))
    withdrawals = {before.key: withdrawn_at} if withdrawn_at else {}
    applied_all = responses.apply_all({before.key: before}, [said], withdrawals)
    assert [each and each.code for each in applied_all.refusals] == [code]
    if code:
        assert (applied_all.changed, applied_all.events) == ([], [])


def test_a_late_repeat_of_a_request_for_correction_is_harmless() -> None:
    """After the decision, also where a correction came between; another one contradicts it."""
    asked = response("correction_asked", note=NOTE)
    before, _ = responses.apply(Application(APPLICATION, LAND), asked)
    corrected = UUID(int=77)
    decided, _ = responses.apply(
        before, response("approved", delivery_id=corrected, kind="corrected")
    )
    late = response("correction_asked", delivery_id=corrected, note=NOTE)
    other = response("correction_asked", note=Text(bn="ছবি দিন", en="Add a photo"))
    deliveries = {decided.key: [asked.delivery_id, corrected]}
    result = responses.apply_all({decided.key: decided}, [asked, late, other], {}, deliveries)
    assert [each and each.code for each in result.refusals] == [None, None, "decided_otherwise"]
    assert (result.changed, result.events) == ([], [])


@pytest.mark.parametrize("note", [None, Text(bn=" ", en="")])
@pytest.mark.parametrize("action", ["refused", "correction_asked"])
def test_a_refusal_without_a_reason_is_unreadable(action: Action, note: Text | None) -> None:
    """The citizen is told to log in to see why, and must find it."""
    with pytest.raises(Unreadable, match="note_missing"):
        responses.read_decision(APPLICATION, action, NUMBER, note)


def test_many_responses_are_applied_in_order() -> None:
    """The result has each changed application once, in its last state, and no unchanged one."""
    untouched = Application(EVENT, LAND)
    applications = {each.key: each for each in (Application(APPLICATION, LAND), untouched)}
    applied_all = responses.apply_all(
        applications, [response("received", number=None), response("refused", note=NOTE)]
    )
    changed, announced = applied_all.changed, applied_all.events
    known = frozenset(event.event_id for event in announced)
    assert changed == [Application(APPLICATION, LAND, NUMBER, DELIVERY, known, outcome="refused")]
    assert [event.type for event in announced] == ["ministry_received", "ministry_decided"]


@given(bn=st.text(max_size=50), en=st.text(max_size=50))
def test_a_cleaned_note_can_be_stored(bn: str, en: str) -> None:
    """PostgreSQL and JSON accept a cleaned note; cleaning is idempotent."""
    said = response("approved", note=Text(bn=bn, en=en)).decision
    try:
        cleaned = responses.clean(said)
    except Unreadable:
        return
    assert cleaned.note is not None
    assert "\0" not in cleaned.note.bn + cleaned.note.en
    assert responses.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "said",
    [
        response("approved", number="LAND\0").decision,
        response("refused", note=Text(bn="ক" * 4_001, en="x")).decision,
    ],
)
def test_texts_that_cannot_be_stored_are_unreadable(said: MinistryDecision) -> None:
    """A NUL in the case file number and a note over the limit are refused."""
    with pytest.raises(Unreadable):
        responses.clean(said)
