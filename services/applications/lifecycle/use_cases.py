"""Applies ministries' events, withdrawals, and delays by the platform to applications."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from libs.contracts.applications import (
    ApplicationSubmitted,
    SubmissionCorrected,
    SubmissionMade,
    SubmittedForm,
)
from libs.contracts.documents import DocumentReference
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecided, MinistryUnreachable, PaperGranted
from libs.database.transaction import Transaction
from libs.dead_letters.rules import BlockedApplication
from libs.errors import Refused
from libs.ids import derived_id
from libs.messaging.reading.batch import Batch
from libs.messaging.writing import outbox
from services.applications.calendar import use_cases as calendars
from services.applications.lifecycle import papers, queries, rules
from services.applications.lifecycle.application import Application, canonical_tracking_number
from services.applications.lifecycle.entries import entries_of
from services.applications.lifecycle.rules import MinistryEvent
from services.applications.public_services import use_cases as public_services

_MOST_FORMS: Final = 100


async def apply_ministry_events(tx: Transaction, batch: Batch[MinistryEvent]) -> list[Event]:
    """Apply ministries' events to applications; return the events to announce.

    A refused event becomes a dead letter; the others are applied.
    """
    applications = await queries.lock_applications(tx, batch.keys())
    apply = rules.apply
    if any(rules.may_resume(event) for event in batch.events):
        apply = partial(rules.apply, calendar=await calendars.read_calendar(tx))
    declared = await read_declared(tx, batch.events)

    def apply_declared(
        application: Application, event: MinistryEvent
    ) -> tuple[Application, list[Event]]:
        return apply(application, rules.as_declared(application, event, declared))

    changed, events = batch.fold(applications, apply_declared)
    await save(tx, changed, events, grounds=rules.words_of_appeals(events))
    return [*events, *await _papers(tx, batch)]


async def read_declared(tx: Transaction, events: Iterable[Event]) -> set[str]:
    """Return which ministries that name days for an objection have own adapters that take one."""
    offers = {
        event.ministry
        for event in events
        if isinstance(event, MinistryDecided) and event.appeal_days and event.served_by != "desk"
    }
    return await public_services.read_takers_of_appeals(tx, offers) if offers else set()


async def _papers(tx: Transaction, batch: Batch[MinistryEvent]) -> list[Event]:
    """Return what the decisions of a batch that were taken say of their papers.

    The withdrawal of a paper that was never granted becomes a dead letter. Of an erased citizen
    nothing is announced.
    """
    left = {event.event_id for event, _ in batch.refused}
    wanted = [
        event
        for event in batch.events
        if isinstance(event, MinistryDecided) and event.says_of_paper and event.event_id not in left
    ]
    if not wanted:
        return []
    ids = {event.application_id for event in wanted}
    applications = await queries.lock_applications(tx, ids)
    forms = await queries.find_last_forms(tx, ids)
    granted = {key: list(ids_of) for key, ids_of in (await queries.read_granted(tx, ids)).items()}
    announced: list[Event] = []
    for event in wanted:
        application = applications[event.application_id]
        if application.erased:
            continue
        known = granted.setdefault(application.application_id, [])
        try:
            said = papers.said(application, event, forms.get(application.application_id, {}), known)
        except Refused as refusal:
            batch.refuse(event, refusal)
            continue
        if isinstance(said, PaperGranted):
            known.append(said.event_id)
            await queries.insert_granted(tx, application.application_id, len(known), said.event_id)
        if said is not None:
            announced.append(said)
    return announced


async def withdraw(
    tx: Transaction, citizen_id: UUID, tracking_number: str, *, at: datetime
) -> Application:
    """Withdraw a citizen's own application; a repeat changes and announces nothing.

    Raises:
        Refused: the citizen has no such application, or the ministry has decided.
    """
    application = await lock_own_application(tx, citizen_id, tracking_number)
    withdrawn, events = rules.withdraw(application, at=at)
    if events:
        await save(tx, [withdrawn], events)
        await outbox.add(tx, events)
    return withdrawn


async def announce_blocked_applications(
    tx: Transaction, blocked: Sequence[BlockedApplication]
) -> None:
    """Announce a delay for applications that a dead letter blocks.

    Nothing is announced if the application is decided, or its delay was announced before.
    """
    applications = await lock_applications(
        tx, {blocked_application.application_id for blocked_application in blocked}
    )
    announced: list[Event] = []
    for blocked_application in blocked:
        application = applications.get(blocked_application.application_id)
        if application is None:
            continue
        delay = MinistryUnreachable(
            event_id=derived_id(
                blocked_application.application_id,
                f"blocked by {blocked_application.dead_letter_id}",
            ),
            application_id=blocked_application.application_id,
            ministry=application.ministry,
            cause="platform",
            served_by="desk" if application.is_at_desk else None,
        ).in_trace(blocked_application.trace)
        applications[blocked_application.application_id], events = rules.apply(application, delay)
        announced += events
    await save(tx, list(applications.values()), announced)
    await outbox.add(tx, announced)


async def insert(
    tx: Transaction,
    new: Iterable[tuple[Application, SubmissionMade, ApplicationSubmitted]],
) -> set[UUID]:
    """Store new applications, their submissions, and the first entries of their timelines.

    Returns:
        The ids of the stored applications; one with a taken tracking number is not stored.
    """
    return await queries.insert_applications(tx, new)


async def insert_correction(tx: Transaction, submission: SubmissionCorrected) -> None:
    """Store the snapshot of a corrected form."""
    await queries.insert_correction(tx, submission)


async def find_last_form(
    tx: Transaction, tracking_number: str, citizen_id: UUID, *, with_earlier: bool = False
) -> SubmittedForm | None:
    """Read the last form that a citizen submitted in their own application; None without one.

    With the newest 100 before it, where those are wanted.
    """
    number = canonical_tracking_number(tracking_number)
    earlier = _MOST_FORMS if with_earlier else 0
    return await queries.find_last_form(tx, number, citizen_id, earlier=earlier)


async def find_last_forms(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, Mapping[str, Any]]:
    """Read the forms that were submitted last, by application."""
    return await queries.find_last_forms(tx, application_ids)


async def find_documents(tx: Transaction, application_id: UUID) -> dict[UUID, DocumentReference]:
    """Read the papers of all submissions of an application, by their ids."""
    return await queries.find_documents(tx, application_id)


async def save_responsible(tx: Transaction, applications: Collection[Application]) -> None:
    """Store who is responsible for locked applications: ministry, adapter and office."""
    await queries.save_responsible(tx, applications)


async def lock_applications_of(tx: Transaction, citizen_id: UUID) -> dict[UUID, Application]:
    """Read all applications of a citizen and lock their rows until the transaction ends."""
    application_ids = await queries.find_application_ids(tx, citizen_id)
    return await queries.lock_applications(tx, application_ids)


async def delete_content(tx: Transaction, application_ids: Collection[UUID]) -> dict[str, int]:
    """Delete forms and notes of locked applications, and separate them from their person.

    Returns:
        How many forms and notes were deleted.
    """
    return await queries.delete_content(tx, application_ids)


async def lock_own_application(
    tx: Transaction, citizen_id: UUID, tracking_number: str
) -> Application:
    """Read a citizen's own application and lock its row until the transaction ends.

    Raises:
        Refused: the citizen has no application with this number, in any spelling.
    """
    number = canonical_tracking_number(tracking_number)
    application_id = await queries.find_application_id(tx, number, citizen_id)
    if application_id is None:
        raise Refused("application_unknown")
    return (await queries.lock_applications(tx, [application_id]))[application_id]


async def lock_applications(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, Application]:
    """Read applications and lock their rows until the transaction ends."""
    return await queries.lock_applications(tx, application_ids)


async def save(
    tx: Transaction,
    applications: Sequence[Application],
    events: Sequence[Event],
    *,
    grounds: Mapping[UUID, str] | None = None,
) -> None:
    """Store changed applications, and the timeline entries of the events.

    Args:
        tx: the transaction.
        applications: as they are now.
        events: announcements.
        grounds: the words of objections, which no announcement has, by its id.
    """
    if applications or events:
        words = grounds or {}
        entries = [
            replace(entry, note=Text(bn=said, en=said))
            if (said := words.get(entry.event_id))
            else entry
            for entry in entries_of(events)
        ]
        await queries.save(tx, applications, entries)


async def count_submitted(tx: Transaction, start: datetime, end: datetime) -> dict[str, int]:
    """Count the applications that were submitted in a time, by public service; erased ones too."""
    return await queries.count_submitted(tx, start, end)
