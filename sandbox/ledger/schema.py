"""The schema of the ledger, a SQLite file of the sandbox."""

import sqlite3
from pathlib import Path

Connection = sqlite3.Connection

_SCHEMA = """
CREATE TABLE IF NOT EXISTS submissions (
    n               INTEGER PRIMARY KEY AUTOINCREMENT,
    ministry        TEXT NOT NULL,
    application_id  TEXT NOT NULL,
    tracking_number TEXT NOT NULL,
    kind            TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    traceparent     TEXT NOT NULL,
    received_at     TEXT NOT NULL,
    answer          TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS submissions_by_key ON submissions (idempotency_key, ministry);
CREATE INDEX IF NOT EXISTS submissions_by_application ON submissions (application_id, ministry);
CREATE TABLE IF NOT EXISTS messages (
    n               INTEGER PRIMARY KEY AUTOINCREMENT,
    reference       TEXT NOT NULL,
    phone           TEXT NOT NULL,
    text            TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    traceparent     TEXT NOT NULL,
    received_at     TEXT NOT NULL,
    reported_at     TEXT,
    answer          TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_by_key ON messages (idempotency_key);
CREATE INDEX IF NOT EXISTS messages_by_reference ON messages (reference);
CREATE TABLE IF NOT EXISTS decisions (
    n               INTEGER PRIMARY KEY AUTOINCREMENT,
    ministry        TEXT NOT NULL,
    application_id  TEXT NOT NULL,
    action          TEXT NOT NULL,
    decided_at      TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS papers (
    n               INTEGER PRIMARY KEY AUTOINCREMENT,
    ministry        TEXT NOT NULL,
    application_id  TEXT NOT NULL,
    document_id     TEXT NOT NULL,
    state           TEXT NOT NULL,
    is_right        INTEGER NOT NULL,
    received_at     TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS callbacks (
    callback_id     TEXT PRIMARY KEY,
    kind            TEXT NOT NULL,
    destination     TEXT NOT NULL,
    subject         TEXT NOT NULL,
    result          TEXT NOT NULL,
    url             TEXT NOT NULL,
    body            TEXT NOT NULL,
    trace           TEXT NOT NULL,
    due_at_s        REAL NOT NULL,
    attempts        INTEGER NOT NULL,
    refused_status  INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS callbacks_by_due ON callbacks (kind, due_at_s)
       WHERE refused_status IS NULL;
CREATE INDEX IF NOT EXISTS callbacks_by_subject ON callbacks (subject, kind);
CREATE TABLE IF NOT EXISTS answers (
    n                INTEGER PRIMARY KEY AUTOINCREMENT,
    ministry         TEXT NOT NULL,
    application_id   TEXT NOT NULL,
    tracking_number  TEXT NOT NULL,
    batch_no         INTEGER,
    row_no           INTEGER,
    action           TEXT NOT NULL,
    case_file_number TEXT NOT NULL,
    note_bn          TEXT NOT NULL,
    note_en          TEXT NOT NULL,
    due_at_s         REAL NOT NULL,
    is_given         INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS cursors (
    n               INTEGER PRIMARY KEY,
    ministry        TEXT NOT NULL,
    cursor          TEXT NOT NULL,
    callback_url    TEXT NOT NULL,
    is_asked        INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS cursors_by_ministry ON cursors (ministry, n);
CREATE TABLE IF NOT EXISTS lost (
    n               INTEGER PRIMARY KEY
);
CREATE INDEX IF NOT EXISTS answers_by_application ON answers (application_id, ministry);
CREATE INDEX IF NOT EXISTS answers_to_give ON answers (ministry, due_at_s) WHERE NOT is_given;
CREATE TABLE IF NOT EXISTS controls (
    topic           TEXT NOT NULL,
    destination     TEXT NOT NULL,
    value           TEXT NOT NULL,
    set_at_s        REAL NOT NULL,
    PRIMARY KEY (topic, destination)
) WITHOUT ROWID;
"""


def open_ledger(path: Path, *, read_only: bool = False) -> Connection:
    """Open the file, and create it if it is missing; the caller closes it.

    A commit survives a kill of the process but not a power cut, since it is not flushed to disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=10, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    else:
        connection.executescript(_SCHEMA)
    return connection
