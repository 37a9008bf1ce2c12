from libs.contracts import topics
from services.identity.centres import capability as centres
from services.identity.citizens import capability as citizens
from services.identity.codes import capability as codes
from services.identity.duties import capability as duties
from services.identity.erasure.consumers import router as erasure_events
from services.identity.lines import capability as lines
from services.identity.mandates.consumers import router as mandate_events
from services.identity.sessions import capability as sessions
from services.identity.uddoktas import capability as uddoktas
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
        *lines.router.published,
        *duties.router.published,
        *mandate_events.published,
        *erasure_events.published,
    ]
    assert declared == [topic for topic in topics.TOPICS if topic.writer == "identity"]
