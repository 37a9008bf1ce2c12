"""SQL of the journey of an application."""

from typing import Any
from uuid import UUID

from libs.contracts.journeys import JourneyStep
from libs.database.transaction import Transaction
from libs.trace_context import read_text


async def read_deliveries(
    tx: Transaction, tracking_number: str
) -> tuple[UUID | None, list[JourneyStep]]:
    """Read the deliveries of an application in their order; and its id, if there are any."""
    rows = await tx.fetch(
        """
        SELECT application_id, delivery_id AS step_id, kind AS what, ministry AS party, state,
               last_failure AS reason, submitted_at AS happened_at, published_at,
               planned_at AS stored_at, open_since, due_at AS next_attempt_at, first_tried_at,
               last_tried_at, earlier_attempts + attempts AS attempts, delay_announced_at,
               (SELECT max(sent_at)
                  FROM batch_rows
                  JOIN batches USING (ministry, batch_no)
                 WHERE batch_rows.delivery_id = deliveries.delivery_id) AS sent_in_file_at,
               CASE WHEN state = 'handed_over' THEN closed_at END AS handed_over_at,
               trace_context
          FROM deliveries
         WHERE tracking_number = $1
         ORDER BY delivery_no
        """,
        tracking_number,
    )
    return (rows[0]["application_id"] if rows else None), [_step(row) for row in rows]


def _step(row: Any) -> JourneyStep:
    fields = dict(row)
    del fields["application_id"]
    trace, reason = read_text(fields.pop("trace_context")), fields.pop("reason")
    return JourneyStep(
        kind="delivery",
        reason=None if fields["state"] == "handed_over" else reason,
        trace_id=trace.trace_id if trace else None,
        **fields,
    )
