"""A database that was restored to a moment, with records read since, on real servers."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import GroupLoadInProgressError, KafkaConnectionError
from aiokafka.protocol.commit import OffsetFetchRequest, OffsetFetchResponse_v3

from libs.contracts import topics
from libs.contracts.access import group_of
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.ids import new_id
from libs.messaging.reading.behind import DatabaseBehind, check_not_behind
from libs.messaging.restoring.rewind import GroupHasMembers, plan_rewind, rewind
from libs.telemetry.metrics import Metrics
from tests.brokers import remake_topics
from tests.conftest import DatabaseFor
from tests.libs.messaging.scenes import (
    RecordingHandler,
    consumer,
    running,
    submitted,
    write_events,
)
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

SERVICE = "documents"  # a reader of the topic, since the groups to rewind stand in the map


@pytest.fixture
def kafka(empty_kafka: EmbeddedKafka) -> EmbeddedKafka:
    return empty_kafka


@pytest.fixture
async def database(database_for: DatabaseFor) -> Database:
    return await database_for("applications")


async def back_up(tx: Transaction) -> None:
    """Copy what messaging stores."""
    await tx.execute("DROP TABLE IF EXISTS saved_inbox, saved_offsets")
    await tx.execute("CREATE TABLE saved_inbox AS TABLE inbox")
    await tx.execute("CREATE TABLE saved_offsets AS TABLE group_offsets")


async def restore(tx: Transaction) -> None:
    """Let the database go back to the copy."""
    await tx.execute("DELETE FROM inbox")
    await tx.execute("INSERT INTO inbox TABLE saved_inbox")
    await tx.execute("DELETE FROM group_offsets")
    await tx.execute("INSERT INTO group_offsets TABLE saved_offsets")
    await tx.execute("DROP TABLE saved_inbox, saved_offsets")


async def empty(database: Database) -> None:
    """Leave nothing of what messaging stores."""
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM group_offsets")
        await tx.execute("DELETE FROM inbox")


async def handled(kafka: EmbeddedKafka, database: Database, *applications: UUID) -> None:
    """Write events about applications, and let the service handle them."""
    await write_events(kafka, *[submitted(application) for application in applications])
    recorder = RecordingHandler()
    async with running(consumer(database, recorder, kafka, name=SERVICE)):
        await until(lambda: len(recorder.of(*applications)) == len(applications))


async def test_nothing_is_read_on_a_restored_database_until_it_is_rewound(
    kafka: EmbeddedKafka, database: Database
) -> None:
    """All that was read since the moment is handled once more, and nothing that was before it."""
    before, lost, later = ([new_id() for _ in range(60)] for _ in range(3))
    await handled(kafka, database, *before[:30])
    await handled(kafka, database, *before[30:])
    async with database.transaction() as tx:
        await back_up(tx)
    await handled(kafka, database, *lost)
    async with database.transaction() as tx:
        await restore(tx)
    await write_events(kafka, *[submitted(each) for each in later])

    recorder = RecordingHandler()
    part = consumer(database, recorder, kafka, name=SERVICE)
    async with running(part):
        await until(lambda: "restored" in part.health().detail)
        assert not part.health().ready
        plan = await plan_rewind(kafka.client, database, SERVICE)
        assert sum(each.records for each in plan) == len(lost)
        assert recorder.heard == []
        await rewind(kafka.client, database, plan, by="Rahima")
        await until(lambda: len(recorder.of(*later)) == len(later))
        assert part.health().ready
    assert len(recorder.of(*lost)) == len(lost)
    assert recorder.of(*before) == []
    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT actor FROM recovery_journal") == "Rahima"


async def is_rewound(kafka: EmbeddedKafka, database: Database) -> bool:
    """Rewind the service, unless its member has not left yet."""
    plan = await plan_rewind(kafka.client, database, SERVICE)
    try:
        await rewind(kafka.client, database, plan, by="Rahima")
    except GroupHasMembers:
        return False
    return True


async def test_a_database_that_goes_back_under_a_running_service_is_noticed(
    kafka: EmbeddedKafka, database: Database
) -> None:
    """The service reads no further, although its consumer stands behind the lost records."""
    first, lost, later = new_id(), new_id(), new_id()
    recorder = RecordingHandler()
    part = consumer(database, recorder, kafka, name=SERVICE)
    async with running(part):
        # One partition, so that the consumer meets it again.
        await write_events(kafka, submitted(first))
        await until(lambda: recorder.of(first))
        async with database.transaction() as tx:
            await back_up(tx)
        await write_events(kafka, submitted(first, event_id=lost))
        await until(lambda: len(recorder.heard) == 2)
        async with database.transaction() as tx:
            await restore(tx)
        await write_events(kafka, submitted(first, event_id=later))
        await until(lambda: "restored" in part.health().detail)
        assert len(recorder.heard) == 2
        await until(lambda: is_rewound(kafka, database), every_s=0.5)
        await until(lambda: part.health().ready)
        await until(lambda: len(recorder.heard) == 4)
    assert [event.event_id for event in recorder.heard[2:]] == [lost, later]


async def test_a_database_that_goes_back_under_a_quiet_service_is_noticed(
    kafka: EmbeddedKafka, database: Database
) -> None:
    """No record comes, and yet the service says it: what it read is lost until it is rewound."""
    before, lost = new_id(), new_id()
    await handled(kafka, database, before)
    async with database.transaction() as tx:
        await back_up(tx)
    await handled(kafka, database, lost)
    recorder = RecordingHandler()
    part = consumer(database, recorder, kafka, name=SERVICE, compare_every_s=0.1)
    async with running(part):
        await until(lambda: part.health().ready)
        async with database.transaction() as tx:
            await restore(tx)
        await until(lambda: "restored" in part.health().detail)
        await until(lambda: is_rewound(kafka, database), every_s=0.5)
        await until(lambda: recorder.of(lost))
        await until(lambda: part.health().ready)
    assert recorder.of(before) == []


async def test_a_group_whose_members_run_is_not_rewound(
    kafka: EmbeddedKafka, database: Database
) -> None:
    """A member would commit its own offsets again."""
    application = new_id()
    await handled(kafka, database, application)
    recorder = RecordingHandler()
    part = consumer(database, recorder, kafka, name=SERVICE)
    async with running(part):
        other = new_id()
        await write_events(kafka, submitted(other))
        await until(lambda: recorder.of(other))
        beginning = datetime(2026, 1, 1, tzinfo=UTC)
        plan = await plan_rewind(kafka.client, database, SERVICE, to=beginning)
        assert plan
        with pytest.raises(GroupHasMembers):
            await rewind(kafka.client, database, plan, by="Rahima")


async def test_a_group_reads_again_from_a_time(kafka: EmbeddedKafka, database: Database) -> None:
    """What the database has is dropped by the inbox; the counts are those of the records."""
    applications = [new_id() for _ in range(10)]
    await handled(kafka, database, *applications)
    plan = await plan_rewind(kafka.client, database, SERVICE, to=datetime(2026, 1, 1, tzinfo=UTC))
    assert sum(each.records for each in plan) == len(applications)
    await rewind(kafka.client, database, plan, by="Rahima")
    recorder, last = RecordingHandler(), new_id()
    await write_events(kafka, submitted(last))
    async with running(consumer(database, recorder, kafka, name=SERVICE)):
        await until(lambda: recorder.of(last))
    assert recorder.of(*applications) == []


async def test_a_topic_made_anew_is_read_from_its_beginning(
    kafka: EmbeddedKafka, database: Database
) -> None:
    """Offsets of the old topic say nothing of the new one, which is read before and after them."""
    await handled(kafka, database, *[new_id() for _ in range(40)])
    await remake_topics(kafka.client)
    await handled(kafka, database, new_id())
    await handled(kafka, database, *[new_id() for _ in range(100)])


async def test_a_coordinator_that_loads_its_offsets_is_not_taken_for_one_without_any(
    kafka: EmbeddedKafka, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers with an error and no offset, and a restored database would be read on."""
    await handled(kafka, database, new_id())
    await empty(database)
    sent = AIOKafkaClient.send

    async def send(self: AIOKafkaClient, node: int, request: Any, **more: Any) -> Any:
        if isinstance(request, OffsetFetchRequest):
            return OffsetFetchResponse_v3(0, [], GroupLoadInProgressError.errno)
        return await sent(self, node, request, **more)

    monkeypatch.setattr(AIOKafkaClient, "send", send)
    group = group_of(SERVICE, topics.APPLICATIONS)
    with pytest.raises(GroupLoadInProgressError):
        await check_not_behind(kafka.client, database, group)
    with pytest.raises(Unavailable):
        await plan_rewind(kafka.client, database, SERVICE)
    monkeypatch.undo()
    with pytest.raises(DatabaseBehind):
        await check_not_behind(kafka.client, database, group)


