import asyncio

from libs.contracts.applications import SubmissionWithdrawn
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging import outbox
from libs.messaging.envelope import trace_of, unpack_headers
from libs.trace_context import set_current
from tests.libs.messaging.scene import SAMPLED, submitted, withdrawn


async def test_events_stand_in_the_order_in_which_they_were_told(database: Database) -> None:
    """Rows are read by id, and ids follow the list."""
    events = [submitted() for _ in range(20)]
    async with database.transaction() as tx:
        await outbox.add(tx, events)
        rows = await tx.fetch("SELECT record_key FROM outbox ORDER BY outbox_id")
    keys = [str(event.application_id).encode() for event in events]
    assert [row["record_key"] for row in rows] == keys


async def test_an_event_carries_the_trace_in_which_it_happened(database: Database) -> None:
    """The trace of that moment is stored, not that of the relay."""
    set_current(SAMPLED)
    event = submitted()
    set_current(None)
    async with database.transaction() as tx:
        await outbox.add(tx, [event, withdrawn()])
        rows = await tx.fetch("SELECT headers FROM outbox ORDER BY outbox_id")
    traces = [trace_of(unpack_headers(row["headers"])) for row in rows]
    assert traces == [SAMPLED, None]


async def test_a_ministrys_event_goes_to_that_ministrys_topic(database: Database) -> None:
    """Nobody needs to say the topic: the event knows it."""
    event = SubmissionWithdrawn(
        application_id=new_id(),
        tracking_number="NS-7K4M9-PXRT3-HC2D3",
        public_service_id="S001",
        ministry="mofa",
    )
    async with database.transaction() as tx:
        await outbox.add(tx, [event])
        assert await tx.fetchval("SELECT topic FROM outbox") == "submissions.mofa.v1"


async def test_the_relay_is_woken_by_the_commit_and_only_by_it(database: Database) -> None:
    """A rolled-back or empty telling wakes nobody."""
    woken = asyncio.Event()
    database.on_signal(outbox.SIGNAL, woken.set)
    async with database.transaction() as tx:
        await outbox.add(tx, [])
    assert not woken.is_set()
    async with database.transaction() as tx:
        await outbox.add(tx, [submitted()])
        assert not woken.is_set()
    assert woken.is_set()
