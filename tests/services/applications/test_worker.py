import asyncio
from dataclasses import replace
from datetime import date, datetime

import pytest

from libs.bangladesh.calendar import DHAKA
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.ids import new_id
from libs.messaging.batch import Batch
from libs.messaging.heldup import HeldUp
from libs.web import idempotency
from libs.web.idempotency import Asked, Kept
from services.applications.consumers import on_catalogue_events
from services.applications.domain.offers import OfferBook
from services.applications.store import cases, story
from services.applications.worker import (
    AnswerForgetter,
    OfferReader,
    OverdueMarker,
    Repeating,
    tell_held_up,
)
from tests.services.applications.scenes import (
    MINISTRY,
    RAHIMA,
    TRACE,
    Clock,
    count,
    offer_told,
    opened,
    told,
)


async def test_overdue_is_told_once_in_the_first_trace(database: Database) -> None:
    """When the last day has passed in Dhaka: one flag, one line, one event, in many batches too."""
    async with database.transaction() as tx:
        await opened(tx, 5, due_on=date(2026, 11, 24))
    marker = OverdueMarker(database, Clock(), limit=2)
    async with asyncio.timeout(5):
        await marker.mark()
        await marker.mark()
    events = await told(database)
    assert [event["type"] for event in events] == ["application_overdue"] * 5
    assert {event["trace_id"] for event in events} == {TRACE.trace_id}
    assert await count(database, "timeline") == 5


async def test_the_last_day_lasts_until_midnight_in_dhaka(database: Database) -> None:
    """At 23:59 of the due date nobody is late; a minute later in Dhaka they are."""
    async with database.transaction() as tx:
        await opened(tx, due_on=date(2026, 11, 25))
    clock = Clock(datetime(2026, 11, 25, 23, 59, tzinfo=DHAKA))
    marker = OverdueMarker(database, clock, limit=10)
    await marker.mark()
    assert await told(database) == []
    clock.at = datetime(2026, 11, 26, 0, 0, tzinfo=DHAKA)
    await marker.mark()
    assert len(await told(database)) == 1


async def test_only_a_ministry_that_has_it_can_be_late(database: Database) -> None:
    """Not while the citizen corrects, not once closed, not where no days are promised."""
    past = date(2026, 1, 1)
    async with database.transaction() as tx:
        for status in ("correction_requested", "approved", "refused", "withdrawn"):
            await opened(tx, status=status, due_on=past)
        await opened(tx, due_on=None)
        await opened(tx, status="with_ministry", due_on=past)
    await OverdueMarker(database, Clock(), limit=10).mark()
    assert len(await told(database)) == 1


async def test_a_case_in_someones_hands_is_marked_later(database: Database) -> None:
    """Marking waits for nobody and holds nobody up."""
    async with database.transaction() as tx:
        [case] = await opened(tx, due_on=date(2026, 1, 1))
    marker = OverdueMarker(database, Clock(), limit=10)
    async with database.transaction() as holding:
        await cases.lock_applications(holding, [case.application_id])
        async with asyncio.timeout(2):
            await marker.mark()
    assert await told(database) == []
    await marker.mark()
    assert len(await told(database)) == 1


async def test_a_new_due_date_after_a_correction_can_run_over_again(database: Database) -> None:
    """Each due date has one event of its own."""
    async with database.transaction() as tx:
        [case] = await opened(tx, due_on=date(2026, 1, 1))
    marker = OverdueMarker(database, Clock(), limit=10)
    await marker.mark()
    async with database.transaction() as tx:
        await cases.save_applications(tx, [replace(case, due_on=date(2026, 2, 1), overdue=False)])
    await marker.mark()
    first, second = await told(database)
    assert first["id"] != second["id"]


async def test_offers_are_read_when_they_have_changed(database: Database) -> None:
    """A replica sees what another one's consumer wrote, and reads only what is new."""
    book = OfferBook()
    reader = OfferReader(database, book)
    with pytest.raises(Unavailable):
        await reader.read()
    async with database.transaction() as tx:
        await on_catalogue_events(Batch.of(offer_told("S001"), offer_told("S005")), tx)
    await reader.read()
    before = book.find("S005")
    async with database.transaction() as tx:
        await on_catalogue_events(Batch.of(offer_told("S001", open=False)), tx)
    await reader.read()
    assert not book.find("S001").public_service.open
    assert book.find("S005") is before


async def test_a_change_in_this_process_is_seen_at_once(database: Database) -> None:
    """The consumer's commit wakes the reader; nobody waits for the next round."""
    book, stop = OfferBook(), asyncio.Event()
    part = OfferReader(database, book).part(every_s=600)
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        tasks.create_task(part.run(stop))
        await asyncio.sleep(0.05)
        assert not part.health().ready
        async with database.transaction() as tx:
            await on_catalogue_events(Batch.of(offer_told("S001")), tx)
        for _ in range(300):
            await asyncio.sleep(0.01)
            if book.versions():
                break
        stop.set()
    assert book.find("S001")
    assert part.health().ready


async def test_a_round_that_fails_is_tried_again_and_shown() -> None:
    """While the database is away the part is not ready, and looks again after a moment."""
    rounds = 0
    stop = asyncio.Event()

    async def act() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise Unavailable("database")
        stop.set()

    part = Repeating("x", 60.0, act)
    async with asyncio.timeout(5):
        await part.run(stop)
    assert (rounds, part.health().ready) == (2, True)


async def test_old_answers_are_forgotten(database: Database) -> None:
    """A key is known for the days that the settings say, and not for ever."""
    asked = Asked(RAHIMA, "k", b"f")
    async with database.transaction() as tx:
        await idempotency.remember(tx, [asked])
        await idempotency.keep(tx, [Kept(asked, 201, b"{}")])
    clock = Clock(datetime.now(DHAKA))
    await AnswerForgetter(database, clock, kept_days=1).forget()
    assert await count(database, "idempotency") == 1
    await AnswerForgetter(database, clock, kept_days=-1).forget()
    assert await count(database, "idempotency") == 0


async def test_who_waits_behind_a_fault_of_ours_is_told_once(database: Database) -> None:
    """One message per application, none for who has an answer, none for what is not ours."""
    async with database.transaction() as tx:
        [waiting] = await opened(tx)
        [decided] = await opened(tx, status="approved")
        held = [
            HeldUp(number, application_id, f"ministries.{MINISTRY}.v1", TRACE)
            for number, application_id in enumerate(
                [waiting.application_id, waiting.application_id, decided.application_id, new_id()]
            )
        ]
        await tell_held_up(tx, held)
    [event] = await told(database)
    assert (event["type"], event["value"]["cause"]) == ("application_delayed", "platform")
    assert event["value"]["application_id"] == str(waiting.application_id)
    assert event["trace_id"] == TRACE.trace_id
    async with database.transaction() as tx:
        kept = await cases.lock_applications(tx, [waiting.application_id])
        [line] = await story.read_timeline(tx, waiting.application_id)
    assert kept[waiting.application_id].delayed
    assert (line.type, line.cause) == ("application_delayed", "platform")
