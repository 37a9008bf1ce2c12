"""Batches of records on a real PostgreSQL: a record is handled once, or is a dead letter."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from aiokafka import TopicPartition
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.contracts import topics
from libs.contracts.events import Event
from libs.contracts.notifications import MessageFailed
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import queries
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.holds import IN_A_ROW
from libs.messaging.writing import outbox
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import current_context
from tests.conftest import DatabaseFor
from tests.libs.messaging.scenes import (
    SAMPLED,
    Raw,
    RecordingHandler,
    broken,
    handling,
    raw,
    submitted,
    withdrawn,
)


@pytest.fixture
async def database(database_for: DatabaseFor) -> Database:
    return await database_for("applications")


async def letters(database: Database) -> list[tuple[int, str, bool]]:
    """Offset, reason and blocking of every dead letter."""
    async with database.transaction() as tx:
        rows = await tx.fetch(
            "SELECT topic_offset, reason, blocks FROM dead_letters ORDER BY topic_offset"
        )
    return [tuple(row.values()) for row in rows]


async def outbox_rows(database: Database) -> list[str]:
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT topic FROM outbox ORDER BY outbox_id")
    return [row["topic"] for row in rows]


def failed_message() -> MessageFailed:
    """An event of the unordered topic."""
    return MessageFailed(
        application_id=new_id(),
        message_id=new_id(),
        channel="sms",
        template="submitted",
        reason="absent",
    )


async def test_an_event_has_its_effect_once_however_often_it_comes(database: Database) -> None:
    """Redelivery of a record does not reach the handler again."""
    recorder, record = RecordingHandler(), raw(submitted(), 1)
    for _ in range(3):
        await handling(database, recorder).handle([record])
    assert len(recorder.heard) == 1


async def test_it_is_seen_how_old_an_event_was_at_its_effect(database: Database) -> None:
    """A repeated one has no second effect."""
    metrics = Metrics("applications")
    work = handling(database, RecordingHandler(), metrics=metrics)
    ages = metrics.histogram("event_age_s", topic="applications.v1", type="application_submitted")
    record = raw(submitted(occurred_at=datetime.now(UTC) - timedelta(seconds=70)), 1)
    for _ in range(2):
        await work.handle([record])
    assert (sum(ages.counts), 70 <= ages.sum < 600) == (1, True)


async def test_an_event_written_twice_by_the_relay_has_its_effect_once(database: Database) -> None:
    """The same event at two offsets, in one batch or in two, is one event."""
    event, recorder = submitted(), RecordingHandler()
    work = handling(database, recorder)
    await work.handle([raw(event, 1), raw(event, 2)])
    await work.handle([raw(event, 3)])
    assert recorder.heard == [event.in_trace(None)]
    assert await letters(database) == []


async def test_same_id_from_another_source_is_another_event(database: Database) -> None:
    """CloudEvents calls source and id together unique."""
    event, recorder = submitted(), RecordingHandler()
    other = raw(event, 2)
    other.headers = [
        (name, b"/elsewhere" if name == "ce_source" else value) for name, value in other.headers
    ]
    await handling(database, recorder).handle([raw(event, 1), other])
    assert len(recorder.heard) == 2


async def test_nothing_of_a_batch_happens_when_its_transaction_fails(database: Database) -> None:
    """A failed transaction leaves no effect, inbox mark or dead letter."""
    application = new_id()
    told = submitted(application)

    async def tell_and_fail(_: Batch[Any], tx: Transaction) -> None:
        await outbox.add(tx, [withdrawn(application)])
        raise Unavailable("database")

    with pytest.raises(Unavailable):
        await handling(database, tell_and_fail).handle([raw(told, 1), broken(new_id(), 2)])
    assert await outbox_rows(database) == []
    assert await letters(database) == []
    recorder = RecordingHandler()
    await handling(database, recorder).handle([raw(told, 1)])
    assert len(recorder.heard) == 1


async def test_an_unreadable_record_does_not_affect_others(database: Database) -> None:
    """Only the unreadable record becomes a dead letter; the others are handled."""
    recorder = RecordingHandler()
    batch = [raw(submitted(), 1), broken(new_id(), 2), raw(submitted(), 3)]
    await handling(database, recorder).handle(batch)
    assert len(recorder.heard) == 2
    assert await letters(database) == [(2, "unreadable.not_json", True)]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([], "unreadable.header_missing"),
        ([("ce_id", None)], "unreadable.header_missing"),
        ([("ce_id", b"\xff"), ("ce_source", b"\xff\xfe")], "unreadable.header_not_utf8"),
        ([("ce_id", b"1"), ("ce_source", b"x" * 2000)], "unreadable.header_too_long"),
        ([("traceparent", None), ("tracestate", None)], "unreadable.header_missing"),
    ],
)
async def test_bad_headers_make_a_dead_letter(
    database: Database, headers: list[tuple[str, bytes]], reason: str
) -> None:
    """A header without value, not UTF-8, or much too long makes a dead letter and nothing else."""
    recorder = RecordingHandler()
    record = Raw(1, b"key", b"{}", headers)
    await handling(database, recorder).handle([record, raw(submitted(), 2)])
    assert len(recorder.heard) == 1
    assert await letters(database) == [(1, reason, True)]


async def test_an_open_dead_letter_blocks_later_records_of_its_application(
    database: Database,
) -> None:
    """An open dead letter blocks later records of its application, and no others."""
    recorder, held, free = RecordingHandler(), new_id(), new_id()
    work = handling(database, recorder)
    await work.handle([broken(held, 1), raw(submitted(held), 2), raw(submitted(free), 3)])
    await work.handle([raw(withdrawn(held), 4), raw(withdrawn(free), 5)])
    assert recorder.of(held) == []
    assert [event.type for event in recorder.of(free)] == [
        "application_submitted",
        "application_withdrawn",
    ]
    assert await letters(database) == [
        (1, "unreadable.not_json", True),
        (2, "blocked", True),
        (4, "blocked", True),
    ]


async def test_a_dead_letter_does_not_block_earlier_records(database: Database) -> None:
    """A redelivered record is not blocked by a later dead letter of its key."""
    recorder, application = RecordingHandler(), new_id()
    batch = [raw(submitted(application), 1), broken(application, 2)]
    for _ in range(2):
        await handling(database, recorder).handle(batch)
    assert len(recorder.heard) == 1
    assert await letters(database) == [(2, "unreadable.not_json", True)]
    assert await outbox_rows(database) == ["applications.deadletter.v1"]


async def test_an_unreadable_record_that_is_settled_blocks_nothing_when_it_comes_again(
    database: Database,
) -> None:
    """After lost offsets, later records of its key are not blocked; another record there is."""
    recorder, application = RecordingHandler(), new_id()
    bad, later = broken(application, 1), raw(submitted(application), 2)
    await handling(database, recorder).handle([bad])
    async with database.transaction() as tx:
        await queries.settle(tx, [1], how="settled manually")
    await handling(database, recorder).handle([later])
    await handling(database, recorder).handle([bad, later, raw(withdrawn(application), 3)])
    assert [event.type for event in recorder.heard] == [
        "application_submitted",
        "application_withdrawn",
    ]
    assert await letters(database) == [(1, "unreadable.not_json", True)]
    made_again = broken(application, 1)
    made_again.timestamp = 1
    await handling(database, recorder).handle([made_again, raw(withdrawn(application), 2)])
    assert len(recorder.heard) == 2
    assert [reason for _, reason, _ in await letters(database)] == [
        "unreadable.not_json",
        "unreadable.not_json",
        "blocked",
    ]


async def test_without_order_a_dead_letter_blocks_nothing(database: Database) -> None:
    """On an unordered topic a dead letter blocks nothing."""
    event = failed_message()
    bad, good = raw(event, 1), raw(event, 2)
    bad.value = b"{"
    recorder = RecordingHandler()
    await handling(database, recorder, topic=topics.NOTIFICATIONS).handle([bad, good])
    assert len(recorder.heard) == 1
    assert await letters(database) == [(1, "unreadable.not_json", False)]


async def test_a_refused_event_is_a_dead_letter_and_others_are_handled(database: Database) -> None:
    """A refused event becomes a dead letter with the rule's code, and blocks nothing."""
    application = new_id()
    saved: list[Event] = []

    async def refuse_first(batch: Batch[Any], _: Transaction) -> None:
        batch.refuse(batch.events[0], Refused("wrong_state", "it is closed"))
        saved.extend(batch.events[1:])

    batch = [raw(submitted(application), 1), raw(withdrawn(application), 2)]
    await handling(database, refuse_first).handle(batch)
    assert [event.type for event in saved] == ["application_withdrawn"]
    assert await letters(database) == [(1, "refused.wrong_state", False)]


