"""Long waits for a ministry's system, brought to its focal point and then to the next in line."""

from collections import Counter
from datetime import timedelta
from typing import Final

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.periodic import Periodic, in_transaction
from libs.service import Capability, Resources
from services.ministries.escalations import routes, use_cases
from services.ministries.settings import Settings

_EVERY_S: Final = 60.0
_LEVELS: Final = ("1", "2")


def capability(resources: Resources, settings: Settings) -> Capability:
    """Make the capability."""
    next_in_line_after = timedelta(days=settings.next_in_line_after_days)

    async def escalate(tx: Transaction) -> int:
        are_open = await use_cases.escalate(tx, at=utc_now(), next_in_line_after=next_in_line_after)
        counts = Counter(str(each.level) for each in are_open)
        for level in _LEVELS:
            resources.metrics.gauge("escalations_open", counts[level], level=level)
        return 0

    loop = Periodic(
        "escalate", in_transaction(resources.database, escalate), every_s=_EVERY_S, required=False
    )
    return Capability("escalations", routes=routes.routes, components=[loop])
