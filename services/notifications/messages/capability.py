"""Messages about applications."""

from functools import partial

from libs.contracts import topics
from libs.dead_letters.use_cases import announce_blocked
from libs.service import Capability, Resources
from services.notifications.messages import consumers, routes, use_cases

_ANNOUNCE_EVERY_S = 5.0


def capability(resources: Resources) -> Capability:
    """Make the capability."""
    announce = partial(
        announce_blocked, topics=[topics.APPLICATIONS], announce=use_cases.announce_blocked
    )
    announcer = resources.periodic(
        "announce blocked applications", announce, every_s=_ANNOUNCE_EVERY_S
    )
    return Capability(
        "messages",
        routes=routes.routes,
        consumers=consumers.router,
        components=[announcer],
    )
