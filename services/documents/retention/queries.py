"""SQL for the applications that need papers, and for the deletion of papers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from libs.database.transaction import Transaction
from services.documents.retention.rules import Use

_SWEEP: Final = 7_262_422  # advisory lock of the replica that lists the objects


async def lock_sweep(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    """Lock the listing of the store until the connection ends; return whether it was free."""
    is_locked: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", _SWEEP)
    return is_locked


async def insert_uses(tx: Transaction, uses: Sequence[Use]) -> None:
    """Note that applications need papers of their citizens; a paper that is gone is left out.

    Of an application that was moved, its ministry now may fetch it, and the former one no more. If
    several uses are of one paper and one application, the last one counts.
    """
    await tx.execute(
        """
        INSERT INTO document_uses (document_id, application_id, tracking_number, ministry)
        SELECT DISTINCT ON (document_id, used.application_id)
               document_id, used.application_id, used.tracking_number, used.ministry
          FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
               WITH ORDINALITY
               AS used (document_id, application_id, citizen_id, tracking_number, ministry, place)
          JOIN documents USING (document_id, citizen_id)
         ORDER BY document_id, used.application_id, used.place DESC
            ON CONFLICT (document_id, application_id) DO UPDATE
           SET ministry = excluded.ministry
         WHERE document_uses.ministry <> excluded.ministry
        """,
        [use.document_id for use in uses],
        [use.application_id for use in uses],
        [use.citizen_id for use in uses],
        [use.tracking_number for use in uses],
        [use.ministry for use in uses],
    )


async def end_uses(tx: Transaction, ends: Mapping[UUID, datetime], kept: timedelta) -> None:
    """Note that applications have ended; their papers are kept for some time after that.

    One that its citizen has deleted meanwhile keeps its earlier end.
    """
    await tx.execute(
        """
        WITH ended AS (
            UPDATE document_uses AS use
               SET ended_at = ended.at
              FROM unnest($1::uuid[], $2::timestamptz[]) AS ended (application_id, at)
             WHERE use.application_id = ended.application_id AND use.ended_at IS NULL
            RETURNING use.document_id, use.ended_at
        )
        UPDATE documents
           SET kept_until = greatest(kept_until, last.at + $3::interval)
          FROM (SELECT document_id, max(ended_at) AS at FROM ended GROUP BY document_id) AS last
         WHERE documents.document_id = last.document_id AND deleted_at IS NULL
        """,
        list(ends),
        list(ends.values()),
        kept,
    )


async def delete_ended(tx: Transaction, at: datetime, *, limit: int, again: timedelta) -> int:
    """Delete papers whose time is over; return how many were looked at.

    One that an open application needs is looked at again after a time, so that the next call does
    not read it. One that its citizen has deleted, and that is needed, is read by each call: it goes
    as soon as the application ends.
    """
    looked_at: int = await tx.fetchval(
        """
        WITH ending AS (
            SELECT document_id, open_uses.many > 0 AS is_needed
              FROM documents
             CROSS JOIN LATERAL (
                    SELECT count(*) AS many
                      FROM document_uses AS use
                     WHERE use.document_id = documents.document_id AND use.ended_at IS NULL
                   ) AS open_uses
             WHERE kept_until <= $1
               AND (deleted_at IS NULL OR open_uses.many = 0)
             ORDER BY kept_until
             LIMIT $2
               FOR UPDATE OF documents SKIP LOCKED
        ), put_off AS (
            UPDATE documents
               SET kept_until = $1 + $3::interval
              FROM ending
             WHERE documents.document_id = ending.document_id AND is_needed
        ), gone AS (
            DELETE FROM documents
             USING ending
             WHERE documents.document_id = ending.document_id AND NOT is_needed
        )
        SELECT count(*) FROM ending
        """,
        at,
        limit,
        again,
    )
    return looked_at


async def delete_of_citizen(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Delete all papers of a citizen, with their keys; return their ids."""
    rows = await tx.fetch(
        "DELETE FROM documents WHERE citizen_id = $1 RETURNING document_id", citizen_id
    )
    return [row["document_id"] for row in rows]
