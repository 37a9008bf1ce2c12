"""Lists of pools, and what carries out those that two officers have made."""

from typing import Final

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.cases.pools import routes, use_cases

_EVERY_S: Final = 2.0


def capability(resources: Resources) -> Capability:
    """Return the capability; it places cases in batches, a transaction for each."""

    async def go_on(tx: Transaction) -> int:
        return await use_cases.go_on(tx, at=utc_now())

    return Capability(
        "pools",
        routes=routes.routes,
        components=[resources.periodic("place ranked cases", go_on, every_s=_EVERY_S)],
    )
