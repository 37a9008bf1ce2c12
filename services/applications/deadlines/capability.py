"""Deadlines of the ministries."""

from libs.bangladesh.calendar import dhaka_date, missing_year
from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.applications.deadlines import use_cases
from services.applications.settings import Settings


def capability(resources: Resources, settings: Settings) -> Capability:
    """Return the capability; it marks overdue applications at intervals, in batches."""

    async def mark(tx: Transaction) -> int:
        now = utc_now()
        is_missing = missing_year(dhaka_date(now)) is not None
        resources.metrics.gauge("holiday_lists_missing", is_missing)
        return await use_cases.mark_overdue(tx, at=now, limit=settings.overdue_limit)

    return Capability(
        "deadlines",
        components=[resources.periodic("overdue", mark, every_s=settings.overdue_every_s)],
    )
