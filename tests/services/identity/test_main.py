from libs.contracts import topics
from services.identity import (
    centres,
    citizens,
    codes,
    erasure,
    mandates,
    sessions,
    uddoktas,
)
from tests.services.identity.running import Identity


async def test_identity_serves_without_a_broker(identity: Identity) -> None:
    """Without a broker identity accepts requests, stores events, and is not ready."""
    await identity.request_code()
    assert (await identity.call("GET", "/health/live")).status == 200
    ready = await identity.call("GET", "/health/ready")
    not_ready = {
        name for name, component in ready.body["components"].items() if not component["ready"]
    }
    assert (ready.status, not_ready) == (503, {"relay", "consume quiet"})


def test_identity_declares_the_topics_that_it_writes() -> None:
    """The declared publishers are the topics that the contracts assign to identity."""
    declared = [
        *citizens.router.published,
        *codes.router.published,
        *sessions.router.published,
        *centres.router.published,
        *uddoktas.router.published,
        *mandates.consumers.router.published,
        *erasure.consumers.router.published,
    ]
    assert declared == [topic for topic in topics.TOPICS if topic.writer == "identity"]
