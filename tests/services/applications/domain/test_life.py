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
from services.applications.domain.life import TABLE, Goes, Happening, Refuses, go, hear_ministry
from tests.services.applications.scenes import MINISTRY, NOTE, application

# Written out by hand, apart from the table: state, then what each happening makes of it in the
# order received, unreachable, correction_asked, approved, refused, corrected, withdrawn.
# "-" stays as it is; "!" is refused.
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
    (row.split()[0], happening, outcome)
    for row in EXPECTED.strip().splitlines()
    for happening, outcome in zip(get_args(Happening), row.split()[1:], strict=True)
]


def event_of(happening: str) -> Any:
    facts: dict[str, Any] = {
        "application_id": application().application_id,
        "ministry": MINISTRY,
    }
    match happening:
        case "received":
            return MinistryReceived(**facts)
        case "unreachable":
            return MinistryUnreachable(**facts)
        case "correction_asked":
            return CorrectionAsked(**facts, note=NOTE)
        case _:
            return MinistryDecided(**facts, outcome=happening)


MINISTRY_CELLS = [cell for cell in CELLS if cell[1] not in {"corrected", "withdrawn"}]


def test_every_pair_of_state_and_happening_is_decided() -> None:
    """No pair is left to chance: the table holds all 42."""
    pairs = {(state, happening) for state, row in TABLE.items() for happening in row}
    assert pairs == set(itertools.product(get_args(Status), get_args(Happening)))
    assert {(state, happening) for state, happening, _ in CELLS} == pairs


@pytest.mark.parametrize(("state", "happening", "outcome"), CELLS)
def test_table(state: Status, happening: Happening, outcome: str) -> None:
    """Each pair leads where the law, the citizen's interest and the order of events want it."""
    if outcome == "!":
        with pytest.raises(Refused):
            go(application(status=state), happening)
    else:
        assert go(application(status=state), happening) == (None if outcome == "-" else outcome)


@pytest.mark.parametrize(("state", "happening", "outcome"), MINISTRY_CELLS)
def test_what_a_ministry_says_moves_the_case_and_is_told(
    state: Status, happening: str, outcome: str
) -> None:
    """A change is told once; a repeat of the same words, or of the same event, tells nobody."""
    before = application(status=state)
    event = event_of(happening)
    if outcome == "!":
        with pytest.raises(Refused) as refusal:
            hear_ministry(before, event)
        assert refusal.value.code == "already_decided"
        return
    after, told = hear_ministry(before, event)
    assert after.status == (state if outcome == "-" else outcome)
    assert len(told) == (after != before)
    assert hear_ministry(after, event) == (after, [])


def test_a_decision_that_overtakes_the_receipt_counts_and_the_receipt_is_then_late() -> None:
    """Approved from submitted; a `received` afterwards only leaves its file number."""
    decided, told = hear_ministry(application(), event_of("approved"))
    assert [type(event) for event in told] == [ApplicationDecided]
    receipt = event_of("received").model_copy(update={"case_file_number": "24.00.1"})
    after, told = hear_ministry(decided, receipt)
    assert (after.status, after.case_file_number, told) == ("approved", "24.00.1", [])


def test_a_decision_that_crossed_the_withdrawal_stands_and_is_told() -> None:
    """The ministry decided before it read of the withdrawal: the citizen learns of it."""
    after, told = hear_ministry(application(status="withdrawn"), event_of("refused"))
    assert after.status == "refused"
    assert [event.type for event in told] == ["application_decided"]


def test_another_ministrys_word_is_refused() -> None:
    """Only the ministry that has the application moves it."""
    with pytest.raises(Refused) as refusal:
        hear_ministry(application(ministry="minland"), event_of("approved"))
    assert refusal.value.code == "other_ministry"


def test_an_outage_is_told_once_and_its_end_too() -> None:
    """However often the adapter says so, the citizen hears of one delay and of its end."""
    state = application(status="with_ministry")
    types: list[type] = []
    for happening in ("unreachable", "unreachable", "received", "received"):
        state, told = hear_ministry(state, event_of(happening))
        types += [type(event) for event in told]
    assert types == [ApplicationDelayed, ApplicationReceived]


def test_a_second_request_for_correction_with_another_note_is_told() -> None:
    """The newest note is what the citizen has to answer."""
    state, _ = hear_ministry(application(), event_of("correction_asked"))
    other = Text(bn="ছবিও দিন", en="Add a photograph as well")
    again = event_of("correction_asked").model_copy(update={"note": other})
    after, told = hear_ministry(state, again)
    assert after.note == other
    assert [type(event) for event in told] == [CorrectionRequested]


def test_told_events_have_the_same_id_in_every_run() -> None:
    """A re-run of a handler announces the same fact, not another one."""
    event = event_of("approved")
    first, second = (hear_ministry(application(), event)[1] for _ in range(2))
    assert first[0].event_id == second[0].event_id


def test_a_decision_keeps_its_note_and_the_file_number_of_before() -> None:
    """What was known stays known."""
    state = replace(application(status="with_ministry"), case_file_number="24.00.2")
    event = event_of("refused").model_copy(update={"note": NOTE})
    after, _ = hear_ministry(state, event)
    assert (after.note, after.case_file_number) == (NOTE, "24.00.2")


def test_every_verdict_says_one_thing() -> None:
    """A cell goes somewhere, refuses, or stays; refusals have one of three codes."""
    verdicts = [verdict for row in TABLE.values() for verdict in row.values()]
    codes = {verdict.code for verdict in verdicts if isinstance(verdict, Refuses)}
    assert codes == {"correction_not_asked", "application_closed", "already_decided"}
    assert {verdict.to for verdict in verdicts if isinstance(verdict, Goes)} == {*get_args(Status)}
