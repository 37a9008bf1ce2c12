"""SQL of looks at cases."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.database.transaction import Transaction
from services.cases.acts.encrypted import REASON
from services.cases.acts.rules import StoredLook
from services.cases.officers.rules import Officer

Look = Literal["seen", "assigned", "taken_over"]


async def insert_look(  # noqa: PLR0913
    tx: Transaction,
    look_id: UUID,
    case_id: UUID,
    officer: Officer,
    kind: Look,
    at: datetime,
    why: tuple[str, str] | None = None,
    document_id: UUID | None = None,
) -> None:
    """Note that an officer looked at a case, opened a paper, had it assigned, or took it over.

    Args:
        tx: the transaction.
        look_id: of the look.
        case_id: of the case.
        officer: who looked, and where.
        kind: what the officer did.
        at: when.
        why: the reason for taking it over, and the ministry whose case it is.
        document_id: the paper that was opened.
    """
    reason, ministry = why or (None, None)
    await tx.execute(
        """
        INSERT INTO case_looks
               (case_id, look_id, at, officer_id, office_id, kind, reason, document_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        case_id,
        look_id,
        at,
        officer.officer_id,
        officer.office_id,
        kind,
        tx.cipher.seal(REASON, look_id, reason, owner=ministry),
        document_id,
    )


async def insert_looks(
    tx: Transaction, looks: Sequence[tuple[UUID, UUID]], officer: Officer, at: datetime
) -> None:
    """Note that an officer looked at cases; each look is the id of the case, and its own."""
    await tx.execute(
        """
        INSERT INTO case_looks (case_id, look_id, at, officer_id, office_id, kind)
        SELECT case_id, look_id, $3, $4, $5, 'seen'
          FROM unnest($1::uuid[], $2::uuid[]) AS given (case_id, look_id)
        """,
        [case_id for case_id, _ in looks],
        [look_id for _, look_id in looks],
        at,
        officer.officer_id,
        officer.office_id,
    )


async def read_looks(tx: Transaction, case_ids: Collection[UUID], limit: int) -> list[StoredLook]:
    """Read the looks of officers at cases, the newest first."""
    rows = await tx.fetch(
        """
        SELECT at, office_id, case_id, document_id
          FROM case_looks
         WHERE case_id = ANY($1::uuid[])
         ORDER BY at DESC
         LIMIT $2
        """,
        list(case_ids),
        limit,
    )
    return [StoredLook(**row) for row in rows]


async def delete_looks(tx: Transaction, case_ids: list[UUID]) -> int:
    """Delete the looks at cases; return how many."""
    return await tx.execute("DELETE FROM case_looks WHERE case_id = ANY($1::uuid[])", case_ids)
