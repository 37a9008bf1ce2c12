"""Deadlines of the ministries."""

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.applications.calendar import use_cases as calendars
from services.applications.deadlines import use_cases
from services.applications.settings import Settings

_LOOK_EVERY_S = 5.0


def capability(resources: Resources, settings: Settings) -> Capability:
    """Return the capability; it marks overdue applications and moves last days, in batches."""

    async def mark(tx: Transaction) -> int:
        now = utc_now()
        calendar = await calendars.read_calendar(tx)
        is_missing = calendar.missing_year(dhaka_date(now)) is not None
        resources.metrics.gauge("holiday_lists_missing", is_missing)
        return await use_cases.mark_overdue(tx, at=now, limit=settings.overdue_limit)

    async def move(tx: Transaction) -> int:
        return await use_cases.move_deadlines(tx, limit=settings.overdue_limit)

    mover = resources.periodic("move deadlines", move, every_s=_LOOK_EVERY_S)
    resources.database.on_notification(calendars.CALENDAR_CHANGED, mover.wake)
    return Capability(
        "deadlines",
        components=[
            resources.periodic("overdue", mark, every_s=settings.overdue_every_s),
            mover,
        ],
    )
