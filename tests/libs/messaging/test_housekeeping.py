import asyncio

from libs.contracts.topics import TOPICS
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging import inbox, outbox
from libs.messaging.housekeeping import INBOX_KEPT_S, Housekeeping
from libs.telemetry.metrics import Metrics
from tests.libs.messaging.scene import running, setting, submitted
from tools.embedded.kafka import EmbeddedKafka


async def test_marks_outlive_every_record(kafka: EmbeddedKafka) -> None:
    """A record that Kafka may still keep finds its mark, by what the broker itself says."""
    kept_ms = {
        name: [int(await setting(kafka, name, knob)) for knob in ("retention.ms", "segment.ms")]
        for topic in TOPICS
        for name in topic.names()[:1]
        if not topic.compacted
    }
    assert len(kept_ms) == sum(not topic.compacted for topic in TOPICS)
    assert max(sum(each) for each in kept_ms.values()) / 1000 + 3600 < INBOX_KEPT_S


async def test_old_marks_go_and_young_ones_stay(database: Database) -> None:
    """The inbox is as large as what can come again, and no larger."""
    part = Housekeeping(database, Metrics("applications"))
    old, young = new_id(), new_id()
    async with database.transaction() as tx:
        await inbox.take_new(tx, [old, young])
        await tx.execute(
            "UPDATE inbox SET handled_at = now() - make_interval(secs => $2) WHERE event_key = $1",
            old,
            INBOX_KEPT_S + 60,
        )
    await part._tidy(asyncio.Event())
    async with database.transaction() as tx:
        assert await inbox.take_new(tx, [old, young]) == {old}


async def test_what_waits_is_shown(database: Database) -> None:
    """The gauges say how much is in the outbox."""
    metrics = Metrics("applications")
    async with database.transaction() as tx:
        await outbox.add(tx, [submitted(), submitted()])
    await Housekeeping(database, metrics)._measure()
    assert b'nagorik_outbox_waiting{service="applications"} 2.0' in metrics.render()


async def test_it_ends_when_told(database: Database) -> None:
    """A drain does not wait for the next round."""
    part = Housekeeping(database, Metrics("applications"))
    async with asyncio.timeout(2):
        async with running(part):
            assert part.health().ready
