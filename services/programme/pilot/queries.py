"""SQL of the criteria of the pilot; rows are only added."""

from typing import Final
from uuid import UUID

from libs.contracts.pilot import PilotPlan, PilotPlanSet
from libs.database.transaction import Transaction

_LOCK: Final = 7_262_441  # the advisory lock of whoever sets criteria


async def lock_plans(tx: Transaction) -> None:
    """Let nobody else set or propose criteria until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def insert_plan(tx: Transaction, act_id: UUID, plan: PilotPlanSet) -> None:
    """Add criteria, which count from now on."""
    await tx.execute(
        """
        INSERT INTO pilot_plans (act_id, plan, reason, by_whom, set_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        act_id,
        plan.plan.model_dump_json(),
        plan.reason,
        plan.by,
        plan.set_at,
    )


async def read_plans(tx: Transaction, *, limit: int) -> list[PilotPlanSet]:
    """Read the criteria that were set, the newest first."""
    rows = await tx.fetch(
        """
        SELECT plan, reason, by_whom, set_at FROM pilot_plans
         ORDER BY set_at DESC, act_id DESC
         LIMIT $1
        """,
        limit,
    )
    return [
        PilotPlanSet(
            plan=PilotPlan.model_validate_json(row["plan"]),
            reason=row["reason"],
            by=row["by_whom"],
            set_at=row["set_at"],
        )
        for row in rows
    ]