async def test_the_alert_of_a_restore_does_not_end_with_the_brokers(
    kafka: EmbeddedKafka, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be compared, what was found before holds."""
    await handled(kafka, database, new_id())
    await empty(database)
    metrics = Metrics(SERVICE)
    part = consumer(database, RecordingHandler(), kafka, name=SERVICE, metrics=metrics)
    async with running(part):
        await until(lambda: "restored" in part.health().detail)
        asked: list[str] = []

        async def away(*_: Any) -> None:
            asked.append("offsets")
            raise KafkaConnectionError

        monkeypatch.setattr("libs.messaging.reading.behind.committed_offsets", away)
        await until(lambda: len(asked) > 1)
        shown = (
            f'nagorik_partitions_ahead_of_database{{group="{part.group}",service="{SERVICE}"}} 1'
        )
        assert shown in metrics.render().decode()


async def test_a_restore_is_noticed_after_the_loss_of_all_of_kafka(
    kafka: EmbeddedKafka, database: Database
) -> None:
    """With the rows deleted, as the runbook says, old offsets do not stand above the new ones."""
    await handled(kafka, database, *[new_id() for _ in range(100)])
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM group_offsets")
    await remake_topics(kafka.client)
    await handled(kafka, database, *[new_id() for _ in range(20)])
    async with database.transaction() as tx:
        await back_up(tx)
    await handled(kafka, database, *[new_id() for _ in range(20)])
    async with database.transaction() as tx:
        await restore(tx)
    assert sum(each.records for each in await plan_rewind(kafka.client, database, SERVICE)) == 20


async def test_an_emptied_database_is_noticed(kafka: EmbeddedKafka, database: Database) -> None:
    """It has neither offsets nor marks of what was read: all of it is lost."""
    await handled(kafka, database, *[new_id() for _ in range(10)])
    await empty(database)
    part = consumer(database, RecordingHandler(), kafka, name=SERVICE)
    async with running(part):
        await until(lambda: "restored" in part.health().detail)
