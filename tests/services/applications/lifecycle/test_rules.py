import itertools
from dataclasses import replace
from typing import Any, get_args

import pytest

from libs.contracts.applications import (
    ApplicationDecided,
    ApplicationDelayed,
    ApplicationReceived,
    CorrectionRequested,
    Status,
)
from libs.contracts.language import Text
from libs.contracts.ministries import (
    CorrectionAsked,
    MinistryDecided,
    MinistryReceived,
    MinistryUnreachable,
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
from tests.services.applications.builders import MINISTRY, NOTE, NOW, application

# Written by hand, apart from the table: status, then the effect of each trigger, in the
# order received, unreachable, correction_asked, approved, refused, corrected, withdrawn.
# "-" is unchanged; "!" is refused.
EXPECTED = """
submitted            with_ministry submitted     correction_requested approved refused ! withdrawn
with_ministry        with_ministry with_ministry correction_requested approved refused ! withdrawn
correction_requested -             -             correction_requested approved refused \
with_ministry withdrawn
approved             -             -             !                    -        !       ! !
refused              -             -             !                    !        -       ! !
withdrawn            -             -             -                    approved refused ! -
"""
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
        case _:
            return MinistryDecided(**facts, outcome=trigger)


MINISTRY_CELLS = [cell for cell in CELLS if cell[1] not in {"corrected", "withdrawn"}]


def test_every_pair_of_status_and_happening_is_decided() -> None:
    """No pair is left to chance: the table holds all 42."""
    pairs = {(status, trigger) for status, row in TABLE.items() for trigger in row}
    assert pairs == set(itertools.product(get_args(Status), get_args(Trigger)))
    assert {(status, trigger) for status, trigger, _ in CELLS} == pairs


@pytest.mark.parametrize(("status", "trigger", "outcome"), CELLS)
def test_table(status: Status, trigger: Trigger, outcome: str) -> None:
    """Each pair has the effect that the law and the citizen's interest want."""
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


def test_a_decision_that_overtakes_the_receipt_counts_and_the_receipt_is_then_late() -> None:
    """Approved from submitted; a `received` afterwards only leaves its file number."""
    decided, announced = apply(application(), event_of("approved"))
    assert [type(event) for event in announced] == [ApplicationDecided]
    receipt = event_of("received").model_copy(update={"case_file_number": "24.00.1"})
    after, announced = apply(decided, receipt)
    assert (after.status, after.case_file_number, announced) == ("approved", "24.00.1", [])


def test_a_decision_that_crossed_the_withdrawal_stands_and_is_announced() -> None:
    """The ministry decided before it read the withdrawal, and the citizen must know."""
    after, announced = apply(application(status="withdrawn"), event_of("refused"))
    assert after.status == "refused"
    assert [event.type for event in announced] == ["application_decided"]


def test_an_event_of_another_ministry_is_refused() -> None:
    """Only the ministry that has the application moves it."""
    with pytest.raises(Refused) as refusal:
        apply(application(ministry="minland"), event_of("approved"))
    assert refusal.value.code == "other_ministry"


def test_an_outage_and_its_end_are_announced_once() -> None:
    """However often the adapter reports it, the citizen is told of one delay and of its end."""
    status = application(status="with_ministry")
    types: list[type] = []
    for trigger in ("unreachable", "unreachable", "received", "received"):
        status, announced = apply(status, event_of(trigger))
        types += [type(event) for event in announced]
    assert types == [ApplicationDelayed, ApplicationReceived]


def test_a_second_request_for_correction_with_another_note_is_announced() -> None:
    """The citizen must answer the newest note."""
    status, _ = apply(application(), event_of("correction_asked"))
    other = Text(bn="ছবিও দিন", en="Add a photograph as well")
    again = event_of("correction_asked").model_copy(update={"note": other})
    after, announced = apply(status, again)
    assert after.note == other
    assert [type(event) for event in announced] == [CorrectionRequested]


def test_a_decision_keeps_its_note_and_the_known_file_number() -> None:
    """A decision without file number does not remove the known one."""
    status = replace(application(status="with_ministry"), case_file_number="24.00.2")
    event = event_of("refused").model_copy(update={"note": NOTE})
    after, _ = apply(status, event)
    assert (after.note, after.case_file_number) == (NOTE, "24.00.2")


def test_refusals_have_one_of_three_codes() -> None:
    """Every code has a problem text; every status can be reached."""
    effects = [effect for row in TABLE.values() for effect in row.values()]
    codes = {effect.code for effect in effects if isinstance(effect, Refuse)}
    assert codes == {"correction_not_asked", "application_closed", "already_decided"}
    reached = {effect for effect in effects if isinstance(effect, str)}
    assert reached == {*get_args(Status)}


def test_withdrawing_again_changes_nothing_and_a_decision_refuses_it() -> None:
    """The ministry and all others are told of the first withdrawal only."""
    after, announced = withdraw(application(), at=NOW)
    types = [event.type for event in announced]
    assert types == ["submission_withdrawn", "application_withdrawn"]
    assert withdraw(after, at=NOW) == (after, [])
    with pytest.raises(Refused):
        withdraw(application(status="approved"), at=NOW)
