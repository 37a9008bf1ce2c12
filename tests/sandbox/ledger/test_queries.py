from sandbox.callbacks.queries import DecisionRow, insert_decisions
from sandbox.ledger.queries import submissions_after, totals
from sandbox.ledger.schema import Connection
from sandbox.ministries.queries import SubmissionRow, insert_submissions


def row(key: str) -> SubmissionRow:
    return SubmissionRow("cabinet", "application", "NS", "lodged", key, "", "now", "{}")


def test_pages_follow_each_other_without_gap_or_overlap(connection: Connection) -> None:
    """Reading on after the last number seen shows every row once."""
    insert_submissions(connection, [row(str(number)) for number in range(25)])
    seen, after = [], 0
    while page := submissions_after(connection, after, 10):
        seen += [each["n"] for each in page]
        after = seen[-1]
    assert seen == list(range(1, 26))


def test_a_page_shows_no_answer_and_no_form(connection: Connection) -> None:
    """A row of the ledger has the promised fields and no other."""
    insert_submissions(connection, [row("k")])
    [shown] = submissions_after(connection, 0, 10)
    assert set(shown) == {
        "n",
        "ministry",
        "application_id",
        "tracking_number",
        "kind",
        "idempotency_key",
        "traceparent",
        "received_at",
    }


def test_totals_count_repeats_and_leave_corrections_out(connection: Connection) -> None:
    """A key acted on twice is two in total and one distinct; a correction is no decision."""
    insert_submissions(connection, [row("a"), row("a"), row("b")])
    decided = [DecisionRow("cabinet", "x", action, "now") for action in ("approved", "refused")]
    insert_decisions(connection, [*decided, DecisionRow("cabinet", "x", "correction_asked", "now")])
    assert totals(connection) == {
        "submissions": 3,
        "submission_keys": 2,
        "messages": 0,
        "references": 0,
        "decisions": 2,
    }
