"""SQL of the copied statuses, and of the counts of applications that were due."""

from collections.abc import Sequence
from datetime import date

from libs.contracts.ministries import MinistryStatusChanged
from libs.database.transaction import Transaction
from services.applications.ministry_status.rules import DueCount


async def save_statuses(tx: Transaction, statuses: Sequence[MinistryStatusChanged]) -> None:
    """Store statuses; a stored one that is newer stays."""
    await tx.execute(
        """
        INSERT INTO ministry_statuses (ministry, changed_at, content)
        SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[])
            ON CONFLICT (ministry) DO UPDATE
           SET changed_at = excluded.changed_at, content = excluded.content
         WHERE ministry_statuses.changed_at <= excluded.changed_at
        """,
        [status.ministry for status in statuses],
        [status.occurred_at for status in statuses],
        [status.model_dump_json() for status in statuses],
    )


async def read_statuses(tx: Transaction) -> dict[str, MinistryStatusChanged]:
    """Read the last status of every ministry's system."""
    rows = await tx.fetch("SELECT ministry, content FROM ministry_statuses")
    return {
        row["ministry"]: MinistryStatusChanged.model_validate_json(row["content"]) for row in rows
    }


async def count_due(tx: Transaction, *, since: date, before: date) -> None:
    """Count the applications whose last day was one of these, by day and ministry.

    Withdrawn ones, and ones in correction, are left out. One is in time if it was decided
    before it was marked as overdue, which is at 09:00 of the next working day.
    """
    await tx.execute(
        """
        INSERT INTO due_counts (due_on, ministry, due, in_time)
        SELECT due_on, ministry, count(*),
               count(*) FILTER (WHERE NOT overdue AND status IN ('approved', 'refused'))
          FROM applications
         WHERE due_on IS NOT NULL
           AND due_on >= $1
           AND due_on < $2
           AND status IN ('submitted', 'with_ministry', 'approved', 'refused')
         GROUP BY due_on, ministry
            ON CONFLICT (due_on, ministry) DO UPDATE
           SET due = excluded.due, in_time = excluded.in_time
        """,
        since,
        before,
    )


async def delete_due_counts(tx: Transaction, *, before: date) -> None:
    """Delete the counts of earlier days."""
    await tx.execute("DELETE FROM due_counts WHERE due_on < $1", before)


async def read_due_counts(tx: Transaction, *, since: date) -> list[DueCount]:
    """Read the counts of decisions due since a day, by ministry."""
    rows = await tx.fetch(
        """
        SELECT ministry, sum(due)::bigint AS due, sum(in_time)::bigint AS in_time
          FROM due_counts
         WHERE due_on >= $1
         GROUP BY ministry
        """,
        since,
    )
    return [DueCount(**row) for row in rows]
