"""Moves of open applications to the office that is responsible now, in bulk."""

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.applications.moves import routes, use_cases
from services.applications.public_services.cache import PublicServiceCache

_EVERY_S = 2.0


def capability(resources: Resources, services: PublicServiceCache) -> Capability:
    """Return the capability; it counts and moves in batches, a transaction for each."""

    async def go_on(tx: Transaction) -> int:
        return await use_cases.go_on(tx, services, at=utc_now())

    return Capability(
        "moves",
        routes=routes.routes,
        components=[resources.periodic("move applications", go_on, every_s=_EVERY_S)],
    )
