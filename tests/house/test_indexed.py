"""No statement reads a growing table from end to end.

Why: with a thousand rows it costs nothing and every test is quick; with the ten million of a whole
country each look for due rows reads all of them, every second, and the service that was fast on
the day of the pilot stands still on the day it matters. Here PostgreSQL is told to read a table
from end to end only where it has no other way; where it then still does, there is no index.
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
    "announced_versions", "areas", "bodies", "catalogue_version", "overrides", "postcodes",
    "public_services", "signing_keys",
}  # fmt: skip
# Statements that may do it on others, and why.
SELDOM = {
    ("libs/dead_letters/queries.py", "dead_letters"): "now and then, over the few that failed",
}


async def read_whole(connection: Connection, statement: Statement) -> list[str]:
    """Growing tables that a statement can only read from end to end."""
    if statement.sql.lstrip().startswith(("SET ", "VACUUM ")):
        return []
    wanted = len((await connection.prepare(statement.sql)).get_parameters())
    values = f"({', '.join(['NULL'] * wanted)})" if wanted else ""
    await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
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
    """Whatever grows with the number of citizens is reached by an index."""
    connection = await connect(service)
    found = [why for each in statements_on(service) for why in await read_whole(connection, each)]
    assert not found, "\n".join(found)


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
async def test_a_table_read_from_end_to_end_is_found(
    connect: Connect, sql: str, tables: list[str]
) -> None:
    """A look for rows by a column without an index is found; one by the key is not."""
    statement = Statement("services/identity/store.py", 1, sql, None)
    found = await read_whole(await connect(ANY_SERVICE), statement)
    assert [why.rsplit(" ", 1)[1] for why in found] == tables
