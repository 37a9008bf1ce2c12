"""Onboarding: applications whose ministry is connected only after they were submitted."""

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.applications.onboarding import use_cases
from services.applications.public_services.cache import PublicServiceCache

_EVERY_S = 1.0
_AT_ONCE = 200


def capability(resources: Resources, services: PublicServiceCache) -> Capability:
    """Return the capability; it looks for connected ministries every second."""

    async def hand_over(tx: Transaction) -> int:
        return await use_cases.hand_over_waiting(tx, services, at=utc_now(), limit=_AT_ONCE)

    return Capability(
        "onboarding",
        components=[
            resources.periodic("hand over waiting applications", hand_over, every_s=_EVERY_S)
        ],
    )
