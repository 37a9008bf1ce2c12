"""Uses of mandates, which applications announces."""

from libs.contracts import topics
from libs.contracts.mandates import MandateUsed
from libs.messaging.router import Batch, Router, Tx
from services.identity.mandates import use_cases
from services.identity.mandates.use_cases import MandatePolicy


def make_router(policy: MandatePolicy) -> Router:
    """Return the router; what a use is flagged for is in the settings."""
    router = Router("identity")
    router.publisher(topics.MANDATES_ENDED)

    @router.subscriber(topics.MANDATES_USED)
    async def on_mandates_used(batch: Batch[MandateUsed], tx: Tx) -> None:
        """An application was sent with a mandate."""
        await use_cases.record_uses(tx, batch, policy)

    return router
