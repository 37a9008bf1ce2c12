"""Replays the acts of citizens and ministries on an application since a moment."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, TypeGuard, get_args
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import (
    ApplicationAppealed,
    ApplicationCorrected,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    Status,
    SubmissionAppealed,
    SubmissionCorrected,
    SubmissionMade,
    SubmissionWithdrawn,
)
from libs.contracts.events import Event
from libs.contracts.ministries import MinistryUnreachable
from libs.errors import Refused
from libs.ids import derived_id
from services.applications.lifecycle import rules as lifecycle
from services.applications.lifecycle.application import CLOSED, Application
from services.applications.lifecycle.rules import MinistryEvent
from services.applications.public_services.rules import PublicService
from services.applications.submissions.rules import NewApplication, running_again, with_form

Act: TypeAlias = SubmissionMade | SubmissionCorrected | SubmissionWithdrawn | SubmissionAppealed
"""An act of a citizen, as the topics of submissions have it."""

FindService = Callable[[str], PublicService | None]
"""Returns a public service; None for one that the database does not have yet."""

_ANNOUNCED: Final[dict[type[Act], type[Event]]] = {
    SubmissionMade: ApplicationSubmitted,
    SubmissionCorrected: ApplicationCorrected,
    SubmissionWithdrawn: ApplicationWithdrawn,
    SubmissionAppealed: ApplicationAppealed,
}

Outcome = Literal["taken_up", "brought_up_to_date", "form_lost", "not_taken_up"]


@dataclass(frozen=True, slots=True)
class TakenUp:
    """The outcome for one application that the database had lost, in whole or in part.

    Args:
        tracking_number: of the application.
        outcome: `taken_up` where all of it was lost, `brought_up_to_date` where what the citizen
            did last was. `form_lost`: it waited for a ministry without a connection, so that no
            topic has its form.
        status: its status now; None where it is not in the database.
        detail: what a person must look at, if anything.
    """

    tracking_number: str
    outcome: Outcome
    status: Status | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Replayed:
    """An application after a replay, with the rows to store and the events to announce.

    `refused` are the events that contradict it, by id, with the reason. `grounds` are the words of
    an objection, by the id of its announcement.
    """

    application: Application
    new: NewApplication | None
    corrections: Sequence[SubmissionCorrected]
    announced: Sequence[Event]
    refused: Mapping[UUID, Refused]
    grounds: Mapping[UUID, str]


def is_act(event: Event | None) -> TypeGuard[Act]:
    """Return whether an event is a citizen's act; moves to another ministry are an operator's."""
    match event:
        case SubmissionMade():
            return event.event_id == derived_id(event.application_id, SubmissionMade.type)
        case SubmissionCorrected():
            return event.cause == "correction"
        case SubmissionWithdrawn():
            return event.moved_to is None
        case SubmissionAppealed():
            return True
        case _:
            return False


def is_known(event: Event | None) -> TypeGuard[Act | MinistryEvent]:
    """Return whether an event is a citizen's act or a ministry's answer."""
    return is_act(event) or isinstance(event, get_args(MinistryEvent))


def announcement_id(act: Act) -> UUID:
    """Return the id of the timeline's entry for an act; an act with an entry is not lost."""
    return derived_id(act.event_id, _ANNOUNCED[type(act)].type)