async def test_an_event_refused_twice_by_one_handler_is_one_dead_letter(database: Database) -> None:
    """An event that two rules refuse is one dead letter with one copy."""

    async def refuse_twice(batch: Batch[Any], _: Transaction) -> None:
        batch.refuse(batch.events[0], Refused("wrong_state"))
        batch.refuse(batch.events[0], Refused("unknown_key"))

    await handling(database, refuse_twice).handle([raw(submitted(), 1)])
    assert await letters(database) == [(1, "refused.wrong_state", False)]
    assert await outbox_rows(database) == ["applications.deadletter.v1"]


async def test_a_defect_is_found_by_halving_and_stays_alone(database: Database) -> None:
    """A handler that fails on one record of eight handles the other seven."""
    applications = [new_id() for _ in range(8)]

    def fails(event: Event) -> BaseException | None:
        bad = getattr(event, "application_id", None) == applications[5]
        return KeyError("broken") if bad else None

    recorder = RecordingHandler(fails_on=fails)
    await handling(database, recorder).handle(
        [raw(submitted(each), offset) for offset, each in enumerate(applications)]
    )
    assert len(recorder.heard) == 7
    assert await letters(database) == [(5, "defect.KeyError", True)]


async def test_a_temporary_defect_leaves_no_dead_letter(database: Database) -> None:
    """A record is tried three times before it becomes a dead letter."""
    tries: list[int] = []

    async def third_time(_: Batch[Any], __: Transaction) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise KeyError("not yet")

    await handling(database, third_time).handle([raw(submitted(), 1)])
    assert len(tries) == 3
    assert await letters(database) == []


