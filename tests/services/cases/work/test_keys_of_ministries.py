"""What a ministry's officers read is encrypted with a key of this ministry."""

from uuid import UUID

import pytest

from libs.database.data_keys import read_keys
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.encryption import EncryptedColumn, Forged
from operations.encrypt_again import encrypt_again
from operations.reencrypt import encrypted_columns
from services.cases.officers.rules import Officer
from services.cases.work import queries
from services.registry import entry_of
from tests.services.cases.scenes import MEMBER, Desk, acted, looked, submitted

COLUMNS = encrypted_columns(entry_of("cases").package)
MARKS = "SELECT left(state, 3) FROM cases UNION SELECT left(form, 3) FROM case_content"
ELSEWHERE = Officer(UUID(int=9), "minland", "union-U2393", frozenset({"secretary"}))


async def test_a_query_that_finds_another_ministrys_case_reads_nothing_of_it(
    database: Database,
) -> None:
    """Whoever reads for an officer has the key of the officer's ministry."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    file = await desk.file(first)
    async with database.transaction() as tx:
        for column in COLUMNS[:3]:
            every = f"SELECT * FROM {column.table}"  # noqa: S608
            for row in await tx.fetch(every):
                place = column.place, row[column.key[-1]], row[column.name]
                tx.cipher.open(*place, owner=file.ministry)
                with pytest.raises(Forged):
                    tx.cipher.open(*place, owner=ELSEWHERE.ministry)
        found = await queries.find_case(tx, first.event_id, file.ministry)
        assert found is not None
        assert await queries.find_case(tx, first.event_id, ELSEWHERE.ministry) is None


async def test_cases_from_before_are_read_and_get_their_ministrys_key(database: Database) -> None:
    """By `re-encrypt`; officers go on meanwhile and afterwards."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    async with database.transaction() as tx:
        for column in COLUMNS:
            await make_as_before(tx, column)
        newest = max(await read_keys(tx), key=lambda key: (key.purpose == "rows", key.starts_at))
    assert await desk.rows(MARKS) == [("s1:",)]
    assert (await looked(desk, MEMBER, first.event_id)).form == first.form
    counts = await encrypt_again(database, COLUMNS, newest)
    assert (counts["cases.state"], counts["case_content.form"]) == (1, 1)
    assert await desk.rows(MARKS) == [("o1:",)]
    await acted(desk, MEMBER, first.event_id, "confirm")
    assert (await desk.file(first)).state.step == "prepare"


async def make_as_before(tx: Transaction, column: EncryptedColumn) -> None:
    """Encrypt a column as the release did that knew no keys of ministries."""
    every = f"SELECT * FROM {column.table} WHERE {column.name} IS NOT NULL"  # noqa: S608
    for row in await tx.fetch(every):
        row_id = row[column.key[-1]]
        text = tx.cipher.open(column.place, row_id, row[column.name], owner="lgd")
        await tx.execute(
            f"UPDATE {column.table} SET {column.name} = $2"  # noqa: S608
            f" WHERE {column.key[-1]} = $1",
            row_id,
            tx.cipher.seal(column.place, row_id, text),
        )
