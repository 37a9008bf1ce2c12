"""SQL of data keys: read, made, put back after a crash of PostgreSQL, deleted, encrypted anew."""

from collections.abc import Sequence
from typing import Final

from libs.database.transaction import Transaction
from libs.encryption import Cipher, DataKey

_LOCK = 7_262_403  # advisory lock for making data keys
BY_SERVICE: Final = "service"


async def refresh(tx: Transaction, cipher: Cipher) -> list[DataKey]:
    """Store the data keys that are needed now or soon, and delete those that have ended.

    Returns:
        All data keys of the database, for `Cipher.take` after the commit.

    Raises:
        MissingKey: a master key is missing; nothing is stored.
    """
    stored = await read_keys(tx)
    if cipher.to_store(stored):
        await lock_keys(tx)  # one replica makes them
        stored = await read_keys(tx)
        cipher.check(stored)
        new = cipher.to_store(stored)
        await insert_keys(tx, new, made_by=BY_SERVICE)
        stored += new
    ended = cipher.ended(stored)
    if ended:
        await _delete_hour_keys(tx, ended)
    return [key for key in stored if key not in ended]


async def read_keys(tx: Transaction) -> list[DataKey]:
    """Read all data keys."""
    rows = await tx.fetch(
        """
        SELECT data_key_id, purpose, master_key_id, wrapped_key, starts_at FROM data_keys
         UNION ALL
        SELECT data_key_id, 'hour', master_key_id, wrapped_key, starts_at FROM hour_keys
        """
    )
    return [DataKey(*row.values()) for row in rows]


async def lock_keys(tx: Transaction) -> None:
    """Lock the data keys until the transaction ends: nobody else makes or changes one."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def insert_keys(tx: Transaction, keys: Sequence[DataKey], *, made_by: str) -> None:
    """Insert data keys; known ones stay as they are."""
    hours = [key for key in keys if key.purpose == "hour"]
    others = [key for key in keys if key.purpose != "hour"]
    await tx.execute(
        """
        INSERT INTO data_keys (data_key_id, purpose, master_key_id, wrapped_key, starts_at, made_by)
        SELECT *, $6::text FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[],
                                 $5::timestamptz[])
            ON CONFLICT (data_key_id) DO NOTHING
        """,
        [key.data_key_id for key in others],
        [key.purpose for key in others],
        [key.master_key_id for key in others],
        [key.wrapped_key for key in others],
        [key.starts_at for key in others],
        made_by,
    )
    await tx.execute(
        """
        INSERT INTO hour_keys (data_key_id, master_key_id, wrapped_key, starts_at)
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::timestamptz[])
            ON CONFLICT (data_key_id) DO NOTHING
        """,
        [key.data_key_id for key in hours],
        [key.master_key_id for key in hours],
        [key.wrapped_key for key in hours],
        [key.starts_at for key in hours],
    )


async def save_wrapped(tx: Transaction, keys: Sequence[DataKey]) -> None:
    """Store data keys that were encrypted with another master key."""
    await tx.execute(
        """
        WITH new AS (
            SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[])
                AS new (data_key_id, master_key_id, wrapped_key)
        ), hours AS (
            UPDATE hour_keys
               SET master_key_id = new.master_key_id, wrapped_key = new.wrapped_key
              FROM new
             WHERE hour_keys.data_key_id = new.data_key_id
        )
        UPDATE data_keys
           SET master_key_id = new.master_key_id, wrapped_key = new.wrapped_key
          FROM new
         WHERE data_keys.data_key_id = new.data_key_id
        """,
        [key.data_key_id for key in keys],
        [key.master_key_id for key in keys],
        [key.wrapped_key for key in keys],
    )


async def _delete_hour_keys(tx: Transaction, keys: Sequence[DataKey]) -> None:
    await tx.execute(
        "DELETE FROM hour_keys WHERE data_key_id = ANY($1)", [key.data_key_id for key in keys]
    )
