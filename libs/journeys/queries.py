"""SQL of dead letters of one application, and of what a service has not published."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from libs.contracts.journeys import JourneyDeadLetter
from libs.database.transaction import Transaction
from libs.trace_context import read_text


async def read_dead_letters(
    tx: Transaction,
    application_id: UUID | None,
    job_types: Collection[str],
    job_keys: Collection[str],
) -> list[JourneyDeadLetter]:
    """Read the dead letters of an application's records and of its jobs, settled ones too."""
    rows = await tx.fetch(
        """
        SELECT dead_letter_id, NULL AS step_id, topic AS source, destination, reason, attempts,
               first_seen_at, last_seen_at, settled_at, settled_how, trace_context
          FROM dead_letters
         WHERE record_key = $1
         UNION ALL
        SELECT dead_letter_id, job_key AS step_id, job_type AS source, destination, reason,
               attempts, first_seen_at, last_seen_at, settled_at, settled_how, trace_context
          FROM dead_letters
         WHERE job_type = ANY($2) AND job_key = ANY($3)
         ORDER BY dead_letter_id
        """,
        str(application_id).encode() if application_id else None,
        list(job_types),
        list(job_keys),
    )
    return [_dead_letter(row) for row in rows]


async def read_unpublished(tx: Transaction) -> dict[str, Any]:
    """Read since when the oldest event waits, whether any is set aside, and the time."""
    row = await tx.fetchrow(
        """
        SELECT (SELECT added_at
                  FROM outbox
                 ORDER BY outbox_id
                 LIMIT 1) AS unpublished_since,
               (SELECT blocked_at
                  FROM outbox_blocked
                 ORDER BY topic, topic_partition, outbox_id
                 LIMIT 1) IS NOT NULL AS is_set_aside,
               now() AS read_at
        """
    )
    return dict(row or {})


def _dead_letter(row: Any) -> JourneyDeadLetter:
    fields = dict(row)
    trace = read_text(fields.pop("trace_context"))
    return JourneyDeadLetter(**fields, trace_id=trace.trace_id if trace else None)
