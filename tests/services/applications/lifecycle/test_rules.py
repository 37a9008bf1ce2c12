import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest

from libs.bangladesh.deadline import Deadline
from libs.contracts.applications import (
    ApplicationDecided,
    ApplicationDelayed,
    ApplicationReceived,
    CorrectionRequested,
    Status,
    Step,
)
from libs.contracts.language import Text
from libs.contracts.ministries import (
    CorrectionAsked,
    MinistryDecided,
    MinistryReceived,
    MinistryUnreachable,
    StepReached,
)
from libs.errors import Refused
from services.applications.lifecycle.rules import (
    TABLE,
    Refuse,
    Trigger,
    apply,
    next_status,
    withdraw,
)
from tests.services.applications.scenes import MINISTRY, NOTE, NOW, application

# Written separately from the table: the status, then the effect of each trigger in the order
# received, unreachable, correction_asked, step_reached, approved, refused, lapsed, corrected,
# withdrawn, appealed. "-" is unchanged; "!" is refused.
EXPECTED = """
submitted with_ministry submitted correction_requested with_ministry approved refused lapsed \
! withdrawn !
with_ministry with_ministry with_ministry correction_requested with_ministry approved refused \
lapsed ! withdrawn !
correction_requested - - correction_requested with_ministry approved refused lapsed \
with_ministry withdrawn !
approved             - - ! - -        !       ! ! ! !
refused              - - ! - !        -       ! ! ! with_ministry
withdrawn            - - - - approved refused - ! - !
lapsed               - - ! - !        !       - ! ! !
"""
STEP = Step(name=Text(bn="যাচাই", en="Check"), waits_for="office")
CELLS = [
    (row.split()[0], trigger, outcome)
    for row in EXPECTED.strip().splitlines()
    for trigger, outcome in zip(get_args(Trigger), row.split()[1:], strict=True)
]


def event_of(trigger: str) -> Any:
    facts: dict[str, Any] = {
        "application_id": application().application_id,
        "ministry": MINISTRY,
    }
    match trigger:
        case "received":
            return MinistryReceived(**facts)
        case "unreachable":
            return MinistryUnreachable(**facts)
        case "correction_asked":
            return CorrectionAsked(**facts, note=NOTE)
        case "step_reached":
            return StepReached(**facts, step=STEP)
        case _:
            return MinistryDecided(**facts, outcome=trigger)


MINISTRY_CELLS = [cell for cell in CELLS if cell[1] not in {"corrected", "withdrawn", "appealed"}]


def test_the_table_has_every_pair_of_status_and_trigger() -> None:
    """The table has all 70 pairs."""
    pairs = {(status, trigger) for status, row in TABLE.items() for trigger in row}
    assert pairs == set(itertools.product(get_args(Status), get_args(Trigger)))
    assert {(status, trigger) for status, trigger, _ in CELLS} == pairs


@pytest.mark.parametrize(("status", "trigger", "outcome"), CELLS)
def test_table(status: Status, trigger: Trigger, outcome: str) -> None:
    """Every pair has the expected effect."""
    if outcome == "!":
        with pytest.raises(Refused):
            next_status(application(status=status), trigger)
    else:
        assert next_status(application(status=status), trigger) == (
            None if outcome == "-" else outcome
        )


@pytest.mark.parametrize(("status", "trigger", "outcome"), MINISTRY_CELLS)
def test_an_event_of_a_ministry_moves_the_application_and_is_announced(
    status: Status, trigger: str, outcome: str
) -> None:
    """A change is announced once; a repeat of the event announces nothing."""
    before = application(status=status)
    event = event_of(trigger)
    if outcome == "!":
        with pytest.raises(Refused) as refusal:
            apply(before, event)
        assert refusal.value.code == "already_decided"
        return
    after, announced = apply(before, event)
    assert after.status == (status if outcome == "-" else outcome)
    assert len(announced) == (after != before)
    assert apply(after, event) == (after, [])


def test_a_decision_may_overtake_the_acknowledgement() -> None:
    """The decision is applied; a later `received` only adds its file number."""
    decided, announced = apply(application(), event_of("approved"))
    assert [type(event) for event in announced] == [ApplicationDecided]
    acknowledgement = event_of("received").model_copy(update={"case_file_number": "24.00.1"})
    after, announced = apply(decided, acknowledgement)
    assert (after.status, after.case_file_number, announced) == ("approved", "24.00.1", [])


def test_a_decision_in_the_first_answer_brings_the_file_number() -> None:
    """The application goes to its decision in one step, and its delay is over."""
    waiting = replace(application(), delayed=True)
    event = event_of("approved").model_copy(update={"case_file_number": "24.00.1"})
    after, (announced,) = apply(waiting, event)
    assert (after.status, after.case_file_number, after.delayed) == ("approved", "24.00.1", False)
    assert announced.model_dump()["case_file_number"] == "24.00.1"


def test_a_repeated_decision_may_bring_the_file_number_late() -> None:
    """It is stored, and nothing is announced."""
    event = event_of("approved").model_copy(update={"case_file_number": "24.00.1"})
    after, announced = apply(application(status="approved"), event)
    assert (after.case_file_number, announced) == ("24.00.1", [])


