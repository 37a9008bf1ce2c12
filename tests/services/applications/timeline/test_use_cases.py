import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

from libs.contracts.issuance import PaperIssued, PaperPrinted, PaperReplaced, PaperWithdrawn
from libs.contracts.notifications import MessageFailed
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.entries import Entry
from services.applications.lifecycle.queries import lock_applications, save
from services.applications.mandate_uses.rules import AboutPaper
from services.applications.timeline.queries import read_timeline
from services.applications.timeline.rules import title_of
from services.applications.timeline.use_cases import (
    add_failed_messages,
    add_papers,
    read_application,
)
from tests.libs.messaging.scenes import until_one_waits
from tests.services.applications.scenes import (
    NOTE,
    NOW,
    RAHIMA,
    TRACE,
    row_count,
    stored_applications,
)
from tests.waiting import PATIENCE_S

PAPER, LATER = "7K4M-9PXR-T3H5", "2B7C-4DXR-K9H3"


def failed(application_id: UUID) -> MessageFailed:
    return MessageFailed(
        application_id=application_id,
        message_id=new_id(),
        channel="sms",
        template="decided",
        reason="unreachable",
    )


def entry(of: Application, **fields: Any) -> Entry:
    defaults: dict[str, Any] = {"outcome": "refused", "note": NOTE, "trace_id": TRACE.trace_id}
    return Entry(new_id(), of.application_id, "application_decided", NOW, **(defaults | fields))


async def test_a_failed_message_adds_an_entry_and_changes_nothing_else(tx: Transaction) -> None:
    """The entry is added once; the application is unchanged, and nothing is announced."""
    [one] = await stored_applications(tx)
    event = failed(one.application_id)
    for _ in range(2):
        await add_failed_messages(tx, Batch.of(event))
    entries = await read_timeline(tx, one.tracking_number, RAHIMA)
    after = await lock_applications(tx, [one.application_id])
    assert [entry.type for entry in entries] == ["message_failed"]
    assert after[one.application_id] == one
    assert await row_count(tx, "outbox") == 0


async def test_failed_messages_do_not_wait_for_a_locked_application(database: Database) -> None:
    """Entries are stored while another transaction locks the application."""
    async with database.transaction() as tx:
        [one] = await stored_applications(tx)
    async with database.transaction() as locking:
        await lock_applications(locking, [one.application_id])
        async with asyncio.timeout(PATIENCE_S), database.transaction() as tx:
            await add_failed_messages(tx, Batch.of(failed(one.application_id)))
    async with database.transaction() as tx:
        assert await row_count(tx, "timeline") == 1


async def test_a_failed_message_of_an_unknown_application_is_refused(tx: Transaction) -> None:
    """The other events of the batch are added."""
    [one] = await stored_applications(tx)
    batch = Batch.of(failed(new_id()), failed(one.application_id))
    await add_failed_messages(tx, batch)
    assert [reason.code for _, reason in batch.refused] == ["unknown_key"]
    assert await row_count(tx, "timeline") == 1


async def test_what_became_of_a_paper_is_told_and_in_the_timeline(tx: Transaction) -> None:
    """By its number; the application is unchanged, and a repeat is the same event."""
    [one] = await stored_applications(tx)
    about = {"application_id": one.application_id, "number": PAPER}
    events = (
        PaperIssued(**about),
        PaperReplaced(**about, replaced_by=LATER),
        PaperWithdrawn(**about),
    )
    assert await add_papers(tx, Batch.of(PaperPrinted(**about))) == []  # issuance tells where
    told = [await add_papers(tx, Batch.of(*events)) for _ in range(2)]
    assert [event.event_id for event in told[0]] == [event.event_id for event in told[1]]
    assert [event.type for event in told[0]] == [
        "application_paper_issued",
        "application_paper_replaced",
        "application_paper_withdrawn",
    ]
    entries = await read_timeline(tx, one.tracking_number, RAHIMA)
    assert [(entry.note.en if entry.note else None) for entry in entries] == [
        PAPER,
        f"{PAPER} → {LATER}",
        PAPER,
    ]
    assert all(title_of(entry).bn for entry in entries)
    after = await lock_applications(tx, [one.application_id])
    assert after[one.application_id] == one


async def test_nothing_is_told_of_a_paper_of_an_erased_citizen(tx: Transaction) -> None:
    """An unknown application is refused."""
    [one] = await stored_applications(tx)
    await tx.execute("UPDATE applications SET erased = true")
    batch: Batch[AboutPaper] = Batch.of(
        PaperWithdrawn(application_id=one.application_id, number=PAPER),
        PaperWithdrawn(application_id=new_id(), number=PAPER),
    )
    assert await add_papers(tx, batch) == []
    assert [reason.code for _, reason in batch.refused] == ["unknown_key"]
    assert await row_count(tx, "timeline") == 0


async def test_a_status_is_never_older_than_the_timeline(database: Database) -> None:
    """A live view leaves out the events of the timeline, and would keep the old status for ever."""
    async with database.transaction() as tx:
        [one] = await stored_applications(tx)

    async def read() -> tuple[Application, list[Entry]]:
        async with database.transaction() as tx:
            return await read_application(tx, RAHIMA, one.tracking_number)

    async with asyncio.TaskGroup() as tasks, database.transaction() as deciding:
        await deciding.execute("LOCK TABLE timeline")
        reading = tasks.create_task(read())
        await until_one_waits(database)
        await save(deciding, [replace(one, status="approved")], [entry(one)])
    found, entries = reading.result()
    assert (found.status, [each.type for each in entries]) == ("approved", ["application_decided"])


async def test_an_entry_is_written_once_and_read_in_the_order_of_writing(tx: Transaction) -> None:
    """A repeated entry changes nothing, and the order does not depend on clocks."""
    [one] = await stored_applications(tx)
    first, second = entry(one), entry(one, note=None, outcome=None)
    second = replace(second, at=NOW.replace(year=2020))
    await save(tx, [], [first, first])
    await save(tx, [], [second, replace(first, note=None)])
    assert await read_timeline(tx, one.tracking_number, RAHIMA) == [first, second]