async def test_a_value_that_fits_no_column_is_a_defect_not_an_outage(database: Database) -> None:
    """A number too large for its column is a defect, not an outage of the database."""

    async def too_large(_: Batch[Any], tx: Transaction) -> None:
        await tx.execute("SELECT $1::int", 2**40)

    await handling(database, too_large).handle([raw(submitted(), 1)])
    assert await letters(database) == [(1, "defect.DataError", True)]


async def test_a_handler_that_fails_on_everything_fills_no_dead_letters(
    database: Database,
) -> None:
    """After twenty defects in a row the partition is held at one record; blocked ones do not count.

    In a topic of ours one partition puts the handler in doubt: the consumer is not ready.
    """
    recorder = RecordingHandler(fails_on=lambda _: KeyError("all"))
    batch = [
        raw(event, 2 * number + step)
        for number in range(30)
        for application in [new_id()]
        for step, event in enumerate([submitted(application), withdrawn(application)])
    ]
    work = handling(database, recorder)
    for _ in range(120):
        (hold,) = (await work.handle_once(batch)).values()
        batch = [one for one in batch if one.offset >= hold.offset]
    defects = [reason for _, reason, _ in await letters(database) if reason != "blocked"]
    assert len(defects) == 20
    assert batch[0].offset == 40
    assert not work.transactions.health().ready
    assert work.transactions.health().live


async def test_a_partition_that_fails_keeps_no_other_waiting(database: Database) -> None:
    """What others wrote into the same batch is handled by the call that holds the partition."""
    bad, good = new_id(), [new_id() for _ in range(7)]
    recorder = RecordingHandler(
        fails_on=lambda e: KeyError() if getattr(e, "application_id", 0) == bad else None
    )
    batch = [raw(submitted(bad), 1), raw(withdrawn(bad), 2)]
    for number, each in enumerate(good):
        batch.append(raw(submitted(each), 1))
        batch[-1].partition = number + 1
    held = await handling(database, recorder).handle_once(batch)
    assert len(recorder.of(*good)) == 7
    assert {place.partition: hold.offset for place, hold in held.items()} == {0: 1}
    assert await letters(database) == []


async def test_a_partition_that_failed_lately_has_transactions_of_its_own(
    database: Database,
) -> None:
    """When it fails again, the batch of the others is not halved, although it worked meanwhile."""
    bad = [new_id(), new_id()]
    recorder = RecordingHandler(
        fails_on=lambda e: KeyError() if getattr(e, "application_id", 0) in bad else None
    )
    work = handling(database, recorder)
    await work.handle(_beside_others(bad[0], 1))
    await work.handle([raw(submitted(), 2)])
    before = recorder.batches
    await work.handle_once(_beside_others(bad[1], 3))
    assert recorder.batches - before == 2


