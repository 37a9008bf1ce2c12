"""Restrictions of calls to ministries' systems: outages, hours of service, limits."""

from typing import Final

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.ministries.availability import routes, use_cases
from services.ministries.availability.limits import MinistryLimits

_EVERY_S: Final = 5.0


def capability(resources: Resources, limits: MinistryLimits) -> Capability:
    """Make the capability; it loads the operators' settings into `limits`."""

    async def refresh(tx: Transaction) -> int:
        limits.put(await use_cases.read_availability(tx, at=utc_now()))
        return 0

    loop = resources.periodic("availability", refresh, required=True, every_s=_EVERY_S)
    return Capability("availability", routes=routes.routes, components=[loop])