def test_a_decision_that_crossed_the_withdrawal_is_applied() -> None:
    """A decision made before the ministry read the withdrawal is applied and announced."""
    after, announced = apply(application(status="withdrawn"), event_of("refused"))
    assert after.status == "refused"
    assert [event.type for event in announced] == ["application_decided"]


def test_an_event_of_another_ministry_is_refused() -> None:
    """Only the application's own ministry can change it."""
    with pytest.raises(Refused) as refusal:
        apply(application(ministry="minland"), event_of("approved"))
    assert refusal.value.code == "other_ministry"


def test_an_outage_and_its_end_are_announced_once() -> None:
    """Repeated reports of an outage give one delay and one end of it."""
    status = application(status="with_ministry")
    types: list[type] = []
    for trigger in ("unreachable", "unreachable", "received", "received"):
        status, announced = apply(status, event_of(trigger))
        types += [type(event) for event in announced]
    assert types == [ApplicationDelayed, ApplicationReceived]


def test_a_second_request_for_correction_with_another_note_is_announced() -> None:
    """The application has the newest note, and the request is announced again."""
    status, _ = apply(application(), event_of("correction_asked"))
    other = Text(bn="ছবিও দিন", en="Add a photograph as well")
    again = event_of("correction_asked").model_copy(update={"note": other})
    after, announced = apply(status, again)
    assert after.note == other
    assert [type(event) for event in announced] == [CorrectionRequested]


def test_a_decision_stores_its_note_and_not_an_empty_file_number() -> None:
    """A decision without a file number does not delete the known one."""
    status = replace(application(status="with_ministry"), case_file_number="24.00.2")
    event = event_of("refused").model_copy(update={"note": NOTE})
    after, _ = apply(status, event)
    assert (after.note, after.case_file_number) == (NOTE, "24.00.2")


def test_refusals_have_one_of_four_codes() -> None:
    """The table has four problem codes, and every status can be reached."""
    effects = [effect for row in TABLE.values() for effect in row.values()]
    codes = {effect.code for effect in effects if isinstance(effect, Refuse)}
    closed = {"correction_not_asked", "application_closed", "already_decided"}
    assert codes == {*closed, "appeal_not_possible"}
    reached = {effect for effect in effects if isinstance(effect, str)}
    assert reached == {*get_args(Status)}


def test_a_repeated_withdrawal_changes_nothing_and_one_after_a_decision_is_refused() -> None:
    """Only the first withdrawal is announced, to the ministry and to all others."""
    after, announced = withdraw(application(), at=NOW)
    types = [event.type for event in announced]
    assert types == ["submission_withdrawn", "application_withdrawn"]
    assert withdraw(after, at=NOW) == (after, [])
    with pytest.raises(Refused):
        withdraw(application(status="approved"), at=NOW)


def test_a_step_is_shown_until_the_next_one_or_the_end() -> None:
    """A correction has none, since the citizen works then; a repeat announces nothing."""
    first, announced = apply(application(), event_of("received").model_copy(update={"step": STEP}))
    assert [event.model_dump()["step"] for event in announced] == [STEP.model_dump()]
    later = STEP.model_copy(update={"waits_for": "payment"})
    reached = event_of("step_reached").model_copy(update={"step": later})
    second, (announcement,) = apply(first, reached)
    assert (second.step, announcement.type) == (later, "application_step_reached")
    assert apply(second, reached) == (second, [])
    for trigger in ("correction_asked", "approved", "lapsed"):
        assert apply(second, event_of(trigger))[0].step is None


def test_only_the_adapter_that_has_an_application_speaks_of_it() -> None:
    """An event of our desk about a hosted application, and the other way round, is refused."""
    here = event_of("approved").model_copy(update={"served_by": "desk"})
    for before, event in (
        (application(), here),
        (replace(application(), adapter="desk"), event_of("approved")),
    ):
        with pytest.raises(Refused, match="other_adapter"):
            apply(before, event)
    assert apply(replace(application(), adapter="desk"), here)[0].status == "approved"


def test_the_time_stands_still_while_somebody_else_is_waited_for() -> None:
    """For a correction, a payment, or a time; the last day moves by the working days of it."""
    deadline = Deadline(date(2026, 11, 24), 5)
    before = application(status="with_ministry", due_on=date(2026, 12, 1), deadline=deadline)
    asked = datetime(2026, 11, 25, 6, tzinfo=UTC)
    facts = {"application_id": before.application_id, "ministry": MINISTRY}
    correction, _ = apply(before, CorrectionAsked(**facts, note=NOTE, occurred_at=asked))
    paying = STEP.model_copy(update={"waits_for": "payment"})
    payment, _ = apply(before, StepReached(**facts, step=paying, occurred_at=asked))
    for paused in (correction, payment):
        assert (paused.is_paused, paused.due_on) == (True, before.due_on)
        back, _ = apply(
            paused, StepReached(**facts, step=STEP, occurred_at=asked + timedelta(days=4))
        )
        # Paused from Wednesday to Sunday: Thursday and Sunday do not count.
        assert (back.is_paused, back.due_on) == (False, date(2026, 12, 3))
        again, said = apply(back, StepReached(**facts, step=STEP, occurred_at=asked))
        assert (again, said) == (back, [])
