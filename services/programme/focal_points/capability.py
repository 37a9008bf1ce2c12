"""Focal points, who are announced, and whose people are deleted some time after their duty."""

from collections.abc import Awaitable, Callable
from typing import Final

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts import topics
from libs.database.transaction import Transaction
from libs.messaging.reading.router import Router
from libs.service import Capability, Resources
from services.programme.bodies.overview import Overview
from services.programme.focal_points import routes, use_cases

_FORGETS_EVERY_S: Final = 3600.0
_ANNOUNCES_EVERY_S: Final = 60.0

router = Router("programme")
router.publisher(topics.FOCAL_POINTS)


def capability(
    resources: Resources,
    overview: Overview,
    clock: Clock,
    read_superiors: Callable[[Transaction], Awaitable[use_cases.Superiors]],
) -> Capability:
    """Return the capability, with the deletion of people without a duty, and announcements.

    `read_superiors` reads the posts above, which are announced beside them.
    """

    async def announce(tx: Transaction) -> int:
        await use_cases.announce(tx, overview, await read_superiors(tx), clock.now())
        return 0

    forgetting = resources.periodic(
        "people without a duty",
        lambda tx: use_cases.forget(tx, overview, dhaka_date(clock.now())),
        every_s=_FORGETS_EVERY_S,
    )
    announcing = resources.periodic("announce", announce, every_s=_ANNOUNCES_EVERY_S)
    return Capability(
        "focal_points", routes=routes.routes, consumers=router, components=[forgetting, announcing]
    )
