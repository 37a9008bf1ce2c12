"""SQL of acts by two people."""

from uuid import UUID

from libs.database.transaction import Transaction
from libs.two_people.rules import Act


async def insert_act(tx: Transaction, act: Act) -> None:
    """Insert an act that waits for a second person."""
    await tx.execute(
        """
        INSERT INTO acts_of_two (act_id, subject, kind, reason, proposed_by, proposed_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        act.act_id,
        act.subject,
        act.kind,
        act.reason,
        act.proposed_by,
        act.proposed_at,
    )


async def find_waiting(tx: Transaction, act: Act) -> Act | None:
    """Read the unapproved act that the same person has proposed in the same words."""
    row = await tx.fetchrow(
        """
        SELECT act_id, subject, kind, reason, proposed_by, proposed_at, approved_by, approved_at,
               rejected_by, rejected_at, rejected_because, rejection_known_at
          FROM acts_of_two
         WHERE subject = $1 AND kind = $2 AND reason = $3 AND proposed_by = $4
           AND approved_at IS NULL AND rejected_at IS NULL
         ORDER BY proposed_at DESC, act_id DESC
         LIMIT 1
        """,
        act.subject,
        act.kind,
        act.reason,
        act.proposed_by,
    )
    return Act(**row) if row else None


async def read_subject(tx: Transaction, act_id: UUID) -> str | None:
    """Read the subject of an act, without a lock: it never changes."""
    subject: str | None = await tx.fetchval(
        "SELECT subject FROM acts_of_two WHERE act_id = $1", act_id
    )
    return subject


async def lock_act(tx: Transaction, act_id: UUID) -> Act | None:
    """Read an act, and lock its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT act_id, subject, kind, reason, proposed_by, proposed_at, approved_by, approved_at,
               rejected_by, rejected_at, rejected_because, rejection_known_at
          FROM acts_of_two
         WHERE act_id = $1
           FOR UPDATE
        """,
        act_id,
    )
    return Act(**row) if row else None


async def save_answer(tx: Transaction, act: Act) -> None:
    """Store who approved or rejected an act, when and why."""
    await tx.execute(
        """
        UPDATE acts_of_two
           SET approved_by = $2, approved_at = $3, rejected_by = $4, rejected_at = $5,
               rejected_because = $6, rejection_known_at = $7
         WHERE act_id = $1
        """,
        act.act_id,
        act.approved_by,
        act.approved_at,
        act.rejected_by,
        act.rejected_at,
        act.rejected_because,
        act.rejection_known_at,
    )


async def read_waiting(tx: Transaction, *, after: UUID | None, limit: int) -> list[Act]:
    """Read unanswered acts, the oldest first; with `after`, those behind it."""
    rows = await tx.fetch(
        """
        SELECT act_id, subject, kind, reason, proposed_by, proposed_at, approved_by, approved_at,
               rejected_by, rejected_at, rejected_because, rejection_known_at
          FROM acts_of_two
         WHERE approved_at IS NULL AND rejected_at IS NULL
           AND ($1::uuid IS NULL
                OR (proposed_at, act_id) > (SELECT last.proposed_at, last.act_id
                                              FROM acts_of_two AS last
                                             WHERE last.act_id = $1))
         ORDER BY proposed_at, act_id
         LIMIT $2
        """,
        after,
        limit,
    )
    return [Act(**row) for row in rows]


async def read_rejected(tx: Transaction, proposed_by: UUID, *, limit: int) -> list[Act]:
    """Read rejected acts that their proposer has not acknowledged, the newest first."""
    rows = await tx.fetch(
        """
        SELECT act_id, subject, kind, reason, proposed_by, proposed_at, approved_by, approved_at,
               rejected_by, rejected_at, rejected_because, rejection_known_at
          FROM acts_of_two
         WHERE proposed_by = $1 AND rejected_by <> $1 AND rejection_known_at IS NULL
         ORDER BY rejected_at DESC, act_id DESC
         LIMIT $2
        """,
        proposed_by,
        limit,
    )
    return [Act(**row) for row in rows]


async def read_acts(tx: Transaction, subject: str, *, after: UUID | None, limit: int) -> list[Act]:
    """Read the acts about a subject, the newest first; with `after`, those behind this one."""
    rows = await tx.fetch(
        """
        SELECT act_id, subject, kind, reason, proposed_by, proposed_at, approved_by, approved_at,
               rejected_by, rejected_at, rejected_because, rejection_known_at
          FROM acts_of_two
         WHERE subject = $1
           AND ($2::uuid IS NULL
                OR (proposed_at, act_id) < (SELECT last.proposed_at, last.act_id
                                              FROM acts_of_two AS last
                                             WHERE last.act_id = $2))
         ORDER BY proposed_at DESC, act_id DESC
         LIMIT $3
        """,
        subject,
        after,
        limit,
    )
    return [Act(**row) for row in rows]
