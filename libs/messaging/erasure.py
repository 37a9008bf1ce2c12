"""Deletes the stored records of an erased citizen: dead letters, and events not yet published.

A record is the citizen's if its key is one of the citizen's ids, or its value names one. Marks of
the inbox have ids of events only. What Kafka has expires there by itself.
"""

from collections.abc import Collection
from uuid import UUID

from libs.database.transaction import Transaction


async def delete_records(
    tx: Transaction, ids: Collection[UUID], job_keys: Collection[UUID] = ()
) -> dict[str, int]:
    """Delete stored records; return how many, by what they were.

    Add events about the erasure afterwards, since they name the citizen too.

    Args:
        tx: the transaction of the erasure.
        ids: of the citizen, and of everything that only this citizen has.
        job_keys: keys of the citizen's jobs, whose dead letters are deleted.
    """
    row = await tx.fetchrow(
        """
        WITH marks AS (
            SELECT convert_to(id::text, 'UTF8') AS mark FROM unnest($1::uuid[]) AS id
        ), letters AS (
            DELETE FROM dead_letters
             WHERE job_key = ANY($2::text[])
                OR EXISTS (SELECT
                             FROM marks
                            WHERE record_key = mark OR position(mark IN record_value) > 0)
            RETURNING 1
        ), waiting AS (
            DELETE FROM outbox
             WHERE EXISTS (SELECT
                             FROM marks
                            WHERE record_key = mark OR position(mark IN record_value) > 0)
            RETURNING 1
        ), blocked AS (
            DELETE FROM outbox_blocked
             WHERE EXISTS (SELECT
                             FROM marks
                            WHERE record_key = mark OR position(mark IN record_value) > 0)
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM letters) AS dead_letters,
               (SELECT count(*) FROM waiting) + (SELECT count(*) FROM blocked) AS unpublished
        """,
        list(ids),
        [str(job_key) for job_key in job_keys],
    )
    return dict(row) if row else {}
