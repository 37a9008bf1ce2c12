"""SQL of who may fetch a paper, and who has."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.database.transaction import Transaction

Way = Literal["link", "key"]


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
        INSERT INTO document_views AS known (document_id, ministry, way, times, first_at, last_at)
        VALUES ($1, $2, $3, 1, $4, $4)
            ON CONFLICT (document_id, ministry, way)
            DO UPDATE SET times = known.times + 1, last_at = excluded.last_at
        """,
        document_id,
        ministry,
        way,
        at,
    )
