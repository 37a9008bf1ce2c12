"""Queues of officers, and what superiors see of them in numbers."""

from typing import Final

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from libs.web.handling.routes import Routes
from services.cases.queues import figure_routes, routes, use_cases

_EVERY_S: Final = 3_600.0


def capability(resources: Resources) -> Capability:
    """Return the capability; tasks that ended long ago are deleted beside it."""

    async def forget(tx: Transaction) -> int:
        return await use_cases.forget_ended(tx, utc_now())

    return Capability(
        "queues",
        routes=Routes.joined(routes.routes, figure_routes.routes),
        components=[resources.periodic("forget ended tasks", forget, every_s=_EVERY_S)],
    )
