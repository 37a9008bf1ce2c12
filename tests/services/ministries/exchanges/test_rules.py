from dataclasses import replace

import pytest

from libs.ids import new_id
from services.ministries.deliveries.rules import plan_delivery
from services.ministries.deliveries.values import ResultFile, ResultRow
from services.ministries.exchanges.rules import Sent, account
from tests.services.ministries.scenes import NUMBER, decision, submission

FIRST, SECOND = (
    replace(plan_delivery(submission(application_id=new_id())), tracking_number=f"NS-{n}")
    for n in (1, 2)
)
SENT = {(7, 1): Sent(FIRST), (7, 2): Sent(SECOND)}


def row(number: int = 1, **changes: object) -> ResultRow:
    delivery = SENT[7, number].delivery
    said = decision(application_id=delivery.application_id)
    return replace(ResultRow(7, number, delivery.tracking_number, said), **changes)  # type: ignore[arg-type]


def test_each_row_answers_its_own_delivery() -> None:
    """Whatever their order in the file."""
    accounted = account(ResultFile("a.csv", [row(2), row(1)], sha256="1"), SENT)
    answers = {place: each.delivery_id for place, each in accounted.responses.items()}
    assert answers == {(7, 2): SECOND.delivery_id, (7, 1): FIRST.delivery_id}
    assert accounted.problems == []


def test_a_missing_row_stays_unanswered() -> None:
    """The others count."""
    accounted = account(ResultFile("a.csv", [row(1)], sha256="1"), SENT)
    assert list(accounted.responses) == [(7, 1)]


def test_a_doubled_row_counts_once_or_not_at_all() -> None:
    """Which of two different outcomes is meant, nobody can say."""
    accounted = account(ResultFile("a.csv", [row(1), row(1)], sha256="1"), SENT)
    assert (len(accounted.responses), accounted.problems) == (1, [])
    other = row(1, decision=decision("approved", application_id=FIRST.application_id))
    accounted = account(ResultFile("a.csv", [row(1), row(2), other], sha256="1"), SENT)
    assert list(accounted.responses) == [(7, 2)]
    assert accounted.problems == ["batch 7 row 1: twice with different content"]


@pytest.mark.parametrize(
    "bad",
    [
        row(1, tracking_number=SECOND.tracking_number),
        row(1, decision=decision(application_id=SECOND.application_id)),
        row(1, row_no=2),
        row(1, row_no=3),
        row(1, batch_no=8),
    ],
)
def test_a_swapped_or_unknown_row_is_not_used(bad: ResultRow) -> None:
    """A decision must not reach the neighbour in the table."""
    accounted = account(ResultFile("a.csv", [bad], sha256="1"), SENT)
    assert (accounted.responses, len(accounted.problems)) == ({}, 1)


def test_a_case_file_number_does_not_change() -> None:
    """One that has lost its leading zeros in a spreadsheet is noticed; an absent one is not."""
    sent = {(7, 1): Sent(FIRST, "007")}
    for number, used in (("007", 1), ("7", 0), (None, 1)):
        said = decision("approved", application_id=FIRST.application_id, number=number)
        assert (
            len(account(ResultFile("a.csv", [row(1, decision=said)], sha256="1"), sent).responses)
            == used
        )


def test_the_report_accounts_for_every_row() -> None:
    """It names what was not used, by line or by row, and no content."""
    file = ResultFile("a.csv", [row(1), row(2, batch_no=9)], ["line 4: unknown_state"], sha256="1")
    report = account(file, SENT).report(file).report
    assert report == (
        "1 rows used, 2 not used\nline 4: unknown_state\nbatch 9 row 2: unknown batch or row\n"
    )
    assert NUMBER not in report
