import asyncio

import pytest

from libs.contracts.applications import SubmissionWithdrawn
from libs.contracts.topics import LARGEST_RECORD_BYTES
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.envelope import Record, trace_of, unpack_headers
from libs.messaging.writing import outbox
from libs.trace_context import set_current
from tests.conftest import DatabaseFor
from tests.house.statements import ANY_SERVICE, statements_on
from tests.libs.messaging.announcing import TOPIC, is_empty, relay
from tests.libs.messaging.scenes import SAMPLED, running, submitted, withdrawn
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

_ROWS = 6_000


async def test_events_are_in_the_order_of_adding(database: Database) -> None:
    """Rows are read by id, in the order of adding."""
    events = [submitted() for _ in range(20)]
    async with database.transaction() as tx:
        await outbox.add(tx, events)
        rows = await tx.fetch("SELECT record_key FROM outbox ORDER BY outbox_id")
    keys = [str(event.application_id).encode() for event in events]
    assert [row["record_key"] for row in rows] == keys


async def test_an_event_carries_the_trace_in_which_it_happened(database: Database) -> None:
    """The trace at the time of adding is stored, not that of the relay."""
    set_current(SAMPLED)
    event = submitted()
    set_current(None)
    async with database.transaction() as tx:
        await outbox.add(tx, [event, withdrawn()])
        rows = await tx.fetch("SELECT headers FROM outbox ORDER BY outbox_id")
    traces = [trace_of(unpack_headers(row["headers"])) for row in rows]
    assert traces == [SAMPLED, None]


async def test_a_submission_to_an_adapter_of_a_ministry_goes_to_its_topic(
    database: Database,
) -> None:
    """The topic follows from the event."""
    event = SubmissionWithdrawn(
        application_id=new_id(),
        tracking_number="NS-7K4M9-PXRT3-HC2D3",
        public_service_id="S001",
        ministry="mofa",
        served_by="own",
        applicant_id=new_id(),
        actor_id=new_id(),
    )
    async with database.transaction() as tx:
        await outbox.add(tx, [event])
        assert await tx.fetchval("SELECT topic FROM outbox") == "submissions.mofa.v1"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"tracking_number": "x" * LARGEST_RECORD_BYTES}, "too_large"),
        ({"tracking_number": "\ud800"}, "not_encodable"),
    ],
)
async def test_an_event_that_the_broker_would_never_take_does_not_enter_the_outbox(
    database: Database, fields: dict[str, str], reason: str
) -> None:
    """The change is not made either; the error names topic and reason, and no content."""
    event = submitted().model_copy(update=fields)

    async def change() -> None:
        async with database.transaction() as tx:
            await outbox.add(tx, [submitted(), event])

    with pytest.raises(outbox.Unpublishable, match=f"{TOPIC}: {reason}") as raised:
        await change()
    assert len(str(raised.value)) < 100
    async with database.transaction() as tx:
        assert await outbox.measure_waiting(tx, limit=10) == (0, 0.0)


async def test_the_largest_event_that_enters_the_outbox_is_published(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """What is not refused before is not refused by the broker."""
    database = await database_for("applications")
    record = Record(TOPIC, b"largest", b"", [("h" * 300, b"\x00" * 300) for _ in range(99)])
    async with database.transaction() as tx:
        while outbox.fits(record):
            record = record._replace(value=(record.value or b"") + b"x" * 1_000)
        with pytest.raises(outbox.Unpublishable):
            await outbox.add_records(tx, [record])
        await outbox.add_records(tx, [record._replace(value=(record.value or b"")[:-1_000])])
    async with running(relay(database, kafka)):
        await until(lambda: is_empty(database))
    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_the_relay_is_woken_by_the_commit_and_only_by_it(database: Database) -> None:
    """A rolled-back or empty transaction does not wake the relay."""
    woken = asyncio.Event()
    database.on_notification(outbox.ROWS_ADDED, woken.set)
    async with database.transaction() as tx:
        await outbox.add(tx, [])
    assert not woken.is_set()
    async with database.transaction() as tx:
        await outbox.add(tx, [submitted()])
        assert not woken.is_set()
    assert woken.is_set()


async def test_pages_of_published_rows_are_used_again(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Four times as many events need at most twice the room of the first ones."""
    database = await database_for("applications")
    pages = []
    async with running(relay(database, kafka)):
        for _ in range(4):
            await _fill(database)
            await until(lambda: is_empty(database))
            pages.append(await _pages(database))
    assert pages[-1] <= 2 * pages[0]


@pytest.mark.parametrize(("quick_bytes", "as_before"), [(64 * 1024 * 1024, True), (8192, False)])
async def test_room_is_made_in_a_table_that_is_quick_to_vacuum(
    database: Database, quick_bytes: int, *, as_before: bool
) -> None:
    """After a long outage, publishing does not wait for a large vacuum."""
    connection = await database.dedicated()
    # Autovacuum comes once a minute, and would make the room as well.
    await connection.execute("ALTER TABLE outbox SET (autovacuum_enabled = off)")
    try:
        await _fill(database)
        first = await _pages(database)
        rows = await outbox.next_rows(connection, [], limit=_ROWS)
        await outbox.next_rows(connection, [row.outbox_id for row in rows], limit=1)
        await outbox.make_room(connection, below_bytes=quick_bytes)
        await _fill(database)
    finally:
        await connection.execute("ALTER TABLE outbox RESET (autovacuum_enabled)")
        await connection.close()
    assert (await _pages(database) == first) is as_before


async def test_what_is_deleted_is_not_looked_for_row_by_row(database: Database) -> None:
    """Rows to delete are found by hash, not by comparing every pair."""
    [statement] = [
        each
        for each in statements_on(ANY_SERVICE)
        if each.path == "libs/messaging/writing/outbox.py" and "gone AS (DELETE" in each.sql
    ]
    connection = await database.dedicated()
    try:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE one AS {statement.sql}")
        lines = await connection.fetch("EXPLAIN EXECUTE one(NULL, NULL, NULL, NULL)")
    finally:
        await connection.close()
    assert any("hashed SubPlan" in line[0] for line in lines)


async def _fill(database: Database) -> None:
    records = [Record(TOPIC, b"k", b"%d" % number + b"x" * 400, ()) for number in range(_ROWS)]
    async with database.transaction() as tx:
        await outbox.add_records(tx, records)


async def _pages(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.fetchval("SELECT pg_relation_size('outbox') / 8192"))
