from libs.contracts import topics
from services.identity import citizens, codes
from tests.services.identity.running import Identity


async def test_identity_serves_without_a_broker(identity: Identity) -> None:
    """Without a broker identity takes requests and is not ready; codes wait in the outbox."""
    await identity.request_code()
    assert (await identity.call("GET", "/health/live")).status == 200
    ready = await identity.call("GET", "/health/ready")
    away = {name for name, part in ready.body["parts"].items() if not part["ready"]}
    assert (ready.status, away) == (503, {"relay"})


def test_identity_declares_the_topics_that_it_writes() -> None:
    """The document of topics and the map agree on identity."""
    declared = [*citizens.router.published, *codes.router.published]
    assert declared == [topic for topic in topics.TOPICS if topic.writer == "identity"]
