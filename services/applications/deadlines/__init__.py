"""The ministries' deadlines."""

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.periodic import Periodic, in_transaction
from libs.service import Capability, Resources
from services.applications.deadlines import use_cases
from services.applications.settings import Settings


def capability(resources: Resources, settings: Settings) -> Capability:
    """Mark overdue applications every so often, batch after batch until none are left."""

    async def mark(tx: Transaction) -> int:
        return await use_cases.mark_overdue(tx, at=utc_now(), limit=settings.overdue_limit)

    return Capability(
        "deadlines",
        components=[
            Periodic(
                "overdue",
                in_transaction(resources.database, mark),
                every_s=settings.overdue_every_s,
            )
        ],
    )
