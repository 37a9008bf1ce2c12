"""Encrypts the personal data of a database with a new data key, while the service runs.

Rows are read in the order of their keys, in batches of one short transaction. A value that changes
meanwhile is left alone: it is encrypted with the new key already. Rows that go by
themselves (the outbox, dead letters, answers to repeated requests) are left out. Their data keys
stay, and are encrypted with the first master key as all others, so that old master keys can go.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from libs.database import data_keys
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.encryption import Cipher, DataKey, EncryptedColumn

_ROWS_AT_ONCE: Final = 500


async def begin(database: Database, *, by: str) -> DataKey:
    """Store a new data key; it encrypts rows as soon as every replica has read it.

    Args:
        database: the service's own.
        by: the name of the operator, kept with the key.

    Raises:
        MissingKey: a master key is missing.
        Unavailable: the database does not answer.
    """
    async with database.transaction() as tx:
        await data_keys.lock_keys(tx)
        key = tx.cipher.next_rows_key()
        await data_keys.insert_keys(tx, [key], made_by=by)
    await database.refresh_keys()
    return key


async def encrypt_again(
    database: Database, columns: Sequence[EncryptedColumn], key: DataKey
) -> dict[str, int]:
    """Encrypt rows again that have an older data key; return how many, by column.

    What cannot be decrypted stays as it is; `Database.take_unopened` has its number.

    Args:
        database: the service's own.
        columns: all its encrypted columns.
        key: the new data key, in use.
    """
    counts = {}
    for column in columns:
        name, after = column.place, [UUID(int=0)] * len(column.key)
        counts[name] = 0
        while after:
            async with database.transaction() as tx:
                rows = await _read(tx, column, after)
                old = [row for row in rows if not _is_as_new(tx.cipher, column, row, key)]
                counts[name] += await _update(tx, column, old)
            after = [rows[-1][name] for name in column.key] if rows else []
    return counts


async def finish(database: Database) -> None:
    """Encrypt all data keys with the first master key; no other is needed from now on."""
    async with database.transaction() as tx:
        await data_keys.lock_keys(tx)
        stored = await data_keys.read_keys(tx)
        masters = tx.cipher.master_keys
        old = [key for key in stored if key.master_key_id != masters.first]
        await data_keys.save_wrapped(tx, [masters.rewrap(key) for key in old])


def _is_as_new(cipher: Cipher, column: EncryptedColumn, row: Any, key: DataKey) -> bool:
    return cipher.is_as_new(row[column.name], key, is_owned=bool(column.owner))


async def _read(tx: Transaction, column: EncryptedColumn, after: Sequence[UUID]) -> list[Any]:
    keys = ", ".join(column.key)
    starts = ", ".join(f"${place}::uuid" for place in range(1, len(after) + 1))
    owner = "NULL"
    if column.owner:
        table, _, name = column.owner.partition(".")
        same = f"owner.{column.key[0]} = {column.table}.{column.key[0]}"
        owner = f"(SELECT owner.{name} FROM {table} AS owner WHERE {same})"  # noqa: S608
    return await tx.fetch(
        f"""
        SELECT {keys}, {column.name}, {owner} AS owner_of_it
          FROM {column.table}
         WHERE ({keys}) > ({starts}) AND {column.name} IS NOT NULL
         ORDER BY {keys}
         LIMIT {_ROWS_AT_ONCE}
        """,  # noqa: S608 -- names of the code
        *after,
    )


async def _update(tx: Transaction, column: EncryptedColumn, rows: Sequence[Any]) -> int:
    """Encrypt values that are still as they were read; return how many."""
    name, table = column.name, column.table
    opened = [(row, _text(tx.cipher, column, row)) for row in rows]
    rows = [row for row, text in opened if text is not None]
    texts = [text for _, text in opened if text is not None]
    if not rows:
        return 0
    given = {name: ("uuid", [row[name] for row in rows]) for name in column.key}
    given["was"] = ("text", [row[name] for row in rows])
    given["sealed"] = (
        "text",
        [_sealed(tx.cipher, column, *pair) for pair in zip(rows, texts, strict=True)],
    )
    changes = f"{name} = new.sealed"
    if column.index:
        given["index"] = ("bytea", [tx.cipher.index(text) for text in texts])
        changes += f", {column.index} = new.index"
    arrays = ", ".join(f"${place}::{kind}[]" for place, (kind, _) in enumerate(given.values(), 1))
    same = " AND ".join(f"{table}.{name} = new.{name}" for name in column.key)
    return await tx.execute(
        f"""
        UPDATE {table}
           SET {changes}
          FROM unnest({arrays}) AS new ({", ".join(given)})
         WHERE {same} AND {table}.{name} = new.was
        """,  # noqa: S608 -- names of the code
        *(values for _, values in given.values()),
    )


def _text(cipher: Cipher, column: EncryptedColumn, row: Any) -> str | None:
    row_id, owner = row[column.key[-1]], row["owner_of_it"]
    return cipher.try_open(column.place, row_id, row[column.name], owner=owner)[0]


def _sealed(cipher: Cipher, column: EncryptedColumn, row: Any, text: str) -> str:
    return cipher.seal(column.place, row[column.key[-1]], text, owner=row["owner_of_it"])
