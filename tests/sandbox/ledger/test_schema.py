import sqlite3
from pathlib import Path

import pytest

from sandbox.ledger.schema import open_ledger


def test_an_existing_file_is_opened_unchanged(tmp_path: Path) -> None:
    """Its rows stay."""
    path = tmp_path / "deep" / "ledger.sqlite"
    first = open_ledger(path)
    with first:
        first.execute("INSERT INTO controls VALUES ('faults', 'sms', '{}', 1)")
    first.close()
    again = open_ledger(path)
    assert again.execute("SELECT destination FROM controls").fetchall() == [("sms",)]
    again.close()


def test_the_reading_connection_cannot_write(tmp_path: Path) -> None:
    """It is read-only."""
    writing = open_ledger(tmp_path / "ledger.sqlite")
    reading = open_ledger(tmp_path / "ledger.sqlite", read_only=True)
    with pytest.raises(sqlite3.OperationalError):
        reading.execute("DELETE FROM submissions")
    reading.close()
    writing.close()


def test_a_commit_is_in_the_log_before_it_returns(tmp_path: Path) -> None:
    """Write-ahead logging without flushes: a commit survives a kill, but not a power cut."""
    connection = open_ledger(tmp_path / "ledger.sqlite")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (0,)
    connection.close()