def replay(
    application: Application | None,
    events: Sequence[Act | MinistryEvent],
    find: FindService,
    declared: Collection[str] = (),
    *,
    since: str,
) -> Replayed:
    """Apply lost events to an application; return the rows to store.

    Whoever still waits is told that the application is safe, and that nothing is to be done.

    Args:
        application: as the database has it; None where it was lost.
        events: what is not in the database, the oldest first; the submission of a lost application
            begins it.
        find: the public services, by which last days are reckoned.
        declared: the ministries whose own adapters take objections to refusals.
        since: the moment of the restore; who is told of another restore is told again.

    Raises:
        Refused: the submission of a lost application is not among the events, or has no citizen.
    """
    new: NewApplication | None = None
    refused: dict[UUID, Refused] = {}
    announced: list[Event] = []
    for event in events:
        if isinstance(event, SubmissionMade):
            new = _submitted(event, find)
            application = new.application
            happened: list[Event] = [new.announcement]
        elif application is None:
            raise Refused("unknown_key", "its submission is not in the topics any more")
        else:
            try:
                application, happened = _apply(application, event, find, declared)
            except Refused as refusal:
                refused[event.event_id] = refusal
                continue
        announced += happened
    if application is None:
        raise Refused("unknown_key", "nothing of it is in the topics")
    if application.status not in CLOSED:
        application, happened = lifecycle.apply(application, _delay(application, since))
        announced += happened
    kept = [event for event in events if event.event_id not in refused]
    corrections = [event for event in kept if isinstance(event, SubmissionCorrected)]
    grounds = lifecycle.words_of_appeals([*kept, *announced])
    return Replayed(application, new, corrections, announced, refused, grounds)


def _apply(
    application: Application,
    event: SubmissionCorrected | SubmissionWithdrawn | SubmissionAppealed | MinistryEvent,
    find: FindService,
    declared: Collection[str],
) -> tuple[Application, list[Event]]:
    service = find(application.public_service_id)
    match event:
        case SubmissionCorrected():
            return _corrected(application, event, service)
        case SubmissionWithdrawn():
            return _withdrawn(application, event)
        case SubmissionAppealed() if application.appealed_at is not None:
            return application, []  # what was sent back for the letter that an office recorded
        case SubmissionAppealed():
            status = lifecycle.next_status(application, "appealed") or application.status
            after, announcement = lifecycle.appealed(application, event, status)
            return after, [announcement]
        case _:
            event = lifecycle.as_declared(application, event, declared)
            return lifecycle.apply(application, event, service.calendar if service else None)


def _submitted(submission: SubmissionMade, find: FindService) -> NewApplication:
    service, on = find(submission.public_service_id), dhaka_date(submission.occurred_at)
    application = Application(
        application_id=submission.application_id,
        tracking_number=submission.tracking_number,
        citizen_id=submission.applicant_id,
        public_service_id=submission.public_service_id,
        ministry=submission.ministry,
        status="submitted",
        submitted_at=submission.occurred_at,
        due_on=service.due_on(on) if service else None,
        deadline=service.deadline(on) if service else None,
        service_centre_id=submission.service_centre_id,
        trace=submission.trace,
        adapter=submission.served_by,
        office=submission.office,
        form_origin=submission.form_origin,
    )
    return with_form(
        application,
        submission.form,
        submission.form_version,
        submission.documents,
        submission.mandate,
    )


def _corrected(
    application: Application, submission: SubmissionCorrected, service: PublicService | None
) -> tuple[Application, list[Event]]:
    status = lifecycle.next_status(application, "corrected") or application.status
    on = dhaka_date(submission.occurred_at)
    corrected = replace(
        running_again(application, service, on) if service else application,
        status=status,
        note=None,
        office=submission.office,
        form_origin=submission.form_origin,
    )
    announcement = ApplicationCorrected.because_of(
        submission,
        document_ids=tuple(document.document_id for document in submission.documents),
        is_assisted=submission.mandate is not None,
        **application.facts(),
    )
    return corrected, [announcement]


def _withdrawn(
    application: Application, submission: SubmissionWithdrawn
) -> tuple[Application, list[Event]]:
    status = lifecycle.next_status(application, "withdrawn")
    if status is None:
        return application, []
    announcement = ApplicationWithdrawn.because_of(submission, **application.facts())
    return replace(application, status=status, step=None), [announcement]


def _delay(application: Application, since: str) -> MinistryUnreachable:
    return MinistryUnreachable(
        event_id=derived_id(application.application_id, f"taken up since {since}"),
        application_id=application.application_id,
        ministry=application.ministry,
        cause="platform",
        served_by="desk" if application.is_at_desk else None,
    ).in_trace(application.trace)
