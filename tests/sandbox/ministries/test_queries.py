from sandbox.ledger.schema import Connection
from sandbox.ministries.queries import SubmissionRow, first_submission, insert_submission


def row(key: str, *, ministry: str = "cabinet", answer: str = '{"a": 1}') -> SubmissionRow:
    return SubmissionRow(ministry, "application", "NS", "submitted", key, "", "now", answer)


def test_the_first_row_under_a_key_is_found(connection: Connection) -> None:
    """Of several rows of a ministry under one key the first is returned."""
    for submission_row in (
        row("k", answer="first"),
        row("k", answer="second"),
        row("k", ministry="ecs"),
    ):
        insert_submission(connection, submission_row)
    assert first_submission(connection, "cabinet", "k") == row("k", answer="first")
    assert first_submission(connection, "ecs", "k") == row("k", ministry="ecs")
    assert first_submission(connection, "ecs", "other") is None
