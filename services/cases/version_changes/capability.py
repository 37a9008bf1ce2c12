"""Changes of open cases to a later version of their workflow, in bulk."""

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.cases.version_changes import routes, use_cases

_EVERY_S = 2.0


def capability(resources: Resources) -> Capability:
    """Return the capability; it counts and moves in batches, a transaction for each."""

    async def go_on(tx: Transaction) -> int:
        return await use_cases.go_on(tx, at=utc_now())

    return Capability(
        "version_changes",
        routes=routes.routes,
        components=[resources.periodic("change versions", go_on, every_s=_EVERY_S)],
    )
