"""Counts of what happens to applications, and the figures made of them."""

from typing import Final

from libs.clock import Clock
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.programme.figures import consumers, routes
from services.programme.figures.latest import Latest

_EVERY_S: Final = 300.0


def capability(resources: Resources, latest: Latest, clock: Clock) -> Capability:
    """Make the capability."""

    async def measure(tx: Transaction) -> int:
        counted = await latest.read(tx, clock.now())
        resources.metrics.gauge("applications_lost", counted.lost.lost)
        return 0

    loop = resources.periodic("compare_counts", measure, every_s=_EVERY_S)
    return Capability(
        "figures", routes=routes.routes, consumers=consumers.router, components=[loop]
    )
