"""An application as operators see it: how it stands, and the times of its changes."""

from dataclasses import replace
from datetime import timedelta

from libs.contracts.identity import CitizenErased
from libs.contracts.journeys import JourneyApplication, JourneyStep
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.applications.erasure.use_cases import erase_citizen
from services.applications.journeys.use_cases import read_own_part
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.consumers import router
from services.applications.lifecycle.queries import insert_applications
from services.applications.lifecycle.use_cases import save_responsible, withdraw
from services.applications.submissions.rules import with_form
from tests.consuming import WRITTEN_AT, consuming
from tests.services.applications.scenes import (
    MINISTRY,
    NOTE,
    NOW,
    RAHIMA,
    TRACE,
    application,
    correction_asked,
    decided,
    stored_applications,
)


async def part_of(
    tx: Transaction, application: Application
) -> tuple[JourneyApplication, list[JourneyStep]]:
    """What is known of an application."""
    part = await read_own_part(tx, application.tracking_number)
    assert part.application_id == application.application_id
    assert part.application
    return part.application, list(part.steps)


async def submitted_application(tx: Transaction) -> Application:
    """An application with the first entry of its timeline."""
    new = with_form(application(application_id=new_id()), {}, 1)
    await insert_applications(tx, [new.parts()])
    return new.application


async def test_a_change_has_the_times_of_the_ministry_of_its_record_and_of_the_store(
    tx: Transaction,
) -> None:
    """A change of our own follows from no record."""
    stored = await submitted_application(tx)
    decision = decided(stored.application_id)
    async with consuming(router, tx) as consume:
        await consume(decision)
    now = await tx.fetchval("SELECT now()")
    stands, (submitted, approved) = await part_of(tx, stored)
    assert (stands.status, stands.ministry, stands.submitted_at) == ("approved", MINISTRY, NOW)
    assert (submitted.what, submitted.happened_at) == ("application_submitted", NOW)
    assert (submitted.published_at, submitted.stored_at) == (None, now)
    assert (approved.what, approved.happened_at) == ("approved", decision.occurred_at)
    assert (approved.published_at, approved.stored_at) == (WRITTEN_AT, now)


async def test_a_withdrawal_is_a_change_without_a_record(tx: Transaction) -> None:
    """The citizen made it, and no ministry."""
    stored = await submitted_application(tx)
    await withdraw(tx, RAHIMA, stored.tracking_number, at=NOW + timedelta(hours=1))
    _, changes = await part_of(tx, stored)
    assert [change.what for change in changes] == ["application_submitted", "application_withdrawn"]
    assert changes[-1].published_at is None


async def test_it_is_kept_when_what_an_application_waited_for_had_come(tx: Transaction) -> None:
    """The time before that was neither ours nor the ministry's system's."""
    (waiting, other) = await stored_applications(tx, 2, adapter="none_yet", waits_for="adapter")
    stands, _ = await part_of(tx, waiting)
    assert (stands.waits_for, stands.waited_until) == ("adapter", None)
    await save_responsible(tx, [replace(waiting, adapter="hosted", waits_for=None)])
    now = await tx.fetchval("SELECT now()")
    stands, _ = await part_of(tx, waiting)
    assert (stands.waits_for, stands.waited_until) == (None, now)
    stands, _ = await part_of(tx, other)
    assert stands.waited_until is None


async def test_neither_note_nor_person_is_part_of_it(tx: Transaction) -> None:
    """Ids, codes and times are."""
    (stored,) = await stored_applications(tx)
    async with consuming(router, tx) as consume:
        await consume(correction_asked(stored.application_id))
    stands, changes = await part_of(tx, stored)
    text = stands.model_dump_json() + "".join(change.model_dump_json() for change in changes)
    assert NOTE.bn not in text
    assert str(RAHIMA) not in text


async def test_of_an_erased_citizen_the_times_stay_without_the_trace(tx: Transaction) -> None:
    """It is said that the citizen is erased."""
    stored = await submitted_application(tx)
    assert (await part_of(tx, stored))[1][0].trace_id == TRACE.trace_id
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    stands, changes = await part_of(tx, stored)
    assert stands.erased
    assert [change.what for change in changes] == ["application_submitted", "application_withdrawn"]
    assert (changes[0].happened_at, {change.trace_id for change in changes}) == (NOW, {None})


async def test_an_unknown_number_has_no_part(tx: Transaction) -> None:
    """It is not ours."""
    await stored_applications(tx)
    assert await read_own_part(tx, "NS-00000-00000-00000") == (None, [], None)
