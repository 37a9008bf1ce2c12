"""SQL of the papers that officers handed in."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.cases.handed_in.rules import StoredPaper


async def insert_paper(tx: Transaction, case_id: UUID, paper: StoredPaper) -> None:
    """Store a paper; a repeat changes nothing, and one that was taken back is there again."""
    await tx.execute(
        """
        INSERT INTO handed_in (case_id, visit, document_id, paper, step, officer_id, office_id,
                               media_type, size_bytes, pages, is_scanned, handed_in_at, sha256)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            ON CONFLICT (case_id, visit, document_id)
            DO UPDATE SET taken_back_at = NULL, handed_in_at = excluded.handed_in_at
        """,
        case_id,
        paper.visit,
        paper.document_id,
        paper.paper,
        paper.step,
        paper.officer_id,
        paper.office_id,
        paper.media_type,
        paper.size_bytes,
        paper.pages,
        paper.is_scanned,
        paper.handed_in_at,
        paper.sha256,
    )


async def read_papers(tx: Transaction, case_id: UUID) -> list[StoredPaper]:
    """Read the papers that a case has, in the order in which they were handed in."""
    rows = await tx.fetch(
        """
        SELECT document_id, visit, paper, step, officer_id, office_id, media_type, size_bytes,
               pages, is_scanned, handed_in_at, revision, sha256
          FROM handed_in
         WHERE case_id = $1 AND taken_back_at IS NULL
         ORDER BY handed_in_at, document_id
        """,
        case_id,
    )
    return [StoredPaper(**row) for row in rows]


async def find_waiting(
    tx: Transaction, case_ids: Collection[UUID], paper: str
) -> set[tuple[UUID, int]]:
    """Return the cases, with the visit, in which a paper was handed in and went with no act."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT case_id, visit
          FROM handed_in
         WHERE case_id = ANY($1::uuid[]) AND paper = $2
           AND revision IS NULL AND taken_back_at IS NULL
        """,
        list(case_ids),
        paper,
    )
    return {(row["case_id"], row["visit"]) for row in rows}


async def mark_used(
    tx: Transaction, case_id: UUID, document_ids: Collection[UUID], revision: int
) -> None:
    """Note with which act papers went: nobody takes them back any more."""
    await tx.execute(
        """
        UPDATE handed_in
           SET revision = $3
         WHERE case_id = $1 AND document_id = ANY($2::uuid[]) AND revision IS NULL
        """,
        case_id,
        list(document_ids),
        revision,
    )


async def take_back(
    tx: Transaction, case_id: UUID, visit: int, document_id: UUID, officer_id: UUID, at: datetime
) -> bool:
    """Take an officer's paper of a visit back; return whether there was one."""
    count = await tx.execute(
        """
        UPDATE handed_in
           SET taken_back_at = $5
         WHERE case_id = $1 AND visit = $2 AND document_id = $3 AND officer_id = $4
           AND revision IS NULL AND taken_back_at IS NULL
        """,
        case_id,
        visit,
        document_id,
        officer_id,
        at,
    )
    return count == 1


async def read_ids(tx: Transaction, case_ids: Collection[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """Return the ids of the papers that cases have, by case."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT case_id, document_id
          FROM handed_in
         WHERE case_id = ANY($1::uuid[]) AND taken_back_at IS NULL
         ORDER BY case_id, document_id
        """,
        list(case_ids),
    )
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        found[row["case_id"]].append(row["document_id"])
    return found


async def delete_papers(tx: Transaction, case_ids: Collection[UUID]) -> int:
    """Delete what is known of the papers of cases; return how many there were."""
    return await tx.execute("DELETE FROM handed_in WHERE case_id = ANY($1::uuid[])", list(case_ids))
