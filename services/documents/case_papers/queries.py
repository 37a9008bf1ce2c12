"""SQL of the papers of cases."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import orjson
from asyncpg import Record

from libs.contracts.documents import Damage, DocumentsErased
from libs.database.transaction import Transaction
from services.documents.case_papers.encrypted import CONTENT_KEY
from services.documents.case_papers.rules import CasePaper
from services.documents.storage.cipher import new_key


async def insert_paper(tx: Transaction, paper: CasePaper) -> bool:
    """Insert a paper; return false if its case takes none any more."""
    count = await tx.execute(
        """
        INSERT INTO case_papers (
               document_id, case_id, citizen_id, officer_id, office_id, object_id, content_key,
               kind, media_type, size_bytes, pages, sha256, source_sha256, state, uploaded_at,
               kept_until)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
         WHERE NOT EXISTS (SELECT FROM settled_cases WHERE case_id = $2)
        """,
        paper.document_id,
        paper.case_id,
        paper.citizen_id,
        paper.officer_id,
        paper.office_id,
        paper.object_id,
        tx.cipher.seal(CONTENT_KEY, paper.document_id, paper.content_key.hex()),
        paper.kind,
        paper.media_type,
        paper.size_bytes,
        paper.pages,
        paper.sha256,
        paper.source_sha256,
        paper.state,
        paper.uploaded_at,
        paper.kept_until,
    )
    return count == 1


async def find_paper(tx: Transaction, document_id: UUID) -> CasePaper | None:
    """Read a paper."""
    rows = await tx.fetch(
        """
        SELECT document_id, case_id, citizen_id, officer_id, office_id, object_id, content_key,
               kind, media_type, size_bytes, pages, sha256, source_sha256, state, uploaded_at,
               kept_until, damage
          FROM case_papers
         WHERE document_id = $1
        """,
        document_id,
    )
    return _paper(tx, rows[0]) if rows else None


async def find_same(
    tx: Transaction, case_id: UUID, kind: str, source_sha256: str, officer_id: UUID
) -> UUID | None:
    """Return the id of an officer's paper of a case that was made of the same files."""
    found: UUID | None = await tx.fetchval(
        """
        SELECT document_id
          FROM case_papers
         WHERE case_id = $1 AND kind = $2 AND source_sha256 = $3 AND officer_id = $4
           AND damage IS NULL
         ORDER BY document_id
         LIMIT 1
        """,
        case_id,
        kind,
        source_sha256,
        officer_id,
    )
    return found


async def keep_until(tx: Transaction, document_id: UUID, until: datetime) -> None:
    """Keep a paper that no case has at least until a time."""
    await tx.execute(
        "UPDATE case_papers SET kept_until = $2 WHERE document_id = $1 AND kept_until < $2",
        document_id,
        until,
    )


async def count_since(
    tx: Transaction, officer_id: UUID, office_id: str, since: datetime
) -> tuple[int, int]:
    """Count the papers of an officer, and those of an office, since a time."""
    of_officer: int = await tx.fetchval(
        "SELECT count(*) FROM case_papers WHERE officer_id = $1 AND uploaded_at > $2",
        officer_id,
        since,
    )
    of_office: int = await tx.fetchval(
        "SELECT count(*) FROM case_papers WHERE office_id = $1 AND uploaded_at > $2",
        office_id,
        since,
    )
    return of_officer, of_office


async def save_kept(
    tx: Transaction, case_id: UUID, kept: Collection[UUID], until: datetime
) -> None:
    """Keep the papers that a case has; those that it had before are kept until a time."""
    await tx.execute(
        """
        UPDATE case_papers
           SET kept_until =
               CASE WHEN document_id = ANY($2::uuid[]) THEN NULL ELSE $3::timestamptz END
         WHERE case_id = $1 AND (kept_until IS NULL) <> (document_id = ANY($2::uuid[]))
        """,
        case_id,
        list(kept),
        until,
    )


async def settle(tx: Transaction, case_id: UUID, kept: Collection[UUID], at: datetime) -> set[UUID]:
    """Delete the papers that a case has not, and part the others from their citizen, for good.

    Returns:
        Whose papers they were.
    """
    await tx.execute(
        """
        INSERT INTO settled_cases (case_id, settled_at) VALUES ($1, $2)
            ON CONFLICT (case_id) DO UPDATE SET settled_at = excluded.settled_at
        """,
        case_id,
        at,
    )
    rows = await tx.fetch(
        "SELECT DISTINCT citizen_id FROM case_papers WHERE case_id = $1 AND citizen_id IS NOT NULL",
        case_id,
    )
    await tx.execute(
        "DELETE FROM case_papers WHERE case_id = $1 AND document_id <> ALL($2::uuid[])",
        case_id,
        list(kept),
    )
    await tx.execute(
        "UPDATE case_papers SET citizen_id = NULL, kept_until = NULL WHERE case_id = $1", case_id
    )
    return {row["citizen_id"] for row in rows}


