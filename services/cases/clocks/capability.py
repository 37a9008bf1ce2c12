"""Clocks of steps."""

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.cases.clocks import use_cases
from services.cases.settings import Settings


def capability(resources: Resources, settings: Settings) -> Capability:
    """Return the capability; it looks for clocks that have run out every few seconds."""

    async def run_out(tx: Transaction) -> int:
        return await use_cases.run_out(tx, at=utc_now(), limit=settings.clocks_at_once)

    return Capability(
        "clocks",
        components=[
            resources.periodic("clocks of steps", run_out, every_s=settings.clocks_every_s)
        ],
    )
