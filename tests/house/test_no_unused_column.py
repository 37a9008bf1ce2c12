"""Every column is named, and every table read, by a statement of the service that owns it.

Why: a column that nobody reads or writes any more stays for years, because nobody dares to drop it.
Every reader wonders what it is for, every row carries it, and an auditor finds the personal data in
it.
"""

import re
from collections.abc import Collection, Iterable

import pytest

from services.registry import WITH_DATABASE
from tests.house.conftest import Connect
from tests.house.statements import ANY_SERVICE, statements_on

_READ = re.compile(r"\b(?:FROM|JOIN|UPDATE|USING)\s+([a-z_]+)")

# Tables that are only written, and why.
ONLY_WRITTEN = {
    ("applications", "submissions"): "what a citizen submitted, as evidence",
    ("applications", "recounts"): "whoever writes the day first counts",
    ("ministries", "focal_points_announced"): "the newest announcement is kept as it is written",
    **{(service, "audit_log"): "auditors read it with psql" for service in WITH_DATABASE},
}
# Nothing names these columns, but they are kept, and why.
KEPT = {
    ("audit_log", "entry_no"): "order of the entries",
    ("audit_log", "at"): "when something was done",
    ("recovery_journal", "entry_no"): "order of the entries",
    ("citizens", "created_at"): "when a citizen first came",
    ("staff", "created_at"): "when an account was made",
}
MIGRATIONS = "migrations"  # of `libs/database/migrate.py`


def unused(columns: Iterable[tuple[str, str]], statements: Collection[str]) -> list[str]:
    """Return columns that no statement names together with their table."""
    words = [set(re.findall(r"[a-z_0-9]+", sql)) for sql in statements]
    return [
        f"{table}.{column}"
        for table, column in columns
        if not any({table, column} <= named for named in words)
    ]


def never_read(tables: Collection[str], statements: Iterable[str]) -> list[str]:
    """Return tables that are only written."""
    read = {name for sql in statements for name in _READ.findall(sql)}
    return sorted(set(tables) - read)


@pytest.mark.database
@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_every_column_is_named_and_every_table_read(connect: Connect, service: str) -> None:
    """A migration drops unused ones."""
    connection = await connect(service)
    rows = await connection.fetch(
        """
        SELECT table_name::text, column_name::text
          FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name <> $1
         ORDER BY table_name, ordinal_position
        """,
        MIGRATIONS,
    )
    columns = [(row["table_name"], row["column_name"]) for row in rows]
    columns = [column for column in columns if column not in KEPT]
    sql = [statement.sql for statement in [*statements_on(service), *statements_on(ANY_SERVICE)]]
    assert unused(columns, sql) == []
    tables = {table for table, _ in columns if (service, table) not in ONLY_WRITTEN}
    assert never_read(tables, sql) == []


def test_a_table_that_is_only_written_is_found() -> None:
    """INSERT is no use of a table; SELECT, UPDATE and DELETE are."""
    sql = [
        "INSERT INTO copies SELECT * FROM unnest($1) ON CONFLICT (id) DO UPDATE SET at = now()",
        "DELETE FROM marks",
        "UPDATE cases SET at = now()",
        "SELECT FROM cases JOIN people USING (id)",
    ]
    assert never_read({"copies", "marks", "cases", "people"}, sql) == ["copies"]


def test_an_unused_column_is_found() -> None:
    """A column that is named with another table only is found."""
    sql = ["SELECT phone FROM contacts", "SELECT name_bn FROM bodies"]
    columns = [("contacts", "phone"), ("contacts", "name_bn"), ("parcels", "weight")]
    assert unused(columns, sql) == ["contacts.name_bn", "parcels.weight"]
