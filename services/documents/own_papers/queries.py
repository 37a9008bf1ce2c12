"""SQL of ministries' own papers."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from libs.contracts.documents import Damage
from libs.database.transaction import Transaction
from services.documents.own_papers.encrypted import CONTENT_KEY
from services.documents.own_papers.rules import OwnPaper
from services.documents.storage.cipher import new_key


async def insert_paper(tx: Transaction, paper: OwnPaper) -> None:
    """Insert a paper."""
    await tx.execute(
        """
        INSERT INTO own_papers (
               document_id, ministry, application_id, citizen_id, object_id, content_key,
               size_bytes, pages, sha256, uploaded_at, kept_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        paper.document_id,
        paper.ministry,
        paper.application_id,
        paper.citizen_id,
        paper.object_id,
        tx.cipher.seal(CONTENT_KEY, paper.document_id, paper.content_key.hex()),
        paper.size_bytes,
        paper.pages,
        paper.sha256,
        paper.uploaded_at,
        paper.kept_until,
    )


async def find_paper(tx: Transaction, document_id: UUID, ministry: str) -> OwnPaper | None:
    """Read a paper of a ministry."""
    row = await tx.fetchrow(
        """
        SELECT document_id, ministry, application_id, citizen_id, object_id, content_key,
               size_bytes, pages, sha256, uploaded_at, kept_until, damage
          FROM own_papers
         WHERE document_id = $1 AND ministry = $2
        """,
        document_id,
        ministry,
    )
    return _paper(tx, row) if row else None


async def find_same(
    tx: Transaction, application_id: UUID, ministry: str, sha256: str
) -> UUID | None:
    """Return the id of the paper that was made of the same file; None if it cannot be read."""
    found: UUID | None = await tx.fetchval(
        """
        SELECT document_id
          FROM own_papers
         WHERE application_id = $1 AND ministry = $2 AND sha256 = $3 AND damage IS NULL
         ORDER BY document_id
         LIMIT 1
        """,
        application_id,
        ministry,
        sha256,
    )
    return found


async def keep_until(tx: Transaction, document_id: UUID, until: datetime) -> None:
    """Keep a paper that is not issued at least until a time."""
    await tx.execute(
        "UPDATE own_papers SET kept_until = $2 WHERE document_id = $1 AND kept_until < $2",
        document_id,
        until,
    )


async def keep(tx: Transaction, document_ids: Collection[UUID]) -> None:
    """Keep papers that are issued."""
    await tx.execute(
        "UPDATE own_papers SET kept_until = NULL WHERE document_id = ANY($1::uuid[])",
        list(document_ids),
    )


async def count_since(
    tx: Transaction, ministry: str, application_id: UUID, since: datetime
) -> tuple[int, int]:
    """Count the papers of a ministry, and those about an application, since a time."""
    of_ministry: int = await tx.fetchval(
        "SELECT count(*) FROM own_papers WHERE ministry = $1 AND uploaded_at > $2", ministry, since
    )
    of_application: int = await tx.fetchval(
        """
        SELECT count(*)
          FROM own_papers
         WHERE application_id = $1 AND ministry = $2 AND uploaded_at > $3
        """,
        application_id,
        ministry,
        since,
    )
    return of_ministry, of_application


async def delete_of_citizen(tx: Transaction, citizen_id: UUID) -> int:
    """Delete the papers about applications of a citizen; return how many."""
    return await tx.execute("DELETE FROM own_papers WHERE citizen_id = $1", citizen_id)


async def delete_ended(tx: Transaction, at: datetime, *, limit: int) -> int:
    """Delete papers that no decision has issued in time; return how many."""
    return await tx.execute(
        """
        DELETE FROM own_papers
         WHERE document_id IN (
               SELECT document_id
                 FROM own_papers
                WHERE kept_until <= $1
                ORDER BY kept_until
                LIMIT $2
                  FOR UPDATE SKIP LOCKED)
        """,
        at,
        limit,
    )


async def save_damage(tx: Transaction, document_id: UUID, damage: Damage) -> None:
    """Save why the content of a paper cannot be read."""
    await tx.execute(
        "UPDATE own_papers SET damage = $2 WHERE document_id = $1", document_id, damage
    )


async def clear_damage(tx: Transaction, document_id: UUID) -> None:
    """Note that the content of a paper can be read again."""
    await tx.execute("UPDATE own_papers SET damage = NULL WHERE document_id = $1", document_id)


async def count_damaged(tx: Transaction, *, limit: int) -> int:
    """Count the papers whose content cannot be read, up to a limit."""
    count: int = await tx.fetchval(
        """
        SELECT count(*)
          FROM (SELECT
                  FROM own_papers
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
         WHERE NOT EXISTS (SELECT FROM own_papers WHERE object_id = owner.id)
        """,
        list(object_ids),
    )
    return {row["id"] for row in rows}


def _paper(tx: Transaction, row: Record) -> OwnPaper:
    content_key = tx.cipher.try_open(CONTENT_KEY, row["document_id"], row["content_key"])[0]
    if content_key is None:
        return OwnPaper(**{**row, "content_key": new_key(), "damage": "unreadable"})
    return OwnPaper(**{**row, "content_key": bytes.fromhex(content_key)})
