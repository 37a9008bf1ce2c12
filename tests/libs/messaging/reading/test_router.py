"""Handlers declared on a router, driven over FastStream's test broker."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from libs.contracts import topics
from libs.contracts.events import Event
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.kafka.broker import Broker
from libs.messaging.reading.consumers import make_consumers
from libs.messaging.reading.router import Batch, Router, Tx, handlers_of, pattern_of
from libs.settings import ServiceSettings
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from tests.conftest import DatabaseFor
from tests.consuming import consuming
from tests.libs.messaging.scenes import submitted, withdrawn


@pytest.fixture
async def database(database_for: DatabaseFor) -> Database:
    return await database_for("applications")


def withdrawing() -> Router:
    """A router whose handler withdraws every application that is submitted, and refuses others."""
    router = Router("notifications")

    @router.publisher(topics.APPLICATIONS)
    @router.subscriber(topics.APPLICATIONS)
    async def on_application_events(batch: Batch[Any], tx: Tx) -> Sequence[Event]:
        await tx.execute("SELECT 1")
        for event in batch.events:
            if event.type == "application_withdrawn":
                batch.refuse(event, Refused("wrong_state"))
        return [
            withdrawn(event.application_id)
            for event in batch.events
            if event.type == "application_submitted"
        ]

    return router


async def outbox_keys(database: Database) -> list[str]:
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT record_key FROM outbox ORDER BY outbox_id")
    return [row["record_key"].decode() for row in rows]


async def test_returned_events_are_published_by_the_transaction_of_the_batch(
    database: Database,
) -> None:
    """Returned events are in the outbox when the transaction has committed."""
    ours = [new_id(), new_id()]
    async with database.transaction() as tx, consuming(withdrawing(), tx) as consume:
        published = await consume(*[submitted(each) for each in ours], withdrawn())
        assert [getattr(event, "application_id", None) for event in published] == ours
        assert [why.code for _, why in consume.refused] == ["wrong_state"]
    assert await outbox_keys(database) == [str(each) for each in ours]


async def test_what_a_handler_raises_reaches_the_test(database: Database) -> None:
    """An exception of a handler is raised in the test."""
    router = Router("notifications")

    @router.subscriber(topics.APPLICATIONS)
    async def on_application_events(batch: Batch[Any], tx: Tx) -> None:
        raise LookupError(f"{len(batch)} events")

    async with database.transaction() as tx, consuming(router, tx) as consume:
        with pytest.raises(LookupError, match="1 events"):
            await consume(submitted())


async def test_an_event_that_a_handler_publishes_itself_goes_to_the_outbox(
    database: Database,
) -> None:
    """FastStream's `publish` writes to the outbox of the transaction."""
    router, application = Router("notifications"), new_id()
    publisher = router.publisher(topics.APPLICATIONS)

    @router.subscriber(topics.APPLICATIONS)
    async def on_application_events(batch: Batch[Any], tx: Tx) -> None:
        await publisher.publish(*[withdrawn(event.application_id) for event in batch.events])

    async with database.transaction() as tx, consuming(router, tx) as consume:
        await consume(submitted(application))
    assert await outbox_keys(database) == [str(application)]


async def test_a_replay_calls_the_routers_handlers(database: Database) -> None:
    """A replay uses the handlers of the routers and publishes their events."""
    application = new_id()
    handlers = handlers_of([withdrawing()])
    assert set(handlers) == {topics.APPLICATIONS}
    async with database.transaction() as tx:
        await handlers[topics.APPLICATIONS](Batch.of(submitted(application)), tx)
    assert await outbox_keys(database) == [str(application)]


async def test_a_service_subscribes_to_a_topic_once(database: Database) -> None:
    """Two subscribers would be members of one group, and each would get half of the records."""
    with pytest.raises(ValueError, match="two subscribers"):
        make_consumers(
            [withdrawing(), withdrawing()],
            broker=Broker("notifications", ServiceSettings()),
            database=database,
            tracing=Tracing("notifications"),
            metrics=Metrics("notifications"),
        )


def test_a_pattern_matches_the_names_of_its_topics_and_no_other() -> None:
    """A dead-letter topic is not a ministry's."""
    pattern = re.compile(pattern_of(topics.MINISTRIES))
    assert all(pattern.match(name) for name in topics.MINISTRIES.names())
    assert not pattern.match("ministries.deadletter.v1")
    assert not re.compile(pattern_of(topics.CATALOGUE)).match("catalogue_v1")
