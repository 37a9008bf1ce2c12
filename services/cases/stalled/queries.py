"""SQL of cases that nothing moves on."""

from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from libs.grievances import GRIEVANCE
from services.cases.stalled.rules import Open


async def read_open(tx: Transaction, after: UUID, running_at: datetime, limit: int) -> list[Open]:
    """Read open cases in the order of their applications, and whether anything moves them on.

    Of an appeal also whether somebody can hear it who did not act before it. That a grievance goes
    on after its 30 working days is no clock: its body may have no officer for grievances yet.

    Args:
        tx: the transaction.
        after: only those behind this application.
        running_at: a clock that ran out before this time does not run.
        limit: how many at most.
    """
    rows = await tx.fetch(
        """
        WITH part AS (
            SELECT case_id, application_id, step, workflow,
                   workflow || '@' || version AS workflow_key
              FROM cases
             WHERE status <> 'ended' AND application_id > $1
             ORDER BY application_id
             LIMIT $3
        )
        SELECT case_id, application_id,
               EXISTS (SELECT FROM timers
                        WHERE timers.case_id = part.case_id AND due_at > $2
                          AND NOT (part.workflow = $4 AND kind = 'escalation')) AS has_clock,
               EXISTS (SELECT
                         FROM tasks
                         JOIN officers USING (office_id, ministry)
                        WHERE tasks.case_id = part.case_id AND officers.active
                          AND tasks.duty = ANY(officers.duties)) AS has_officer,
               EXISTS (SELECT
                         FROM tasks
                         JOIN officers USING (office_id, ministry)
                        WHERE tasks.case_id = part.case_id AND officers.active
                          AND tasks.duty = ANY(officers.duties)
                          AND officer_id NOT IN (SELECT actor_id
                                                   FROM history
                                                  WHERE history.case_id = part.case_id
                                                    AND actor_id IS NOT NULL
                                                    AND entry_no < appealed_at)) AS has_other,
               appealed_at IS NOT NULL AS is_appealed, step, workflow_key
          FROM part
         CROSS JOIN LATERAL (SELECT max(entry_no) AS appealed_at
                               FROM history
                              WHERE history.case_id = part.case_id AND type = 'appealed') AS heard
         ORDER BY application_id
        """,
        after,
        running_at,
        limit,
        GRIEVANCE,
    )
    return [Open(**row) for row in rows]
