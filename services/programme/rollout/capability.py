"""The stages of areas, announced on `rollout.v1`."""

from typing import Final

from libs.clock import Clock
from libs.contracts import topics
from libs.messaging.reading.router import Router
from libs.service import Capability, Resources
from services.programme.rollout import routes, use_cases

_AGAIN_EVERY_S: Final = 3600.0

router = Router("programme")
router.publisher(topics.ROLLOUT)


def capability(resources: Resources, clock: Clock) -> Capability:
    """Make the capability; it opens the areas in which centres ran before."""
    first = resources.periodic(
        "first areas",
        lambda tx: use_cases.add_first(tx, clock.now()),
        every_s=_AGAIN_EVERY_S,
    )
    return Capability(
        "rollout",
        routes=routes.routes,
        consumers=router,
        components=[first],
    )
