import asyncio
from dataclasses import replace
from typing import Any

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters.rules import BlockedApplication
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from services.applications.lifecycle.consumers import router
from services.applications.lifecycle.queries import find_application_id, lock_applications, save
from services.applications.lifecycle.use_cases import (
    announce_blocked_applications,
    apply_ministry_events,
    withdraw,
)
from services.applications.timeline.queries import (
    find_own_application,
    list_own_applications,
    read_timeline,
)
from tests.consuming import consuming
from tests.services.applications.scenes import (
    KARIM,
    MINISTRY,
    NOTE,
    NOW,
    RAHIMA,
    TRACE,
    correction_asked,
    decided,
    outbox_events,
    outbox_types,
    received,
    row_count,
    stored_applications,
)


async def test_a_decision_closes_the_application_and_is_announced_in_its_trace(
    tx: Transaction,
) -> None:
    """Status, timeline entry and event are in the trace of the ministry's event."""
    [before] = await stored_applications(tx)
    decision = decided(before.application_id, note=NOTE).in_trace(TRACE)
    [event] = await apply_ministry_events(tx, Batch.of(decision))
    [after] = (await lock_applications(tx, [before.application_id])).values()
    [entry] = await read_timeline(tx, before.tracking_number, RAHIMA)
    assert (after.status, after.note) == ("approved", NOTE)
    assert (entry.type, entry.outcome, entry.note, entry.trace_id) == (
        "application_decided",
        "approved",
        NOTE,
        TRACE.trace_id,
    )
    assert (event.type, event.trace) == ("application_decided", TRACE)


async def test_a_repeated_decision_is_announced_once(tx: Transaction) -> None:
    """Repeats that the inbox did not drop give one event and one timeline entry."""
    [one] = await stored_applications(tx)
    decision = decided(one.application_id)
    announced = [await apply_ministry_events(tx, Batch.of(decision, decision)) for _ in range(3)]
    assert [len(events) for events in announced] == [1, 0, 0]
    assert await row_count(tx, "timeline") == 1


async def test_a_batch_moves_each_application_in_order(tx: Transaction) -> None:
    """Received, correction asked and decided in one batch are announced in that order."""
    first, second = await stored_applications(tx, 2)
    batch: Batch[Any] = Batch.of(
        received(first.application_id, case_file_number="24.00"),
        received(second.application_id),
        correction_asked(first.application_id),
        decided(first.application_id),
    )
    announced = await apply_ministry_events(tx, batch)
    assert [event.type for event in announced] == [
        "application_received",
        "application_received",
        "correction_requested",
        "application_decided",
    ]
    after = await lock_applications(tx, [first.application_id, second.application_id])
    assert after[first.application_id] == replace(
        first, status="approved", case_file_number="24.00"
    )
    assert after[second.application_id].status == "with_ministry"


async def test_only_contradicting_events_of_a_batch_are_refused(tx: Transaction) -> None:
    """A second decision, another ministry's event and an unknown application are refused."""
    closed, waiting = await stored_applications(tx, 2)
    batch: Batch[Any] = Batch.of(
        decided(closed.application_id),
        decided(closed.application_id, outcome="refused"),
        decided(waiting.application_id, ministry="minland"),
        decided(new_id()),
        decided(waiting.application_id),
    )
    announced = await apply_ministry_events(tx, batch)
    assert [reason.code for _, reason in batch.refused] == [
        "already_decided",
        "other_ministry",
        "unknown_key",
    ]
    assert len(announced) == 2


async def test_concurrent_withdrawal_and_decision_are_applied_one_after_the_other(
    database: Database,
) -> None:
    """The one that locks the row first is applied first; events are in the same order."""
    async with database.transaction() as tx:
        [one] = await stored_applications(tx)

    async def decide() -> None:
        async with database.transaction() as tx, consuming(router, tx) as consume:
            await consume(decided(one.application_id))

    async def withdraw_it() -> None:
        async with database.transaction() as tx:
            await withdraw(tx, RAHIMA, one.tracking_number, at=NOW)

    outcomes = await asyncio.gather(decide(), withdraw_it(), return_exceptions=True)
    async with database.transaction() as tx:
        types = await outbox_types(tx)
        [after] = (await lock_applications(tx, [one.application_id])).values()
    if isinstance(outcomes[1], Refused):
        assert types == ["application_decided"]
    else:
        assert types == ["submission_withdrawn", "application_withdrawn", "application_decided"]
    assert after.status == "approved"


async def test_a_blocked_application_is_announced_once(tx: Transaction) -> None:
    """An application gets one delay; a decided or unknown application gets none."""
    [waiting] = await stored_applications(tx)
    [closed] = await stored_applications(tx, status="approved")
    ids = [waiting.application_id, waiting.application_id, closed.application_id, new_id()]
    blocked = [
        BlockedApplication(n, one, f"ministries.{MINISTRY}.v1", TRACE) for n, one in enumerate(ids)
    ]
    await announce_blocked_applications(tx, blocked)
    [event] = await outbox_events(tx)
    assert (event["type"], event["value"]["cause"]) == ("application_delayed", "platform")
    assert event["value"]["application_id"] == str(waiting.application_id)
    assert event["trace_id"] == TRACE.trace_id
    [after] = (await lock_applications(tx, [waiting.application_id])).values()
    [entry] = await read_timeline(tx, waiting.tracking_number, RAHIMA)
    assert after.delayed
    assert (entry.type, entry.cause) == ("application_delayed", "platform")


async def test_an_application_is_read_as_it_was_stored(tx: Transaction) -> None:
    """Every field is read back as it was stored."""
    [one] = await stored_applications(tx, service_centre_id="uttara")
    assert await lock_applications(tx, [one.application_id]) == {one.application_id: one}
    changed = replace(
        one,
        status="correction_requested",
        due_on=None,
        overdue=True,
        delayed=True,
        case_file_number="24.00",
        note=NOTE,
    )
    await save(tx, [changed], [])
    assert await lock_applications(tx, [one.application_id]) == {one.application_id: changed}
    assert await find_own_application(tx, one.tracking_number, RAHIMA) == changed
    assert await list_own_applications(tx, RAHIMA, before=None, limit=1) == [changed]


async def test_a_citizen_cannot_read_the_application_of_another(tx: Transaction) -> None:
    """The statement selects by citizen and tracking number."""
    [one] = await stored_applications(tx)
    assert await find_application_id(tx, one.tracking_number, RAHIMA) == one.application_id
    assert await find_application_id(tx, one.tracking_number, KARIM) is None
    assert await find_own_application(tx, one.tracking_number, KARIM) is None
