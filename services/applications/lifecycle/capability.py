"""The lifecycle of an application: ministries' events, withdrawal, delays by the platform."""

from functools import partial

from libs.contracts import topics
from libs.dead_letters.use_cases import announce_blocked
from libs.service import Capability, Resources
from services.applications.lifecycle import consumers, routes, use_cases

_EVERY_S = 5.0


def capability(resources: Resources) -> Capability:
    """Return the capability; it announces applications that a dead letter blocks for a minute."""
    announce = partial(
        announce_blocked,
        topics=[topics.HOSTED_MINISTRIES, topics.DESK_MINISTRIES, topics.MINISTRIES],
        announce=use_cases.announce_blocked_applications,
    )
    return Capability(
        "lifecycle",
        routes=routes.routes,
        consumers=consumers.router,
        components=[
            resources.periodic("announce blocked applications", announce, every_s=_EVERY_S)
        ],
    )
