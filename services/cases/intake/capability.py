"""Submissions that become cases."""

from functools import partial

from libs.contracts.topics import DESK_SUBMISSIONS
from libs.dead_letters.use_cases import announce_blocked
from libs.service import Capability, Resources
from services.cases.intake import consumers, use_cases

_ANNOUNCE_EVERY_S = 5.0


def capability(resources: Resources) -> Capability:
    """Return the capability; it announces applications that a dead letter blocks for a minute."""
    announce = partial(
        announce_blocked, topics=[DESK_SUBMISSIONS], announce=use_cases.announce_blocked
    )
    return Capability(
        "intake",
        consumers=consumers.router,
        components=[
            resources.periodic("announce blocked submissions", announce, every_s=_ANNOUNCE_EVERY_S)
        ],
    )
