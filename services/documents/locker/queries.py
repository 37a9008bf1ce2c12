"""SQL of papers, of the applications that need them, and of who has fetched them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from libs.contracts.documents import Damage, DocumentFetches
from libs.database.transaction import Transaction
from services.documents.locker.encrypted import CONTENT_KEY, NAME
from services.documents.locker.rules import Document, Helper, Use, Way
from services.documents.storage.cipher import new_key

_QUOTAS: Final = 7_262_421  # advisory locks of persons whose papers are counted
_HELPER: Final = ("mandate_id", "uploaded_by", "service_centre_id", "public_service_id")


async def lock_quotas(tx: Transaction, person_id: UUID) -> None:
    """Lock the counts of a person until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock($1::int, hashtext($2))", _QUOTAS, str(person_id))


async def count_documents(tx: Transaction, citizen_id: UUID, mandate_id: UUID | None) -> int:
    """Count a citizen's papers, or those that were uploaded with one mandate.

    What was deleted, and is kept for a receipt or an application, is counted.
    """
    count: int = await tx.fetchval(
        """
        SELECT count(*)
          FROM documents
         WHERE citizen_id = $1 AND (mandate_id = $2 OR $2 IS NULL)
        """,
        citizen_id,
        mandate_id,
    )
    return count


async def insert_document(tx: Transaction, document: Document) -> bool:
    """Insert a paper; return false if the locker has the same file as the same kind."""
    count = await tx.execute(
        """
        INSERT INTO documents (
               document_id, citizen_id, object_id, content_key, kind, name, media_type, size_bytes,
               pages, sha256, source_sha256, state, uploaded_at, valid_until, kept_until,
               mandate_id, uploaded_by, service_centre_id, public_service_id, issued_number,
               held_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19, $20, $21)
            ON CONFLICT DO NOTHING
        """,
        document.document_id,
        document.citizen_id,
        document.object_id,
        tx.cipher.seal(CONTENT_KEY, document.document_id, document.content_key.hex()),
        document.kind,
        tx.cipher.seal(NAME, document.document_id, document.name),
        document.media_type,
        document.size_bytes,
        document.pages,
        document.sha256,
        document.source_sha256,
        document.state,
        document.uploaded_at,
        document.valid_until,
        document.kept_until,
        document.mandate_id,
        document.helper and document.helper.uddokta_id,
        document.helper and document.helper.service_centre_id,
        document.helper and document.helper.public_service_id,
        document.issued_number,
        document.held_at,
    )
    return count == 1


async def find_same(
    tx: Transaction, citizen_id: UUID, kind: str, source_sha256: str, mandate_id: UUID | None
) -> UUID | None:
    """Return the id of the paper in a locker that was made of the same files, and lock it.

    Only papers of the same mandate count, so that nobody learns what else is in the locker.
    """
    found: UUID | None = await tx.fetchval(
        """
        SELECT document_id
          FROM documents
         WHERE citizen_id = $1 AND kind = $2 AND source_sha256 = $3 AND deleted_at IS NULL
           AND damage IS NULL
           AND mandate_id IS NOT DISTINCT FROM $4
           FOR NO KEY UPDATE
        """,
        citizen_id,
        kind,
        source_sha256,
        mandate_id,
    )
    return found


async def find_document(tx: Transaction, document_id: UUID) -> Document | None:
    """Read a paper, also one that its citizen deleted."""
    rows = await tx.fetch(
        """
        SELECT document_id, citizen_id, object_id, content_key, kind, name, media_type, size_bytes,
               pages, sha256, source_sha256, state, uploaded_at, valid_until, kept_until,
               deleted_at, damage, mandate_id, uploaded_by, service_centre_id, public_service_id,
               issued_number, held_at,
               ARRAY (SELECT tracking_number
                        FROM document_uses AS use
                       WHERE use.document_id = documents.document_id AND ended_at IS NULL
                       ORDER BY tracking_number) AS needed_by
          FROM documents
         WHERE document_id = $1
        """,
        document_id,
    )
    return _document(tx, rows[0]) if rows else None


