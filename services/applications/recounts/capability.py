"""Applications counted again at night."""

from typing import Final

from libs.clock import utc_now
from libs.contracts import topics
from libs.database.transaction import Transaction
from libs.messaging.reading.router import Router
from libs.service import Capability, Resources
from services.applications.recounts import use_cases

_EVERY_S: Final = 600.0

router = Router("applications")
router.publisher(topics.COUNTS_OF_APPLICATIONS)


def capability(resources: Resources) -> Capability:
    """Make the capability."""

    async def recount(tx: Transaction) -> int:
        await use_cases.recount(tx, utc_now())
        return 0

    return Capability(
        "recounts",
        consumers=router,
        components=[resources.periodic("recount", recount, every_s=_EVERY_S)],
    )
