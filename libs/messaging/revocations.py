"""Reads which sessions ended and which signing keys were revoked, and has their tokens refused."""

from libs.contracts import topics
from libs.contracts.identity import SessionEnded, SigningKeyRevoked
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.broadcast import BroadcastRouter
from libs.web.callers.tokens import TokenChecker


def make_revocations_router(service: str, tokens: TokenChecker) -> BroadcastRouter:
    """Make the router of a service that checks access tokens.

    While the broker is away, an ended session is refused when its token expires, after 15 minutes
    at most; a revoked key when the key set is fetched next.

    Args:
        service: its name.
        tokens: checks them.
    """
    router = BroadcastRouter(service)

    @router.subscriber(topics.REVOCATIONS, from_start=True)
    async def on_revocations(batch: Batch[SessionEnded | SigningKeyRevoked]) -> None:
        for event in batch.events:
            revoke(event, tokens)

    return router


def revoke(event: SessionEnded | SigningKeyRevoked, tokens: TokenChecker) -> None:
    """Have the tokens of a session or of a key refused."""
    match event:
        case SessionEnded():
            tokens.end_session(event.revoked_id, event.occurred_at.timestamp())
        case SigningKeyRevoked():
            tokens.revoke_key(event.revoked_id)
