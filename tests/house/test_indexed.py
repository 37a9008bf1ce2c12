"""No statement reads a growing table from end to end.

Why: with a thousand rows it costs nothing and every test is quick; with the ten million of a whole
country each look for due rows reads all of them, every second, and the service that was fast on
the day of the pilot stands still on the day it matters. Here PostgreSQL is told to read a table
from end to end only where it has no other way; where it then still does, there is no index.

PostgreSQL also keeps a plan until its table is analysed or vacuumed. A plan for thirty rows, kept
while the table grew, made a claim a hundred times slower. So a growing table is not analysed while
it is small, and the plan for a table without statistics goes by index (docs/decisions/0015).
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.registry import WITH_DATABASE
from tests.house.conftest import Connect, Connection
from tests.house.statements import ANY_SERVICE, Statement, statements_on

# Tables that do not grow with the number of citizens, and so may be read whole.
SMALL = {
    "settled_cases", "waiting_confirmations",
    "acts_of_two", "announced_focal_points", "announced_officers", "announced_versions",
    "area_stages", "areas", "bodies", "body_years", "calendar_changes", "calendar_years",
    "calling_limits", "catalogue_version", "centre_devices", "clients", "conformance_reports",
    "connection_checks", "connections", "contacts", "counts", "data_keys", "decided_days",
    "due_counts", "escalations", "exchanges", "extensions", "facts", "facts_version",
    "focal_points", "focal_points_announced", "hour_keys", "ministry_adapters", "ministry_calls",
    "ministry_status", "ministry_statuses", "move_counts", "moves", "named_people",
    "needed_courses", "officer_absences", "officer_duties", "officers", "offices",
    "outbox_partitions", "overdue_mails", "overrides", "pilot_plans", "postcodes",
    "public_services", "publication_drafts", "publications", "questions", "read_files",
    "recounted_days", "recounts", "recovery_journal", "reminders", "revoked_keys", "role_offices",
    "routing_rules", "service_adapters", "service_charges", "service_drafts", "service_hours",
    "service_stops", "service_versions", "signing_keys", "snapshot_files", "snapshots", "staff",
    "staff_roles", "stage_facts", "stalled", "stand_ins", "superiors", "tariffs", "told_fees",
    "version_change_counts", "version_changes", "workflows", "workshop_bodies",
}  # fmt: skip
# Statements that may do it on others, and why.
SELDOM = {
    (
        "services/cases/overdue/queries.py",
        "overdue_rungs",
    ): "once an hour, over what is late or was until then",
    ("libs/dead_letters/queries.py", "dead_letters"): "now and then, over the few that failed",
    ("libs/messaging/delete_records.py", "dead_letters"): "at an erasure, over the few that failed",
    ("libs/messaging/delete_records.py", "outbox"): "at an erasure, over what is not published yet",
    (
        "services/identity/uddoktas/queries.py",
        "uddoktas",
    ): "until when qualifications let them help, every ten minutes",
    ("services/programme/seats/queries.py", "people"): "all counted, every 30 seconds at most",
    ("services/programme/seats/queries.py", "centres"): "all counted, every 30 seconds at most",
    (
        "services/programme/seats/queries.py",
        "qualifications",
    ): "all counted, every 30 seconds at most",
    (
        "libs/messaging/delete_records.py",
        "outbox_blocked",
    ): "at an erasure, over what is blocked",
}


# Parts of statements that may be planned so for a new table, and why.
SELDOM_WHEN_NEW = {
    "WHERE handled_at < now()": "old marks of the inbox, by a BRIN index",
    "WHERE received_at < now()": "old webhook calls, by a BRIN index",
    "WHERE claimed_by = $1 AND due_at IS NOT NULL": "claims of a killed process, once at a start",
}
# Growing tables that nobody reads while the service runs, or that hold no more than the staff.
FEW_STATEMENTS = {
    "audit_log", "migrations", "operators_journal", "passkeys", "totp_secrets",
}  # fmt: skip
LARGE_ROWS = 10_000

ONLY_IF_NEEDED = "SET enable_seqscan = off"
AS_PLANNED = "RESET enable_seqscan"


async def read_whole(
    connection: Connection, statement: Statement, setting: str = ONLY_IF_NEEDED
) -> list[str]:
    """Return growing tables that a statement scans sequentially under a setting."""
    if statement.sql.lstrip().startswith(("SET ", "VACUUM ", "LOCK ")):
        return []
    wanted = len((await connection.prepare(statement.sql)).get_parameters())
    values = f"({', '.join(['NULL'] * wanted)})" if wanted else ""
    await connection.execute(f"{setting}; SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE one AS {statement.sql}")
    plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE one{values}")
    await connection.execute("DEALLOCATE one")
    return [
        f"{statement.place}: reads all of {table}"
        for table in _scanned(json.loads(plan))
        if table not in SMALL and (statement.path, table) not in SELDOM
    ]


def _scanned(plan: Any) -> Iterator[str]:
    match plan:
        case {"Node Type": "Seq Scan", "Relation Name": str(table)}:
            yield table
        case dict():
            for value in plan.values():
                yield from _scanned(value)
        case list():
            for value in plan:
                yield from _scanned(value)
        case _:
            pass


@pytest.mark.database
@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_statements_find_their_rows_by_an_index(connect: Connect, service: str) -> None:
    """Tables that grow with the number of citizens are not scanned."""
    connection = await connect(service)
    found = [
        why
        for statement in statements_on(service)
        for why in await read_whole(connection, statement)
    ]
    assert not found, "\n".join(found)


@pytest.mark.database
@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_plans_for_new_tables_use_an_index(connect: Connect, service: str) -> None:
    """A plan made for an empty table is right for a million rows."""
    connection = await connect(service)
    found = [
        why
        for statement in statements_on(service)
        if not any(part in statement.sql for part in SELDOM_WHEN_NEW)
        for why in await read_whole(connection, statement, AS_PLANNED)
    ]
    assert not found, "\n".join(found)


@pytest.mark.database
@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_growing_tables_are_analysed_when_they_are_large(
    connect: Connect, service: str
) -> None:
    """Statistics of a growing table are collected from 10,000 rows on."""
    connection = await connect(service)
    wanted = [f"autovacuum_analyze_threshold={LARGE_ROWS}", "vacuum_truncate=off"]
    rows = await connection.fetch(
        """
        SELECT relname FROM pg_class
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
           AND NOT coalesce(reloptions, '{}') @> $1::text[]
        """,
        wanted,
    )
    missing = {row["relname"] for row in rows} - SMALL - FEW_STATEMENTS
    assert not missing, f"{missing}: give it the parameters of decision 15, or name it in SMALL"


@pytest.mark.database
@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT citizen_id FROM citizens WHERE language = $1", ["citizens"]),
        ("DELETE FROM sessions WHERE rotated_at < $1", ["sessions"]),
        ("SELECT language FROM citizens WHERE citizen_id = $1", []),
        ("SELECT kid FROM signing_keys", []),
        ("SET LOCAL lock_timeout = '1s'", []),
    ],
)
async def test_a_sequential_scan_is_found(connect: Connect, sql: str, tables: list[str]) -> None:
    """A search by a column without an index is found; one by the key is not."""
    statement = Statement("services/identity/citizens/queries.py", 1, sql, None)
    found = await read_whole(await connect(ANY_SERVICE), statement)
    assert [why.rsplit(" ", 1)[1] for why in found] == tables
