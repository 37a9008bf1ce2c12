"""Tracking without an account: the status for a tracking number and a mobile number."""

from libs.addresses import TrustedProxies
from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.applications.tracking import consumers, routes, use_cases

_DELETE_EVERY_S = 60.0


def capability(resources: Resources) -> Capability:
    """Return the capability, with the periodic deletion of old counts."""

    async def delete(tx: Transaction) -> int:
        return await use_cases.delete_old_attempts(tx, at=utc_now())

    return Capability(
        "tracking",
        routes=routes.routes,
        consumers=consumers.router,
        provides=[TrustedProxies.parse(resources.settings.trusted_proxies)],
        components=[resources.deletion("delete old attempts", delete, every_s=_DELETE_EVERY_S)],
    )
