"""The public status of ministries' systems, and the share of decisions in time."""

from typing import Final

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.applications.ministry_status import consumers, routes, use_cases
from services.applications.ministry_status.cache import MinistryStatuses

_REFRESH_EVERY_S: Final = 5.0
_COUNT_EVERY_S: Final = 3600.0


def capability(resources: Resources, statuses: MinistryStatuses) -> Capability:
    """Return the capability; a status that this process stores is in memory at once."""

    async def refresh(tx: Transaction) -> int:
        return await use_cases.refresh(tx, statuses, at=utc_now())

    async def count(tx: Transaction) -> int:
        for due_count in await use_cases.count_due(tx, at=utc_now()):
            gauge = resources.metrics.gauge
            gauge("due_applications", due_count.due, destination=due_count.ministry)
            gauge("due_applications_in_time", due_count.in_time, destination=due_count.ministry)
        return 0

    refresher = resources.periodic("ministry statuses", refresh, every_s=_REFRESH_EVERY_S)
    counter = resources.periodic("count due applications", count, every_s=_COUNT_EVERY_S)
    resources.database.on_notification(use_cases.STATUSES_CHANGED, refresher.wake)
    return Capability(
        "ministry status",
        routes=routes.routes,
        consumers=consumers.router,
        components=[refresher, counter],
    )
