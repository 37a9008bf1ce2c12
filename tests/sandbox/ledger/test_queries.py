from sandbox.callbacks.queries import DecisionRow, insert_decision
from sandbox.ledger.queries import submissions_after, totals
from sandbox.ledger.schema import Connection
from sandbox.ministries.queries import SubmissionRow, insert_submission


def row(key: str) -> SubmissionRow:
    return SubmissionRow("cabinet", "application", "NS", "submitted", key, "", "now", "{}")


def test_pages_follow_each_other_without_gap_or_overlap(connection: Connection) -> None:
    """Reading after the last number shows every row once."""
    for number in range(25):
        insert_submission(connection, row(str(number)))
    seen, after = [], 0
    while page := submissions_after(connection, after, 10):
        seen += [each["n"] for each in page]
        after = seen[-1]
    assert seen == list(range(1, 26))


def test_a_page_shows_no_response_and_no_form(connection: Connection) -> None:
    """A row of the ledger has exactly the documented fields."""
    insert_submission(connection, row("k"))
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
    for key in ("a", "a", "b"):
        insert_submission(connection, row(key))
    for action in ("approved", "refused", "correction_asked"):
        insert_decision(connection, DecisionRow("cabinet", "x", action, "now"))
    assert totals(connection) == {
        "submissions": {"total": 3, "distinct": 2},
        "messages": {"total": 0, "distinct": 0},
        "decisions": 2,
    }