async def lock_document(tx: Transaction, document_id: UUID) -> None:
    """Lock a paper, if there is one, until the transaction ends; wait for a running deletion."""
    await tx.execute("SELECT FROM documents WHERE document_id = $1 FOR NO KEY UPDATE", document_id)


async def list_documents(tx: Transaction, citizen_id: UUID) -> list[Document]:
    """Read the papers in a locker, the newest first."""
    rows = await tx.fetch(
        """
        SELECT document_id, citizen_id, object_id, content_key, kind, name, media_type, size_bytes,
               pages, sha256, source_sha256, state, uploaded_at, valid_until, kept_until,
               deleted_at, damage, mandate_id, uploaded_by, service_centre_id, public_service_id,
               issued_number, held_at,
               ARRAY (SELECT tracking_number
                        FROM document_uses AS use
                       WHERE use.document_id = documents.document_id AND ended_at IS NULL
                       ORDER BY tracking_number) AS needed_by
          FROM documents
         WHERE citizen_id = $1 AND deleted_at IS NULL
         ORDER BY document_id DESC
        """,
        citizen_id,
    )
    return [_document(tx, row) for row in rows]


async def find_fetches(
    tx: Transaction, document_ids: Collection[UUID]
) -> Mapping[UUID, list[DocumentFetches]]:
    """Read how often ministries fetched papers, by paper."""
    rows = await tx.fetch(
        """
        SELECT document_id, ministry, sum(times)::bigint AS times, min(first_at) AS first_at,
               max(last_at) AS last_at
          FROM document_views
         WHERE document_id = ANY($1::uuid[])
         GROUP BY document_id, ministry
         ORDER BY document_id, ministry
        """,
        list(document_ids),
    )
    found: defaultdict[UUID, list[DocumentFetches]] = defaultdict(list)
    for row in rows:
        values = dict(row)
        found[values.pop("document_id")].append(DocumentFetches(**values))
    return found


async def keep_until(tx: Transaction, document_id: UUID, at: datetime) -> None:
    """Keep a paper at least until a time."""
    await tx.execute(
        "UPDATE documents SET kept_until = $2 WHERE document_id = $1 AND kept_until < $2",
        document_id,
        at,
    )


async def save_held(tx: Transaction, document_id: UUID, at: datetime) -> None:
    """Note when an issued paper was valid; an earlier time changes nothing."""
    await tx.execute(
        "UPDATE documents SET held_at = greatest(held_at, $2) WHERE document_id = $1",
        document_id,
        at,
    )


async def mark_deleted(tx: Transaction, document_id: UUID, at: datetime, until: datetime) -> None:
    """Take a paper out of its locker; it is kept no longer than `until`, or for an application."""
    await tx.execute(
        """
        UPDATE documents
           SET deleted_at = $2, kept_until = $3
         WHERE document_id = $1 AND deleted_at IS NULL
        """,
        document_id,
        at,
        until,
    )


async def take_not_scanned(tx: Transaction, *, limit: int, again: timedelta) -> list[UUID]:
    """Take papers that no scanner has seen and that are due; each is due again after a time."""
    rows = await tx.fetch(
        """
        UPDATE documents
           SET scan_at = now() + $2::interval
         WHERE document_id IN (
               SELECT document_id
                 FROM documents
                WHERE state = 'not_scanned' AND scan_at <= now()
                ORDER BY scan_at
                LIMIT $1
                  FOR UPDATE SKIP LOCKED)
        RETURNING document_id
        """,
        limit,
        again,
    )
    return sorted(row["document_id"] for row in rows)


async def make_due(tx: Transaction, document_ids: Collection[UUID]) -> None:
    """Let papers be scanned again, behind those that are due."""
    await tx.execute(
        "UPDATE documents SET scan_at = clock_timestamp() WHERE document_id = ANY($1)",
        document_ids,
    )


