from sandbox.callbacks.queries import DecisionRow, insert_decisions
from sandbox.ledger.queries import decisions_after, submissions_after
from sandbox.ledger.schema import Connection
from sandbox.ministries.queries import SubmissionRow, first_submissions, insert_submissions


def row(key: str, *, ministry: str = "cabinet", answer: str = '{"a": 1}') -> SubmissionRow:
    return SubmissionRow(ministry, "application", "NS", "lodged", key, "", "now", answer)


def test_rows_are_numbered_in_the_order_given(connection: Connection) -> None:
    """The ledger keeps the order in which hand-overs came."""
    insert_submissions(connection, [row(f"key {number}") for number in range(100)])
    keys = [each["idempotency_key"] for each in submissions_after(connection, 0, 1000)]
    assert keys == [f"key {number}" for number in range(100)]


def test_the_first_row_under_a_key_is_the_one_remembered(connection: Connection) -> None:
    """Of several rows under one key the first answers, per ministry."""
    rows = [row("k", answer="first"), row("k", answer="second"), row("k", ministry="ecs")]
    insert_submissions(connection, rows)
    found = first_submissions(connection, {("cabinet", "k"), ("ecs", "k"), ("ecs", "other")})
    assert found == {("cabinet", "k"): rows[0], ("ecs", "k"): rows[2]}


def test_decisions_are_numbered_too(connection: Connection) -> None:
    """A decision is a row of its own."""
    insert_decisions(connection, [DecisionRow("ecs", "application", "approved", "now")])
    [shown] = decisions_after(connection, 0, 10)
    assert (shown["n"], shown["action"]) == (1, "approved")


def test_nothing_to_write_writes_nothing(connection: Connection) -> None:
    """An empty list is harmless."""
    insert_submissions(connection, [])
    insert_decisions(connection, [])
    assert submissions_after(connection, 0, 10) == []
