import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.contracts import topics
from libs.contracts.ministries import CorrectionAsked, MinistryDecided, MinistryReceived
from libs.contracts.notifications import MessageDelivered, MessageFailed, MessageSent
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.batch import Batch
from libs.messaging.envelope import encode
from libs.messaging.handle import BatchHandling
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.applications.consumers import (
    HANDLERS,
    on_catalogue_events,
    on_ministry_events,
    on_notification_events,
)
from services.applications.store import cases, public_services, story
from tests.services.applications.scenes import (
    MINISTRY,
    NOTE,
    TRACE,
    count,
    offer_told,
    opened,
    told,
)


def received(application_id: UUID, **fields: Any) -> MinistryReceived:
    return MinistryReceived(application_id=application_id, ministry=MINISTRY, **fields)


def decided(application_id: UUID, **fields: Any) -> MinistryDecided:
    given = {"ministry": MINISTRY, "outcome": "approved", **fields}
    return MinistryDecided(application_id=application_id, **given)


def message(kind: Any, application_id: UUID, **fields: Any) -> Any:
    facts = {"message_id": new_id(), "channel": "sms", "template": "decided"}
    return kind(application_id=application_id, **facts, **fields)


async def handled(database: Database, *events: Any) -> Batch[Any]:
    batch = Batch.of(*events)
    async with database.transaction() as tx:
        await on_ministry_events(batch, tx)
    return batch


async def test_a_decision_closes_the_case_and_is_told_in_its_trace(database: Database) -> None:
    """State, timeline and announcement change together, in the trace of the ministry's answer."""
    async with database.transaction() as tx:
        [case] = await opened(tx)
    decision = decided(case.application_id, note=NOTE).in_trace(TRACE)
    await handled(database, decision)
    async with database.transaction() as tx:
        after = (await cases.lock_applications(tx, [case.application_id]))[case.application_id]
        lines = await story.read_timeline(tx, case.application_id)
    [event] = await told(database)
    assert (after.status, after.note) == ("approved", NOTE)
    assert [(line.type, line.outcome, line.note, line.trace_id) for line in lines] == [
        ("application_decided", "approved", NOTE, TRACE.trace_id)
    ]
    assert (event["type"], event["trace_id"]) == ("application_decided", TRACE.trace_id)
    assert event["value"]["citizen_id"] == str(case.citizen_id)


async def test_a_decision_is_announced_once_however_often_it_arrives(database: Database) -> None:
    """Redelivery past the inbox leaves one event and one line."""
    async with database.transaction() as tx:
        [case] = await opened(tx)
    decision = decided(case.application_id)
    for _ in range(3):
        await handled(database, decision, decision)
    assert len(await told(database)) == 1
    assert await count(database, "timeline") == 1


async def test_a_batch_walks_each_case_in_order(database: Database) -> None:
    """Received, correction asked and decided of one case in one batch are told in that order."""
    async with database.transaction() as tx:
        first, second = await opened(tx, 2)
    asked = CorrectionAsked(application_id=first.application_id, ministry=MINISTRY, note=NOTE)
    await handled(
        database,
        received(first.application_id, case_file_number="24.00"),
        received(second.application_id),
        asked,
        decided(first.application_id),
    )
    types = [event["type"] for event in await told(database)]
    assert types == [
        "application_received",
        "application_received",
        "correction_requested",
        "application_decided",
    ]
    async with database.transaction() as tx:
        after = await cases.lock_applications(tx, [first.application_id, second.application_id])
    assert after[first.application_id] == replace(
        first, status="approved", case_file_number="24.00"
    )
    assert after[second.application_id].status == "with_ministry"


async def test_what_contradicts_is_put_aside_and_its_neighbours_go_on(database: Database) -> None:
    """A second decision, another ministry's word and an unknown case are refused, each alone."""
    async with database.transaction() as tx:
        closed, open_case = await opened(tx, 2)
    batch = await handled(
        database,
        decided(closed.application_id),
        decided(closed.application_id, outcome="refused"),
        decided(open_case.application_id, ministry="minland"),
        decided(new_id()),
        decided(open_case.application_id),
    )
    assert [reason.code for _, reason in batch.refused] == [
        "already_decided",
        "other_ministry",
        "unknown_key",
    ]
    assert len(await told(database)) == 2