async def has_papers_of(tx: Transaction, citizen_id: UUID) -> bool:
    """Return whether a paper is of a case of a citizen."""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM case_papers WHERE citizen_id = $1)", citizen_id
    )
    return found


async def save_confirmation(tx: Transaction, confirmation: DocumentsErased) -> None:
    """Store a confirmation that waits; a repeat changes nothing."""
    await tx.execute(
        """
        INSERT INTO waiting_confirmations (citizen_id, event_id, occurred_at, deleted)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (citizen_id) DO NOTHING
        """,
        confirmation.citizen_id,
        confirmation.event_id,
        confirmation.occurred_at,
        orjson.dumps(dict(confirmation.deleted)).decode(),
    )


async def take_confirmations(
    tx: Transaction, citizen_ids: Collection[UUID]
) -> list[DocumentsErased]:
    """Take the confirmations of citizens of whose cases no paper is left that names them."""
    rows = await tx.fetch(
        """
        DELETE FROM waiting_confirmations AS waiting
         WHERE citizen_id = ANY($1::uuid[])
           AND NOT EXISTS (SELECT FROM case_papers WHERE citizen_id = waiting.citizen_id)
        RETURNING citizen_id, event_id, occurred_at, deleted
        """,
        list(citizen_ids),
    )
    return [
        DocumentsErased(
            event_id=row["event_id"],
            occurred_at=row["occurred_at"],
            citizen_id=row["citizen_id"],
            deleted=orjson.loads(row["deleted"]),
        )
        for row in rows
    ]


async def delete_ended(tx: Transaction, at: datetime, *, limit: int) -> list[UUID | None]:
    """Delete papers that no case has and whose time is over; return whose cases they were of."""
    rows = await tx.fetch(
        """
        DELETE FROM case_papers
         WHERE document_id IN (
               SELECT document_id
                 FROM case_papers
                WHERE kept_until <= $1
                ORDER BY kept_until
                LIMIT $2
                  FOR UPDATE SKIP LOCKED)
        RETURNING citizen_id
        """,
        at,
        limit,
    )
    return [row["citizen_id"] for row in rows]


async def delete_settled(tx: Transaction, before: datetime, *, limit: int) -> int:
    """Forget cases that were settled before a time; return how many."""
    return await tx.execute(
        """
        DELETE FROM settled_cases
         WHERE case_id IN (
               SELECT case_id FROM settled_cases WHERE settled_at <= $1 ORDER BY settled_at LIMIT $2
                  FOR UPDATE SKIP LOCKED)
        """,
        before,
        limit,
    )


async def save_damage(tx: Transaction, document_id: UUID, damage: Damage) -> None:
    """Save why the content of a paper cannot be read."""
    await tx.execute(
        "UPDATE case_papers SET damage = $2 WHERE document_id = $1", document_id, damage
    )


async def clear_damage(tx: Transaction, document_id: UUID) -> None:
    """Note that the content of a paper can be read again."""
    await tx.execute("UPDATE case_papers SET damage = NULL WHERE document_id = $1", document_id)


async def count_damaged(tx: Transaction, *, limit: int) -> int:
    """Count the papers whose content cannot be read, up to a limit."""
    count: int = await tx.fetchval(
        """
        SELECT count(*)
          FROM (SELECT
                  FROM case_papers
                 WHERE damage IS NOT NULL
                 ORDER BY document_id
                 LIMIT $1) AS damaged
        """,
        limit,
    )
    return count


async def missing_owners(tx: Transaction, object_ids: Collection[UUID]) -> set[UUID]:
    """Return the ids of those objects that belong to no paper."""
    rows = await tx.fetch(
        """
        SELECT owner.id
          FROM unnest($1::uuid[]) AS owner (id)
         WHERE NOT EXISTS (SELECT FROM case_papers WHERE object_id = owner.id)
        """,
        list(object_ids),
    )
    return {row["id"] for row in rows}


def _paper(tx: Transaction, row: Record) -> CasePaper:
    fields = dict(row)
    content_key = tx.cipher.try_open(CONTENT_KEY, row["document_id"], row["content_key"])[0]
    if content_key is None:
        return CasePaper(**{**fields, "content_key": new_key(), "damage": "unreadable"})
    return CasePaper(**{**fields, "content_key": bytes.fromhex(content_key)})