async def save_state(tx: Transaction, document_id: UUID, state: str) -> None:
    """Save a scanner's verdict on content that can be read.

    A paper that was given again meanwhile, because it could not be, stays damaged.
    """
    await tx.execute(
        """
        UPDATE documents
           SET state = $2,
               damage = CASE
                   WHEN damage IS NOT NULL AND EXISTS (
                       SELECT
                         FROM documents AS same
                        WHERE same.citizen_id = documents.citizen_id AND same.kind = documents.kind
                          AND same.source_sha256 = documents.source_sha256
                          AND same.mandate_id IS NOT DISTINCT FROM documents.mandate_id
                          AND same.deleted_at IS NULL AND same.damage IS NULL)
                   THEN damage END
         WHERE document_id = $1
        """,
        document_id,
        state,
    )


async def save_damage(tx: Transaction, document_id: UUID, damage: Damage) -> None:
    """Save why the content of a paper cannot be read.

    No scanner has seen what is there now, so it is tried until it can be read again.
    """
    await tx.execute(
        """
        UPDATE documents
           SET damage = $2, state = CASE state WHEN 'infected' THEN state ELSE 'not_scanned' END
         WHERE document_id = $1
        """,
        document_id,
        damage,
    )


async def find_oldest_to_scan(tx: Transaction) -> datetime | None:
    """Return when the oldest paper came that no scanner has seen and that can be read."""
    at: datetime | None = await tx.fetchval(
        """
        SELECT uploaded_at
          FROM documents
         WHERE state = 'not_scanned' AND damage IS NULL
         ORDER BY document_id
         LIMIT 1
        """
    )
    return at


async def count_damaged(tx: Transaction, *, limit: int) -> int:
    """Count the papers whose content cannot be read, up to a limit."""
    count: int = await tx.fetchval(
        """
        SELECT count(*)
          FROM (SELECT
                  FROM documents
                 WHERE damage IS NOT NULL
                 ORDER BY document_id
                 LIMIT $1) AS damaged
        """,
        limit,
    )
    return count


async def missing_owners(tx: Transaction, object_ids: Collection[UUID]) -> set[UUID]:
    """Return the object ids that are no paper's."""
    rows = await tx.fetch(
        """
        SELECT owner.id
          FROM unnest($1::uuid[]) AS owner (id)
         WHERE NOT EXISTS (SELECT FROM documents WHERE object_id = owner.id)
        """,
        object_ids,
    )
    return {row["id"] for row in rows}


def _document(tx: Transaction, row: Record) -> Document:
    document_id, fields = row["document_id"], dict(row)
    helper = Helper(*(fields.pop(name) for name in _HELPER))
    fields["helper"] = helper if helper.mandate_id else None
    fields["name"] = tx.cipher.try_open(NAME, document_id, row["name"])[0]
    content_key = tx.cipher.try_open(CONTENT_KEY, document_id, row["content_key"])[0]
    if content_key is None:
        return Document(**{**fields, "content_key": new_key(), "damage": "unreadable"})
    return Document(**{**fields, "content_key": bytes.fromhex(content_key)})


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


async def reopen_uses(tx: Transaction, application_ids: Collection[UUID]) -> None:
    """Note that applications need their papers again; one that is gone does not come back."""
    await tx.execute(
        """
        UPDATE document_uses
           SET ended_at = NULL
         WHERE application_id = ANY($1::uuid[]) AND ended_at IS NOT NULL
        """,
        list(application_ids),
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


async def is_used_by(
    tx: Transaction, document_id: UUID, application_id: UUID, ministry: str
) -> bool:
    """Whether an application that went to a ministry has a paper."""
    found: bool = await tx.fetchval(
        """
        SELECT EXISTS (SELECT FROM document_uses
                        WHERE document_id = $1 AND application_id = $2 AND ministry = $3)
        """,
        document_id,
        application_id,
        ministry,
    )
    return found


async def count_view(
    tx: Transaction, document_id: UUID, ministry: str, way: Way, at: datetime
) -> None:
    """Count that a ministry fetched a paper."""
    await tx.execute(
        """
        INSERT INTO document_views AS stored (document_id, ministry, way, times, first_at, last_at)
        VALUES ($1, $2, $3, 1, $4, $4)
            ON CONFLICT (document_id, ministry, way)
            DO UPDATE SET times = stored.times + 1, last_at = excluded.last_at
        """,
        document_id,
        ministry,
        way,
        at,
    )
