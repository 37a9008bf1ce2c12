from collections.abc import Awaitable, Callable
from uuid import UUID

from libs.contracts.topics import MESSAGES, OLDEST_RESTORE_DAYS, REVOCATIONS, TOPICS
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.housekeeping import INBOX_KEPT_S, housekeeping
from libs.messaging.reading import inbox
from libs.messaging.writing import outbox
from libs.telemetry.metrics import Metrics
from tests.brokers import OWN_ADAPTERS
from tests.deploy.manifests import DEPLOY, KUBERNETES, load
from tests.libs.messaging.scenes import running, setting, submitted
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

STORES = KUBERNETES / "stores"


async def test_marks_outlive_every_record(kafka: EmbeddedKafka) -> None:
    """The retention of marks is longer than that of records at the broker."""
    kept_ms = {
        name: [int(await setting(kafka, name, knob)) for knob in ("retention.ms", "segment.ms")]
        for topic in TOPICS
        for name in [topic.name_for(OWN_ADAPTERS[0])]
        if not topic.compacted
    }
    assert len(kept_ms) == sum(not topic.compacted for topic in TOPICS)
    assert max(sum(each) for each in kept_ms.values()) / 1000 + 3600 < INBOX_KEPT_S


def test_topics_and_marks_outlive_the_oldest_backup() -> None:
    """What was read or written since the oldest moment of a restore is in Kafka, and its mark here.

    Codes and ended sessions are worthless after an hour, and no restore brings them back.
    """
    (store,) = [each for each in load(STORES / "backups.yaml") if each["kind"] == "ObjectStore"]
    assert store["spec"]["retentionPolicy"] == f"{OLDEST_RESTORE_DAYS}d"
    kept_days = {
        topic.retention_ms // 86_400_000
        for topic in TOPICS
        if not topic.compacted and topic not in {MESSAGES, REVOCATIONS}
    }
    assert min(kept_days) >= OLDEST_RESTORE_DAYS + 7
    assert INBOX_KEPT_S >= (OLDEST_RESTORE_DAYS + 7) * 86_400
    runbook = (DEPLOY / "runbooks" / "database-loss.md").read_text()
    assert f"at most {OLDEST_RESTORE_DAYS} days" in runbook


class Late:
    """A queue whose oldest job is late."""

    name = "deliver"

    async def oldest_due_age_s(self, tx: Transaction) -> float:
        assert await tx.fetchval("SELECT true")
        return 7.0


async def test_old_marks_go_and_young_ones_stay(database: Database) -> None:
    """Only marks older than any redelivery are deleted, and the waiting rows are measured."""
    metrics = Metrics("applications")
    old, young = new_id(), new_id()
    async with database.transaction() as tx:
        await inbox.take_new(tx, [old, young])
        await outbox.add(tx, [submitted(), submitted()])
        await tx.execute(
            "UPDATE inbox SET handled_at = now() - make_interval(secs => $2) WHERE event_key = $1",
            old,
            INBOX_KEPT_S + 60,
        )
        await tx.execute(
            "UPDATE outbox SET added_at = now() - interval '1 hour'"
            " WHERE outbox_id = (SELECT max(outbox_id) FROM outbox)"
        )

    async def marks() -> list[UUID]:
        async with database.transaction() as tx:
            return [row["event_key"] for row in await tx.fetch("SELECT event_key FROM inbox")]

    component = housekeeping(database, metrics, queues=[Late()])
    assert component.health().ready
    async with running(component):
        await until(lambda: _is_empty_of(old, marks))
    assert await marks() == [young]
    assert b'nagorik_outbox_waiting{service="applications"} 2.0' in metrics.render()
    assert b'nagorik_outbox_oldest_age_seconds{service="applications"} 36' in metrics.render()
    assert (
        b'nagorik_job_oldest_due_age_seconds{queue="deliver",service="applications"} 7.0'
        in metrics.render()
    )
    assert b'nagorik_dead_letters_waiting{service="applications"} 0.0' in metrics.render()


async def _is_empty_of(key: UUID, marks: Callable[[], Awaitable[list[UUID]]]) -> bool:
    return key not in await marks()
