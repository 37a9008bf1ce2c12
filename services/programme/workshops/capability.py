"""Workshops, to which bodies are invited by mail."""

from typing import Final

from libs.clock import Clock
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.programme.bodies.overview import Overview
from services.programme.workshops import routes, use_cases

_EVERY_S: Final = 60.0


def capability(resources: Resources, overview: Overview, clock: Clock) -> Capability:
    """Make the capability; without a mail server nobody is invited by mail."""

    async def plan(tx: Transaction) -> int:
        await use_cases.plan_invitations(tx, overview, clock.now())
        return 0

    invitations = resources.periodic("plan_invitations", plan, every_s=_EVERY_S)
    return Capability("workshops", routes=routes.routes, components=[invitations])
