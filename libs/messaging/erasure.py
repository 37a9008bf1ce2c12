"""Deletes the stored records of an erased citizen: dead letters, and events not yet published.

A record is the citizen's if its key is one of the citizen's ids, or its value names one. Marks of
the inbox have ids of events only. What Kafka has expires there by itself.
"""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record

from libs.contracts.topics import purpose_in_database
from libs.database.transaction import Transaction
from libs.encryption import Forged, UnknownDataKey
from libs.sealed_records import open_record

_STORED: Final = {
    "dead_letters": "dead_letter_id",
    "outbox": "outbox_id",
    "outbox_blocked": "outbox_id",
}
_ROWS_AT_ONCE: Final = 1_000


async def delete_records(
    tx: Transaction, ids: Collection[UUID], job_keys: Collection[UUID] = ()
) -> dict[str, int]:
    """Delete stored records; return how many, by what they were.

    Add events about the erasure afterwards, since they name the citizen too. A value that cannot be
    decrypted any more is left: nobody can read it.

    Args:
        tx: the transaction of the erasure.
        ids: of the citizen, and of everything that only this citizen has.
        job_keys: keys of the citizen's jobs, whose dead letters are deleted.
    """
    letters = await tx.execute(
        "DELETE FROM dead_letters WHERE job_key = ANY($1)", list(map(str, job_keys))
    )
    marks = [str(each).encode() for each in ids]
    deleted = {table: await _delete_from(tx, table, marks) for table in _STORED}
    return {
        "dead_letters": letters + deleted["dead_letters"],
        "unpublished": deleted["outbox"] + deleted["outbox_blocked"],
    }


async def _delete_from(tx: Transaction, table: str, marks: Sequence[bytes]) -> int:
    """Delete records from a table, which is read to its end: its values are encrypted."""
    deleted, last_id, column = 0, 0, _STORED[table]
    while True:
        rows = await tx.fetch(
            f"""
            SELECT {column} AS id, topic, record_key, record_value, headers
              FROM {table}
             WHERE {column} > $1 AND topic IS NOT NULL
             ORDER BY {column}
             LIMIT {_ROWS_AT_ONCE}
            """,  # noqa: S608 -- names of the code
            last_id,
        )
        if not rows:
            return deleted
        last_id = rows[-1]["id"]
        found = [row["id"] for row in rows if _names_one(tx, row, marks)]
        if found:
            deleted += await tx.execute(
                f"DELETE FROM {table} WHERE {column} = ANY($1)",  # noqa: S608 -- as above
                found,
            )


def _names_one(tx: Transaction, row: Record, marks: Sequence[bytes]) -> bool:
    topic, key, value = row["topic"], row["record_key"] or b"", row["record_value"] or b""
    if key in marks:
        return True
    if purpose_in_database(topic) is not None:
        try:
            value = open_record(tx, topic, row["record_key"], value, row["headers"]) or b""
        except (Forged, UnknownDataKey):
            return False
    return any(mark in value for mark in marks)
