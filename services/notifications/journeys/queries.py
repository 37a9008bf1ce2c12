"""SQL of the journey of an application."""

from typing import Any
from uuid import UUID

from libs.contracts.journeys import JourneyStep
from libs.database.transaction import Transaction
from libs.trace_context import read_text


async def read_messages(
    tx: Transaction, tracking_number: str
) -> tuple[UUID | None, list[JourneyStep]]:
    """Read the messages about an application in their order; and its id, if there are any."""
    rows = await tx.fetch(
        """
        SELECT application_id, message_id AS step_id, template AS what, channel AS party, state,
               reason, happened_at, published_at, created_at AS stored_at, open_since,
               CASE WHEN state = 'queued' THEN due_at END AS next_attempt_at, first_tried_at,
               last_tried_at, earlier_attempts + attempts AS attempts, earlier_handed_over_at,
               handed_over_at, reported_at, changed_at, trace_context
          FROM messages
         WHERE tracking_number = $1 AND application_id IS NOT NULL
         ORDER BY message_number
        """,
        tracking_number,
    )
    return (rows[0]["application_id"] if rows else None), [_step(row) for row in rows]


def _step(row: Any) -> JourneyStep:
    fields = dict(row)
    del fields["application_id"]
    trace = read_text(fields.pop("trace_context"))
    return JourneyStep(kind="message", trace_id=trace.trace_id if trace else None, **fields)
