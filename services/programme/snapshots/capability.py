"""Weekly snapshots of the programme."""

from typing import Final

from libs.clock import Clock
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.programme.bodies.overview import Overview
from services.programme.snapshots import routes, use_cases

_EVERY_S: Final = 600.0


def capability(resources: Resources, clock: Clock) -> Capability:
    """Make the capability."""
    overview = Overview()  # of past days, so that the pages keep the states of today

    async def take(tx: Transaction) -> int:
        await use_cases.take(tx, overview, clock.now())
        return 0

    loop = resources.periodic("take_snapshots", take, every_s=_EVERY_S)
    return Capability("snapshots", routes=routes.routes, components=[loop])
