"""The counts of a run, from the ledger alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tools.demo.measures import Measures, measure, percentile
from tools.ledger import Ledger
from tools.virtual_users.citizen import Accepted

CLICKED_AT = datetime(2026, 12, 16, 3, 30, tzinfo=UTC)
NUMBER = "NS-7K4M9-PXRT3-HC2D3"
ACCEPTED = Accepted(NUMBER, "a", CLICKED_AT, 0.02, "")
SUBMISSION = {"application_id": "a", "tracking_number": NUMBER, "kind": "submitted"}
DECISION = {"application_id": "a", "action": "approved"}


def sms(reference: str, *, after_ms: int, reported: bool = True) -> dict[str, Any]:
    """A message about the application at the provider: a confirmation, or the answer."""
    at = (CLICKED_AT + timedelta(milliseconds=after_ms)).isoformat()
    reported_at = at if reported else None
    text = f"{NUMBER} {'জমা' if reference == 'in' else 'মঞ্জুর'} হয়েছে"
    return {"reference": reference, "received_at": at, "reported_at": reported_at, "text": text}


CONFIRMATION, ANSWER = sms("in", after_ms=30), sms("answer", after_ms=120)


def counted(
    *messages: dict[str, Any],
    accepted: tuple[Accepted, ...] = (ACCEPTED,),
    applications: int = 1,
    hand_overs: int = 1,
    decided: bool = True,
    papers: Sequence[dict[str, Any]] = (),
) -> Measures:
    """The counts of one application."""
    ledger = Ledger()
    ledger.add("submissions", [SUBMISSION] * hand_overs)
    ledger.add("decisions", [DECISION] if decided else [])
    ledger.add("papers", papers)
    ledger.add("messages", [{**row, "n": n} for n, row in enumerate(messages)])
    return measure(applications, accepted, ledger)


def test_all_is_well_when_everything_came_once() -> None:
    """One hand-over, one decision, its message reported; the confirmation may be left out."""
    assert counted(ANSWER).nothing_lost_or_doubled
    found = counted(CONFIRMATION, ANSWER)
    assert found.nothing_lost_or_doubled
    assert (found.delivered_to_ministry, found.decided, found.sms_delivered) == (1, 1, 1)
    assert list(found.end_to_end_ms) == [120.0]


def test_a_paper_that_the_ministry_does_not_have_is_lost() -> None:
    """Fetched twice it counts once; one that was changed on the way does not count."""
    with_papers = replace(ACCEPTED, papers=2)
    papers = [
        {"application_id": "a", "document_id": "1", "is_right": 1},
        {"application_id": "a", "document_id": "1", "is_right": 1},
        {"application_id": "a", "document_id": "2", "is_right": 0},
    ]
    found = counted(ANSWER, accepted=(with_papers,), papers=papers)
    assert (found.papers, found.papers_lost, found.nothing_lost_or_doubled) == (1, 1, False)


CASE = {"case_id": "c", "tracking_number": NUMBER}


@pytest.mark.parametrize(
    ("decided", "counts"), [(True, (1, 0, 0)), (False, (0, 1, 1))], ids=["decided", "lost"]
)
def test_what_officers_decide_is_in_all_counts_and_in_those_of_the_desk(
    decided: bool, counts: tuple[int, int, int]
) -> None:
    """Officers name the tracking number only; they fetch no papers."""
    ledger = Ledger()
    ledger.add("submissions", [{**CASE, "kind": "submitted"}])
    ledger.add("decisions", [{**CASE, "action": "approved"}] if decided else [])
    ledger.add("messages", [{**ANSWER, "n": 1}])
    found = measure(1, [replace(ACCEPTED, papers=1, at_desk=True)], ledger)
    assert (found.desk_decided, found.desk_lost, found.lost) == counts
    assert (found.delivered_to_ministry, found.decided) == (1, counts[0])
    assert (found.papers_lost, found.nothing_lost_or_doubled) == (0, decided)


def test_a_case_beside_a_hand_over_to_a_system_is_a_duplicate() -> None:
    """An application goes to one of them."""
    ledger = Ledger()
    ledger.add("submissions", [SUBMISSION, {**CASE, "kind": "submitted"}])
    assert measure(1, [ACCEPTED], ledger).duplicates_ministry == 1


def test_that_it_is_her_turn_is_a_message_of_its_own() -> None:
    """Twice is one too many."""
    turn = {**CONFIRMATION, "text": f"আবেদন {NUMBER} এ এখন আপনার পালা।"}
    assert counted(CONFIRMATION, turn, ANSWER).duplicates_sms == 0
    assert counted(CONFIRMATION, turn, turn, ANSWER).duplicates_sms == 1


def test_a_doubled_hand_over_is_counted() -> None:
    """Three hand-overs of one application are two too many."""
    found = counted(CONFIRMATION, ANSWER, hand_overs=3)
    assert (found.duplicates_ministry, found.nothing_lost_or_doubled) == (2, False)


@pytest.mark.parametrize("reference", ["in", "answer", "another"])
def test_a_doubled_sms_is_counted(reference: str) -> None:
    """A message received twice under its reference, and another decision."""
    found = counted(CONFIRMATION, ANSWER, sms(reference, after_ms=200))
    assert (found.duplicates_sms, found.lost, found.nothing_lost_or_doubled) == (1, 0, False)


@pytest.mark.parametrize(
    "found",
    [
        counted(CONFIRMATION, ANSWER, hand_overs=0),
        counted(CONFIRMATION, ANSWER, decided=False),
        counted(CONFIRMATION),
        counted(CONFIRMATION, sms("answer", after_ms=120, reported=False)),
        counted(hand_overs=0, decided=False),
    ],
    ids=["hand-over", "decision", "answer", "report", "everything"],
)
def test_an_application_that_lacks_a_step_is_lost(found: Measures) -> None:
    """Hand-over, decision, answer and its report all belong to it."""
    assert (found.lost, found.nothing_lost_or_doubled) == (1, False)


def test_the_first_message_twice_is_no_answer() -> None:
    """Two rows with one reference are a duplicate and a loss."""
    found = counted(CONFIRMATION, sms("in", after_ms=90))
    assert (found.lost, found.duplicates_sms, found.sms_delivered) == (1, 1, 0)


def test_a_run_with_an_application_that_was_not_accepted_is_not_well() -> None:
    """The application is neither lost nor doubled."""
    found = counted(CONFIRMATION, ANSWER, applications=2)
    assert (found.accepted, found.lost, found.nothing_lost_or_doubled) == (1, 0, False)


def test_times_of_the_warm_up_are_not_measured() -> None:
    """The first two fifths of a demo are counted and not timed."""
    untimed = Accepted("NS-2", "b", CLICKED_AT, 5.0, "", timed=False)
    found = counted(CONFIRMATION, ANSWER, accepted=(ACCEPTED, untimed), applications=2)
    assert list(found.accept_ms) == [20.0]
    assert found.accepted == 2


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 51.0), (0.99, 100.0), (1.0, 100.0)])
def test_percentiles(share: float, value: float) -> None:
    """The value that a share does not exceed; None of an empty list."""
    assert percentile([float(n) for n in range(1, 101)], share) == value
    assert percentile([], share) is None