async def test_a_partition_of_many_dead_letters_has_transactions_of_its_own(
    database: Database,
) -> None:
    """A ministry that writes nonsense does not lengthen the transactions of the others."""
    recorder = RecordingHandler()
    work = handling(database, recorder, held_like=topics.MINISTRIES)
    await work.handle([broken(new_id(), offset) for offset in range(IN_A_ROW + 1)])
    await work.handle_once(_beside_others(new_id(), IN_A_ROW + 1))
    assert recorder.batches == 2
    assert len(recorder.heard) == 5


def _beside_others(application: UUID, offset: int) -> list[Raw]:
    """An event of the application in the first partition, and one each in four others."""
    records = [raw(submitted(each), offset) for each in (application, *_new_ids(4))]
    for partition, record in enumerate(records):
        record.partition = partition
    return records


@pytest.mark.parametrize("others_wait", [True, False])
async def test_a_partition_that_failed_lately_gives_way_to_the_others(
    database: Database, *, others_wait: bool
) -> None:
    """It is held after some of its records; for a while if others are handled, else for none.

    What it is held at is not even read.
    """
    bad = new_id()
    recorder = RecordingHandler(
        fails_on=lambda e: KeyError() if getattr(e, "application_id", 0) == bad else None
    )
    work, hostile = handling(database, recorder), TopicPartition(topics.APPLICATIONS.name, 0)
    await work.handle([raw(submitted(bad), 1)])
    records = [raw(submitted(), offset) for offset in range(2, 802)]
    if others_wait:
        records.append(raw(submitted(), 1))
        records[-1].partition = 1
    unread: Any = SimpleNamespace(topic=hostile.topic, partition=hostile.partition, offset=802)
    held = await work.handle_once([*records, unread])
    assert set(held) == {hostile}
    assert 2 < held[hostile].offset < 802
    assert (held[hostile].pause_s > 0) == others_wait
    await work.handle(records)
    assert len(recorder.heard) == len(records)


def _new_ids(number: int) -> list[UUID]:
    return [new_id() for _ in range(number)]


async def test_a_key_that_is_too_long_makes_a_dead_letter_that_blocks_nothing(
    database: Database,
) -> None:
    """Keys of dead letters stand in an index, which takes a third of a page at most."""
    recorder, record = RecordingHandler(), raw(submitted(), 1)
    record.key = b"".join(new_id().bytes for _ in range(6_000))
    await handling(database, recorder).handle([record, raw(submitted(), 2)])
    assert len(recorder.heard) == 1
    assert await letters(database) == [(1, "unreadable.key_too_long", False)]


async def test_each_sampled_event_has_its_span_and_the_handler_its_context(
    database: Database,
) -> None:
    """Events from a handler belong to the span of its record."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("applications", exporter=exporter)
    recorder = RecordingHandler()
    event = submitted()
    plain = submitted()
    await handling(database, recorder, tracing=tracing).handle(
        [raw(event, 1, trace=SAMPLED), raw(plain, 2)]
    )
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == SAMPLED.span_id
    assert recorder.heard[0].trace is not None
    assert span.context is not None
    assert recorder.heard[0].trace.span_id == f"{span.context.span_id:016x}"
    assert recorder.heard[1].trace is None
    assert current_context() is None


async def test_a_record_that_fails_for_good_has_its_span_in_an_unsampled_trace(
    database: Database,
) -> None:
    """After the commit that keeps it; those that are handled have none."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("applications", exporter=exporter)
    unsampled = SAMPLED.with_sampled(sampled=False)

    async def refuse_first(batch: Batch[Any], _: Transaction) -> None:
        batch.refuse(batch.events[0], Refused("wrong_state", "it is closed"))

    records = [raw(submitted(), 1, trace=unsampled), raw(submitted(), 2, trace=unsampled)]
    await handling(database, refuse_first, tracing=tracing).handle(records)
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.context.trace_id == int(unsampled.trace_id, 16)
    assert (span.attributes or {})["error.type"] == "refused.wrong_state"


def test_event_keys_differ_by_application() -> None:
    """The applications of these tests have different keys."""
    keys: set[UUID] = {submitted().application_id for _ in range(3)}
    assert len(keys) == 3
