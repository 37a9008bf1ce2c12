"""A migration of a table that is there is an expand or a contract, and says which by its name.

Why: old and new code run side by side during a deploy, and the old one alone after a rollback. An
expand adds what old code does not see. A contract takes away what no running code uses any more, in
a later release than the code that stopped using it. One file that does both is a stop of the
platform, and nobody sees it in the name.

A file that only makes new tables needs no such name: no running code knows them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.checking import CHECKOUT

# Made between the beginning (decision 65) and this rule, before any installation.
BEFORE = {
    "libs/two_people/migrations/0002_rejections.sql",
    "libs/two_people/migrations/0003_reasons.sql",
    "services/applications/counter_drafts/migrations/0004_of_uddokta.sql",
    "services/applications/counter_drafts/migrations/0005_of_mandate.sql",
    "services/applications/lifecycle/migrations/0002_waiting.sql",
    "services/applications/mandate_uses/migrations/0002_stops.sql",
    "services/applications/mandate_uses/migrations/0003_told_news.sql",
    "services/applications/mandate_uses/migrations/0004_news_taken_over.sql",
    "services/applications/public_services/migrations/0002_adapters.sql",
    "services/catalogue/public_services/migrations/0002_audit_log.sql",
    "services/catalogue/public_services/migrations/0004_own_adapters.sql",
    "services/identity/audit/migrations/0002_audit_log.sql",
    "services/identity/mandates/migrations/0002_corrections.sql",
    "services/identity/mandates/migrations/0003_applicant.sql",
    "services/identity/mandates/migrations/0004_evidence.sql",
    "services/identity/sessions/migrations/0002_browser.sql",
    "services/ministries/availability/migrations/0002_audit_log.sql",
    "services/ministries/connections/migrations/0002_despite.sql",
    "services/ministries/deliveries/migrations/0002_outcomes.sql",
    "services/ministries/deliveries/migrations/0003_submitted.sql",
    "services/notifications/messages/migrations/0003_phones_of_others.sql",
    "services/notifications/notices/migrations/0004_phone_of_notice.sql",
}

_COMMENT = re.compile("--[^\n]*")
_MADE = re.compile(r"\bCREATE (?:UNLOGGED )?TABLE (\w+)", re.ASCII)
_TOUCHED = re.compile(
    r"\b(?:ALTER TABLE|UPDATE|DELETE FROM|DROP TABLE|INSERT INTO|TRUNCATE)\s+(?:ONLY )?(\w+)"
    r"|\bINDEX\b[^;]*?\bON (\w+)",
    re.ASCII,
)
_ADDED_INDEX = re.compile(r"\bCREATE INDEX CONCURRENTLY IF NOT EXISTS (\w+)", re.ASCII)
_DROPPED_INDEX = re.compile(r"\bDROP INDEX CONCURRENTLY IF EXISTS (\w+)", re.ASCII)
_ADDED_COLUMN = re.compile(r"\bADD COLUMN (?:IF NOT EXISTS )?(\w+)([^,;]*)", re.ASCII)
_SET = re.compile(r"\bUPDATE\s+\w+\s+SET\s+(.*?)(?:\bFROM\b|\bWHERE\b|;)", re.ASCII | re.DOTALL)
_NOT_IN_EXPAND = {
    "takes something away": r"\bDROP (?!INDEX CONCURRENTLY)",
    "renames": r"\bRENAME\b",
    "changes a type": r"\bALTER COLUMN \w+ (?:SET DATA )?TYPE\b",
    "refuses what old code writes": r"\bSET NOT NULL\b|\bADD (?:CONSTRAINT|CHECK|UNIQUE|FOREIGN)\b"
    r"|\bCREATE UNIQUE INDEX\b",
    "deletes rows": r"\bDELETE FROM\b|\bTRUNCATE\b",
    "keeps writers waiting: CREATE INDEX CONCURRENTLY IF NOT EXISTS": r"\bCREATE INDEX (?!CONC)",
}


def migrations() -> Iterator[tuple[str, str]]:
    """Path and text of each migration, without comments."""
    for file in sorted(CHECKOUT.glob("*/**/migrations/*.sql")):
        path = file.relative_to(CHECKOUT).as_posix()
        if path.startswith(("libs/", "services/")):
            yield path, _COMMENT.sub("", file.read_text(encoding="utf-8"))


def wrong_with(path: str, sql: str) -> Iterator[str]:
    """What is wrong with a migration."""
    made = set(_MADE.findall(sql))
    touched = {name for names in _TOUCHED.findall(sql) for name in names if name}
    name = Path(path).stem
    if touched - made and not name.endswith(("_expand", "_contract")):
        yield f"{path}: touches {sorted(touched - made)}: name it _expand or _contract"
    if name.endswith("_expand"):
        yield from (f"{path}: an expand {why}" for why in _breaks_old_code(sql))


def _breaks_old_code(sql: str) -> Iterator[str]:
    yield from (why for why, pattern in _NOT_IN_EXPAND.items() if re.search(pattern, sql, re.ASCII))
    if set(_DROPPED_INDEX.findall(sql)) - set(_ADDED_INDEX.findall(sql)):
        yield "drops an index that it does not make"
    added = dict(_ADDED_COLUMN.findall(sql))
    for column, rest in added.items():
        if "NOT NULL" in rest and "DEFAULT" not in rest:
            yield f"adds {column}, which old code does not write: give it a default"
    for assignments in _SET.findall(sql):
        written = set(re.findall(r"(?:^|,)\s*(\w+)\s*=", assignments, re.ASCII))
        if written - added.keys():
            yield f"changes values that old code reads: {sorted(written - added.keys())}"


def keeps_waiting(sql: str) -> bool:
    """Whether requests may wait for longer than a second behind a migration that waits itself."""
    return "INDEX CONCURRENTLY" not in sql and "SET lock_timeout = '1s'" not in sql


def test_migrations_of_what_is_there_are_expands_or_contracts() -> None:
    """And an expand does nothing that old code would notice."""
    found = [
        why for path, sql in migrations() if path not in BEFORE for why in wrong_with(path, sql)
    ]
    assert not found, "\n".join(found)


def test_the_list_names_what_is_there() -> None:
    """And what the rule would find."""
    found = {path for path, sql in migrations() for _ in wrong_with(path, sql)}
    assert found == BEFORE


def test_no_migration_waits_longer_than_a_second_for_a_lock() -> None:
    """`migrate` tries it again, and meanwhile the requests behind it are answered."""
    assert not [path for path, sql in migrations() if keeps_waiting(sql)]
    assert keeps_waiting("SET lock_timeout = '60s'; ALTER TABLE trees ADD COLUMN age bigint;")


@pytest.mark.parametrize(
    ("name", "sql", "why"),
    [
        ("0002_a", "CREATE TABLE trees (id bigint); CREATE INDEX a ON trees (id);", None),
        ("0002_a", "ALTER TABLE trees ADD COLUMN age bigint;", "touches ['trees']"),
        ("0002_a", "CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON trees (id);", "touches"),
        ("0002_a_expand", "ALTER TABLE trees ADD COLUMN age bigint;", None),
        ("0002_a_expand", "ALTER TABLE trees ADD COLUMN age bigint NOT NULL DEFAULT 0;", None),
        ("0002_a_expand", "ALTER TABLE trees ADD COLUMN age bigint NOT NULL;", "give it a default"),
        ("0002_a_expand", "ALTER TABLE trees DROP COLUMN age;", "takes something away"),
        ("0002_a_expand", "ALTER TABLE trees RENAME age TO years;", "renames"),
        ("0002_a_expand", "ALTER TABLE trees ALTER COLUMN age TYPE text;", "changes a type"),
        ("0002_a_expand", "ALTER TABLE trees ALTER COLUMN age SET NOT NULL;", "old code writes"),
        ("0002_a_expand", "ALTER TABLE trees ADD CONSTRAINT a CHECK (age > 0);", "old code writes"),
        ("0002_a_expand", "CREATE INDEX a ON trees (age);", "keeps writers waiting"),
        ("0002_a_expand", "CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON trees (age);", None),
        ("0002_a_expand", "DROP INDEX CONCURRENTLY IF EXISTS a;", "that it does not make"),
        ("0002_a_expand", "UPDATE trees SET age = 1 WHERE id = 2;", "that old code reads: ['age']"),
        (
            "0002_a_expand",
            "ALTER TABLE trees ADD COLUMN age bigint; UPDATE trees SET age = 1;",
            None,
        ),
        ("0002_a_expand", "DELETE FROM trees;", "deletes rows"),
        ("0003_a_contract", "ALTER TABLE trees DROP COLUMN age;", None),
        ("0003_a_contract", "ALTER TABLE trees RENAME age TO years;", None),
    ],
)
def test_what_old_code_would_notice_is_found(name: str, sql: str, why: str | None) -> None:
    """In an expand; a contract may."""
    found = list(wrong_with(f"services/forest/trees/migrations/{name}.sql", sql))
    assert bool(found) == (why is not None), found
    assert why is None or why in found[0]
