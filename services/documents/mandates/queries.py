"""SQL of mandates, uddoktas and centres that are stopped."""

from collections.abc import Collection, Sequence

from libs.database.transaction import Transaction
from services.documents.mandates.rules import Stop


async def save_stops(tx: Transaction, stops: Sequence[Stop]) -> None:
    """Save the newest states, in any order of arrival; the end of a mandate is final."""
    await tx.execute(
        """
        INSERT INTO stops (subject_id, problem, changed_at)
        SELECT DISTINCT ON (subject_id) *
          FROM unnest($1::text[], $2::text[], $3::timestamptz[])
               AS saved (subject_id, problem, changed_at)
         ORDER BY subject_id, changed_at DESC
            ON CONFLICT (subject_id) DO UPDATE
               SET problem = excluded.problem, changed_at = excluded.changed_at
             WHERE stops.changed_at < excluded.changed_at
               AND stops.problem IS DISTINCT FROM 'mandate_ended'
        """,
        [stop.subject_id for stop in stops],
        [stop.problem for stop in stops],
        [stop.changed_at for stop in stops],
    )


async def find_problems(tx: Transaction, subject_ids: Collection[str]) -> list[str]:
    """Return the reasons why some of these are stopped."""
    rows = await tx.fetch(
        """
        SELECT problem FROM stops
         WHERE subject_id = ANY($1::text[]) AND problem IS NOT NULL
         ORDER BY problem
        """,
        list(subject_ids),
    )
    return [row["problem"] for row in rows]
