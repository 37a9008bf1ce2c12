"""Duties of officers."""

from libs.clock import Clock
from libs.contracts import topics
from libs.database.transaction import Transaction
from libs.messaging.reading.router import Router
from libs.service import Capability, Resources
from services.identity.duties import routes, use_cases

_EVERY_S = 10.0

router = Router("identity")
router.publisher(topics.OFFICERS)


def capability(resources: Resources, clock: Clock) -> Capability:
    """Return the capability, which announces changed officers, also those changed by a command."""

    async def announce(tx: Transaction) -> int:
        return await use_cases.announce_officers(tx, clock.now())

    announcer = resources.periodic("announce officers", announce, every_s=_EVERY_S)
    resources.database.on_notification(use_cases.OFFICERS_CHANGED, announcer.wake)
    return Capability("duties", routes=routes.routes, consumers=router, components=[announcer])
