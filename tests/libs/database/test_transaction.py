import pytest

from libs.database.transaction import Transaction


async def test_rows_values_and_counts_come_back(tx: Transaction) -> None:
    """One statement each: rows, a row or none, a value or none, how many rows were touched."""
    assert [row["n"] for row in await tx.fetch("SELECT n FROM generate_series(1, 3) AS n")] == [
        1,
        2,
        3,
    ]
    assert await tx.fetchrow("SELECT 1 WHERE false") is None
    assert await tx.fetchval("SELECT $1::text", "x") == "x"
    assert await tx.fetchval("SELECT 1 WHERE false") is None


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("INSERT INTO inbox (event_key) SELECT gen_random_uuid() FROM generate_series(1, 4)", 4),
        ("UPDATE inbox SET handled_at = now()", 0),
        ("SET LOCAL synchronous_commit = off", 0),
    ],
)
async def test_execute_says_how_many_rows_it_touched(tx: Transaction, sql: str, count: int) -> None:
    """A command that touches no rows counts none."""
    assert await tx.execute(sql) == count
