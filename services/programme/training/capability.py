"""Training, whose qualifications are announced, and warned of before they end."""

from typing import Final

from libs.clock import Clock
from libs.contracts import topics
from libs.database.transaction import Transaction
from libs.messaging.reading.router import Router
from libs.service import Capability, Resources
from services.programme.training import routes, use_cases
from services.programme.training.use_cases import ActiveAmong

_EVERY_S: Final = 600.0

router = Router("programme")
router.publisher(topics.QUALIFICATIONS)


def capability(resources: Resources, clock: Clock, active_among: ActiveAmong) -> Capability:
    """Make the capability; without a mail server nobody is warned by mail.

    Args:
        resources: of the service.
        clock: the time.
        active_among: reads which of some people work now.
    """

    async def plan(tx: Transaction) -> int:
        await use_cases.plan_warnings(tx, clock.now(), active_among)
        return 0

    warnings = resources.periodic("plan_warnings", plan, every_s=_EVERY_S)
    return Capability("training", routes=routes.routes, consumers=router, components=[warnings])
