import sqlite3
from pathlib import Path

import pytest

from sandbox.ledger.schema import open_ledger


def test_a_file_that_exists_is_opened_as_it_is(tmp_path: Path) -> None:
    """Opening again changes nothing that is in the file."""
    path = tmp_path / "deep" / "ledger.sqlite"
    first = open_ledger(path)
    with first:
        first.execute("INSERT INTO controls VALUES ('faults', 'sms', '{}', 1)")
    first.close()
    again = open_ledger(path)
    assert again.execute("SELECT destination FROM controls").fetchall() == [("sms",)]
    again.close()


def test_what_reads_cannot_write(tmp_path: Path) -> None:
    """The connection that shows the ledger cannot change it."""
    writing = open_ledger(tmp_path / "ledger.sqlite")
    reading = open_ledger(tmp_path / "ledger.sqlite", read_only=True)
    with pytest.raises(sqlite3.OperationalError):
        reading.execute("DELETE FROM submissions")
    reading.close()
    writing.close()


def test_a_commit_is_in_the_log_before_it_returns(tmp_path: Path) -> None:
    """Write-ahead logging without flushes: what is committed outlives a kill, not a power cut."""
    connection = open_ledger(tmp_path / "ledger.sqlite")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (0,)
    connection.close()
