"""Makes a case of a submission, or changes it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import orjson

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.deadline import Deadline
from libs.contracts.applications import (
    SubmissionAppealed,
    SubmissionCorrected,
    SubmissionMade,
    SubmissionWithdrawn,
)
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryUnreachable
from libs.grievances import GRIEVANCE, is_complained_of
from libs.ids import derived_id
from libs.trace_context import TraceContext
from libs.workflows.case import Case
from libs.workflows.commands import AppealAgainst, Correct, Withdraw
from services.cases.work.values import CaseFile, Content, Order

Submission: TypeAlias = (
    SubmissionMade | SubmissionCorrected | SubmissionWithdrawn | SubmissionAppealed
)
Going: TypeAlias = SubmissionCorrected | SubmissionWithdrawn
"""A submission for a case that is there."""


def file_of(made: SubmissionMade) -> CaseFile:
    """Return the case that a submission opens; its id is the submission's."""
    return CaseFile(
        case_id=made.event_id,
        application_id=made.application_id,
        tracking_number=made.tracking_number,
        public_service_id=made.public_service_id,
        ministry=made.ministry,
        citizen_id=made.applicant_id,
        state=Case(made.public_service_id, version=1),  # until it is opened
        submitted_at=made.occurred_at,
        deadline=_deadline(made),
        is_promised=made.deadline is not None,
        due_on=made.occurred_at.date(),  # until it is opened
        office=made.office,
        trace=made.trace,
        published_at=made.published_at,
    )


def _deadline(made: SubmissionMade) -> Deadline:
    """Return the time that a citizen was told; none where nothing is published."""
    told = made.deadline
    if told is None:
        return Deadline(dhaka_date(made.occurred_at), 0)
    pauses = tuple((pause.began_on, pause.ended_on) for pause in told.pauses)
    return Deadline(told.begins_on, told.working_days, pauses)


def content_of(submission: SubmissionMade | SubmissionCorrected) -> Content:
    """Return what was submitted."""
    return Content(
        submission_id=submission.event_id,
        submitted_at=submission.occurred_at,
        form=submission.form,
        form_version=submission.form_version,
        form_origin=submission.form_origin,
        documents=submission.documents,
        mandate=submission.mandate,
    )


def order_of(event: Going, at: datetime) -> Order:
    """Return what a submission wants of its case."""
    command = Correct() if isinstance(event, SubmissionCorrected) else Withdraw()
    return Order(command, at, trace=event.trace, answered_on=dhaka_date(event.occurred_at))


def appeal_of(event: SubmissionAppealed, file: CaseFile, at: datetime) -> Order:
    """Return the appeal that a submission is, with the words of its citizen.

    The days are those of the calendar in Dhaka since the decision, until it was sent.
    """
    days = (dhaka_date(event.occurred_at) - dhaka_date(file.closed_at or at)).days
    words = Text(bn=event.grounds, en=event.grounds)
    return Order(AppealAgainst(days), at, note=words, trace=event.trace)


def with_papers(stored: Content, event: SubmissionAppealed) -> Content:
    """Return what was submitted last, with the papers of an appeal."""
    known = {document.document_id for document in stored.documents}
    added = (document for document in event.documents if document.document_id not in known)
    return replace(
        stored,
        submission_id=event.event_id,
        submitted_at=event.occurred_at,
        documents=(*stored.documents, *added),
    )


def corrected(file: CaseFile, event: Going) -> CaseFile:
    """Return a case with the office that the corrected form names."""
    return replace(file, office=event.office) if isinstance(event, SubmissionCorrected) else file


def newest(stored: Content, event: Going) -> Content:
    """Return what was submitted last for a case: rules see the corrected form."""
    return content_of(event) if isinstance(event, SubmissionCorrected) else stored


def is_move(event: Going) -> bool:
    """Whether only another office is responsible, and the form is as it was."""
    return isinstance(event, SubmissionCorrected) and event.cause == "office_changed"


def is_lost(event: Going, was_closed: bool) -> bool:  # noqa: FBT001
    """Whether a submission without an open case is for a person to look at.

    A withdrawal of a case that has ended, and a move to another office, crossed the decision, which
    stands.
    """
    return not was_closed or (isinstance(event, SubmissionCorrected) and not is_move(event))


def is_at_office_complained_of(event: Submission) -> bool:
    """Whether a grievance has come to the office of which it complains: nobody there reads it."""
    if not isinstance(event, SubmissionMade | SubmissionCorrected) or event.office is None:
        return False
    return event.public_service_id == GRIEVANCE and is_complained_of(
        event.office.office_id, event.office.name, event.ministry, event.form
    )


def in_rounds(events: Sequence[Submission]) -> Iterator[list[Submission]]:
    """Return submissions in rounds: in each at most one of an application, the earliest first."""
    rounds: list[list[Submission]] = []
    seen: dict[UUID, int] = {}
    for event in events:
        place = seen.get(event.application_id, 0)
        seen[event.application_id] = place + 1
        if place == len(rounds):
            rounds.append([])
        rounds[place].append(event)
    yield from rounds


def ministry_of(value: bytes | None) -> str | None:
    """Return the ministry that the value of a submission names; it may be unreadable."""
    try:
        fields = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None
    ministry = fields.get("ministry") if isinstance(fields, dict) else None
    return ministry if isinstance(ministry, str) and ministry in bodies_by_id() else None


def submission_blocked(
    application_id: UUID, ministry: str, dead_letter_id: int, trace: TraceContext | None
) -> MinistryUnreachable:
    """Return the event about a submission that the platform could not process."""
    return MinistryUnreachable(
        event_id=derived_id(application_id, f"blocked by {dead_letter_id}"),
        application_id=application_id,
        ministry=ministry,
        served_by="desk",
        cause="platform",
    ).in_trace(trace)