async def test_refusals_and_repeats_through_the_real_handling(database: Database) -> None:
    """From raw record to dead letter: a repeat is dropped by the inbox, a refusal kept."""
    async with database.transaction() as tx:
        [case] = await opened(tx)
    handling = BatchHandling(
        "applications",
        topics.MINISTRIES,
        on_ministry_events,
        database=database,
        tracing=Tracing("applications"),
        metrics=Metrics("applications"),
    )
    decision = decided(case.application_id)
    other = decided(case.application_id, outcome="refused")
    records = [RawRecordOf(event, place) for place, event in enumerate([decision, decision, other])]
    await handling.handle(records)
    assert len([e for e in await told(database) if e["topic"] == "applications.v1"]) == 1
    async with database.transaction() as tx:
        reasons = await tx.fetch("SELECT reason FROM dead_letters")
    assert [row["reason"] for row in reasons] == ["refused.already_decided"]


class RawRecordOf:
    """A record as the Kafka client gives it."""

    def __init__(self, event: Any, offset: int) -> None:
        record = encode(event, trace=None)
        self.topic, self.key, self.value = record.topic, record.key, record.value
        self.headers, self.partition, self.offset = record.headers, 0, offset


async def test_news_of_messages_stand_in_the_timeline_and_change_no_state(
    database: Database,
) -> None:
    """Sent, delivered and failed are lines; the case stays as it is and nothing is told."""
    async with database.transaction() as tx:
        [case] = await opened(tx)
    events = [
        message(MessageSent, case.application_id),
        message(MessageDelivered, case.application_id),
        message(MessageFailed, case.application_id, reason="unreachable"),
    ]
    for _ in range(2):
        async with database.transaction() as tx:
            await on_notification_events(Batch.of(*events), tx)
    async with database.transaction() as tx:
        lines = await story.read_timeline(tx, case.application_id)
        after = await cases.lock_applications(tx, [case.application_id])
    assert [line.type for line in lines] == ["message_sent", "message_delivered", "message_failed"]
    assert after[case.application_id] == case
    assert await told(database) == []


async def test_news_of_messages_wait_for_no_decision(database: Database) -> None:
    """While a case is held by another transaction, its SMS lines are written all the same."""
    async with database.transaction() as tx:
        [case] = await opened(tx)
    async with database.transaction() as holding:
        await cases.lock_applications(holding, [case.application_id])
        async with asyncio.timeout(2), database.transaction() as tx:
            await on_notification_events(Batch.of(message(MessageSent, case.application_id)), tx)
    assert await count(database, "timeline") == 1


async def test_news_of_an_unknown_case_are_put_aside(tx: Transaction) -> None:
    """Nobody's timeline gets no lines."""
    batch = Batch.of(message(MessageSent, new_id()))
    await on_notification_events(batch, tx)
    assert [reason.code for _, reason in batch.refused] == ["unknown_key"]


async def test_the_newest_word_of_the_catalogue_wins(tx: Transaction) -> None:
    """By the time it was told, within a batch and across batches; later in the log where equal."""
    old = offer_told(open=True)
    new = offer_told(open=False, occurred_at=old.occurred_at + timedelta(seconds=1))
    same_time = offer_told(open=True, occurred_at=new.occurred_at)
    await on_catalogue_events(Batch.of(new, old), tx)
    await on_catalogue_events(Batch.of(old), tx)
    [stored] = await public_services.read_public_services(tx, ["S001"])
    assert (stored.open, stored.event_id) == (False, new.event_id)
    await on_catalogue_events(Batch.of(same_time), tx)
    assert await public_services.public_service_versions(tx) == {"S001": same_time.event_id}


async def test_a_service_with_a_broken_form_is_put_aside(tx: Transaction) -> None:
    """The service that can be applied for stays as it was; its neighbours are taken in."""
    good = offer_told("S005")
    broken = offer_told("S001", form_schema={"type": "nonsense"})
    odd_rule = offer_told("S010", form_rules=({"id": "x", "must": {"fact": "f", "like": 1}},))
    batch = Batch.of(broken, good, odd_rule)
    await on_catalogue_events(batch, tx)
    assert [reason.code for _, reason in batch.refused] == ["form_schema_broken"] * 2
    assert set(await public_services.public_service_versions(tx)) == {"S005"}


async def test_a_service_of_no_known_ministry_is_put_aside(tx: Transaction) -> None:
    """Its submissions would have no topic, and would hold up everyone else's in the outbox."""
    batch = Batch.of(offer_told("S001", ministry="nobody"), offer_told("S005"))
    await on_catalogue_events(batch, tx)
    assert [reason.code for _, reason in batch.refused] == ["ministry_unknown"]
    assert set(await public_services.public_service_versions(tx)) == {"S005"}


def test_handlers_are_what_the_map_says() -> None:
    """Each topic that the map lets applications read has its function, and no other."""
    readable = {topic.name for topic in topics.TOPICS if "applications" in topic.readers}
    assert {topic.name for topic in HANDLERS} == readable
