"""Deletes the stored records of an erased citizen: dead letters, and events not yet published.

A record is the citizen's if its key is one of the citizen's ids, or its value names one. Marks of
the inbox have ids of events only. Records in Kafka expire by themselves.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record

from libs.contracts.topics import purpose_in_database
from libs.database.transaction import Transaction
from libs.encryption import Unopened
from libs.sealed_records import open_record

_ROWS_AT_ONCE: Final = 1_000


async def delete_records(
    tx: Transaction,
    ids: Collection[UUID],
    job_keys: Collection[UUID] = (),
    *,
    dead_letters_of: Collection[UUID] = (),
    numbers: Collection[str] = (),
) -> dict[str, int]:
    """Delete stored records of a citizen; return how many, by table.

    Add events about the erasure afterwards, since they name the citizen too. A value that cannot be
    decrypted any more is left: nobody can read it.

    Args:
        tx: the transaction of the erasure.
        ids: of the citizen, and of everything that only this citizen has.
        job_keys: keys of the citizen's jobs, whose dead letters are deleted.
        dead_letters_of: further ids by which dead letters are found, but no events: those that the
            erasure itself adds name them, and a repeat must not delete these.
        numbers: of the citizen's phones. Dead letters about others have them where she consented.
    """
    dead_letters = await tx.execute(
        "DELETE FROM dead_letters WHERE job_key = ANY($1)", list(map(str, job_keys))
    )
    unpublished = 0
    marks = [str(citizen_id).encode() for citizen_id in ids]
    found_in_dead_letters = [*map(str, dead_letters_of), *numbers]
    dead_letter_marks = [*marks, *(mark.encode() for mark in found_in_dead_letters)]
    last_ids = {"dead_letters": 0, "outbox": 0, "outbox_blocked": 0}
    while rows := await _read_after(tx, last_ids):
        found: dict[str, list[int]] = {table: [] for table in last_ids}
        for row in rows:
            last_ids[row["stored_in"]] = row["id"]
            is_dead_letter = row["stored_in"] == "dead_letters"
            if _names_citizen(tx, row, dead_letter_marks if is_dead_letter else marks):
                found[row["stored_in"]].append(row["id"])
        dead_letters += await tx.execute(
            "DELETE FROM dead_letters WHERE dead_letter_id = ANY($1)", found["dead_letters"]
        )
        unpublished += await tx.execute(
            "DELETE FROM outbox WHERE outbox_id = ANY($1)", found["outbox"]
        )
        unpublished += await tx.execute(
            "DELETE FROM outbox_blocked WHERE outbox_id = ANY($1)", found["outbox_blocked"]
        )
    return {"dead_letters": dead_letters, "unpublished": unpublished}


async def _read_after(tx: Transaction, last_ids: Mapping[str, int]) -> Sequence[Record]:
    """Read the next records of each table; values are encrypted, so that all are looked at."""
    return await tx.fetch(
        """
        (SELECT 'dead_letters' AS stored_in, dead_letter_id AS id, topic, record_key, record_value,
                headers
           FROM dead_letters
          WHERE dead_letter_id > $1 AND topic IS NOT NULL
          ORDER BY dead_letter_id
          LIMIT $4)
         UNION ALL
        (SELECT 'outbox', outbox_id, topic, record_key, record_value, headers
           FROM outbox
          WHERE outbox_id > $2
          ORDER BY outbox_id
          LIMIT $4)
         UNION ALL
        (SELECT 'outbox_blocked', outbox_id, topic, record_key, record_value, headers
           FROM outbox_blocked
          WHERE outbox_id > $3
          ORDER BY outbox_id
          LIMIT $4)
        """,
        last_ids["dead_letters"],
        last_ids["outbox"],
        last_ids["outbox_blocked"],
        _ROWS_AT_ONCE,
    )


def _names_citizen(tx: Transaction, row: Record, marks: Sequence[bytes]) -> bool:
    topic, key, value = row["topic"], row["record_key"] or b"", row["record_value"] or b""
    if key in marks:
        return True
    if purpose_in_database(topic) is not None:
        try:
            value = open_record(tx, topic, row["record_key"], value, row["headers"]) or b""
        except Unopened:
            return False
    return any(mark in value for mark in marks)
