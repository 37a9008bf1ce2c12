"""The lifecycle of an application: statuses, triggers, and their effects.

`TABLE` decides every pair of status and trigger, also for late, repeated and crossing events.
Overdue and delayed are flags beside the status.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from libs.bangladesh.calendar import Calendar, dhaka_date, reference_calendar
from libs.contracts.applications import (
    ApplicationAppealed,
    ApplicationDecided,
    ApplicationDelayed,
    ApplicationReceived,
    ApplicationStepReached,
    ApplicationWithdrawn,
    CorrectionRequested,
    Status,
    SubmissionAppealed,
    SubmissionWithdrawn,
)
from libs.contracts.cases import AppealRecorded
from libs.contracts.documents import DocumentReference
from libs.contracts.events import Event
from libs.contracts.mandates import MandateEvidence
from libs.contracts.ministries import (
    CorrectionAsked,
    MinistryDecided,
    MinistryReceived,
    MinistryUnreachable,
    StepReached,
)
from libs.errors import Refused
from libs.ids import derived_id
from services.applications.lifecycle.application import Application

_OfWork: TypeAlias = (
    MinistryReceived | MinistryUnreachable | CorrectionAsked | StepReached | MinistryDecided
)
MinistryEvent: TypeAlias = _OfWork | AppealRecorded
Trigger = Literal[
    "received", "unreachable", "correction_asked", "step_reached", "approved", "refused", "lapsed",
    "corrected", "withdrawn", "appealed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refuse:
    """The trigger contradicts the status: 409 for a citizen, a dead letter for an event."""

    code: str


UNCHANGED = None
"""The trigger is late or repeated: only a first file number is stored; nothing is announced."""

_NOT_ASKED = Refuse("correction_not_asked")
_CLOSED = Refuse("application_closed")
_DECIDED = Refuse("already_decided")
_NOT_REFUSED = Refuse("appeal_not_possible")

TABLE: Mapping[Status, Mapping[Trigger, Status | Refuse | None]] = {
    # The ministry has not responded yet. Any response implies that it has received the application:
    # a decision may come without a `received`, or overtake it.
    "submitted": {
        "received": "with_ministry",
        "unreachable": "submitted",
        "correction_asked": "correction_requested",
        "step_reached": "with_ministry",
        "approved": "approved",
        "refused": "refused",
        "lapsed": "lapsed",
        "corrected": _NOT_ASKED,
        "withdrawn": "withdrawn",
        "appealed": _NOT_REFUSED,
    },
    # A second `received` confirms a corrected form. It is announced only if it ends a delay or has
    # a new file number. `unreachable` here is about the delivery of the corrected form.
    "with_ministry": {
        "received": "with_ministry",
        "unreachable": "with_ministry",
        "correction_asked": "correction_requested",
        "step_reached": "with_ministry",
        "approved": "approved",
        "refused": "refused",
        "lapsed": "lapsed",
        "corrected": _NOT_ASKED,
        "withdrawn": "withdrawn",
        "appealed": _NOT_REFUSED,
    },
    # The citizen corrects. Nothing is on its way to the ministry, so `received` and `unreachable`
    # are late. The ministry may ask again with another note, or decide without the correction. It
    # goes on to a step when the time for the correction is over.
    "correction_requested": {
        "received": UNCHANGED,
        "unreachable": UNCHANGED,
        "correction_asked": "correction_requested",
        "step_reached": "with_ministry",
        "approved": "approved",
        "refused": "refused",
        "lapsed": "lapsed",
        "corrected": "with_ministry",
        "withdrawn": "withdrawn",
        "appealed": _NOT_REFUSED,
    },
    # Closed by the ministry. A second, different decision needs an appeal or a review, not an
    # event: it becomes a dead letter, and an operator asks the ministry. An appeal brings a refused
    # application back to its ministry's side, and the decision about it is no second one.
    "approved": {
        "received": UNCHANGED,
        "unreachable": UNCHANGED,
        "correction_asked": _DECIDED,
        "step_reached": UNCHANGED,
        "approved": UNCHANGED,
        "refused": _DECIDED,
        "lapsed": _DECIDED,
        "corrected": _CLOSED,
        "withdrawn": _CLOSED,
        "appealed": _NOT_REFUSED,
    },
    "refused": {
        "received": UNCHANGED,
        "unreachable": UNCHANGED,
        "correction_asked": _DECIDED,
        "step_reached": UNCHANGED,
        "approved": _DECIDED,
        "refused": UNCHANGED,
        "lapsed": _DECIDED,
        "corrected": _CLOSED,
        "withdrawn": _CLOSED,
        "appealed": "with_ministry",
    },
    # Nobody decided, since the citizen or a payment did not come in time. Whoever closed it so does
    # not decide it any more.
    "lapsed": {
        "received": UNCHANGED,
        "unreachable": UNCHANGED,
        "correction_asked": _DECIDED,
        "step_reached": UNCHANGED,
        "approved": _DECIDED,
        "refused": _DECIDED,
        "lapsed": UNCHANGED,
        "corrected": _CLOSED,
        "withdrawn": _CLOSED,
        "appealed": _NOT_REFUSED,
    },
    # Withdrawn by the citizen while an event of the ministry was on its way. A withdrawal takes
    # effect when it reaches the other side (Contract Act 1872, section 4), and a ministry that has
    # read it does not decide any more. A decision that still arrives was made before, and stands:
    # the certificate exists, or the time for an appeal runs, and the citizen must know. A request
    # for correction that crossed needs no answer.
    "withdrawn": {
        "received": UNCHANGED,
        "unreachable": UNCHANGED,
        "correction_asked": UNCHANGED,
        "step_reached": UNCHANGED,
        "approved": "approved",
        "refused": "refused",
        "lapsed": UNCHANGED,
        "corrected": _CLOSED,
        "withdrawn": UNCHANGED,
        "appealed": _NOT_REFUSED,
    },
}


def next_status(application: Application, trigger: Trigger) -> Status | None:
    """Return the status after a trigger; None if the trigger changes nothing.

    Raises:
        Refused: the trigger contradicts the application's status.
    """
    effect = TABLE[application.status][trigger]
    if isinstance(effect, Refuse):
        raise Refused(effect.code, f"{trigger} when {application.status}")
    return effect


def apply(  # noqa: C901 -- one reason after the other
    application: Application, event: MinistryEvent, calendar: Calendar | None = None
) -> tuple[Application, list[Event]]:
    """Apply a ministry's event; a repeat changes nothing and announces nothing.

    After the erasure of the citizen, only the status in an event is stored. A former ministry's
    events about acknowledgement, delay or correction are late and change nothing.

    Returns:
        The changed application, and the events to announce.

    Raises:
        Refused: the event is from another ministry or adapter, or it contradicts an earlier
            decision. A decision of a former ministry is for a person: the present one may
            decide otherwise.
    """
    if event.ministry in application.former_ministries and event.ministry != application.ministry:
        if isinstance(event, MinistryDecided):
            raise Refused("former_ministry", "the application was moved away from the ministry")
        return application, []
    _check_paper(application, event)
    if _is_what_was_appealed(application, event):
        return application, []
    if event.ministry != application.ministry:
        raise Refused("other_ministry", "the application is with another ministry")
    if (event.served_by == "desk") != application.is_at_desk:
        raise Refused("other_adapter", "another adapter has the application")
    if isinstance(event, AppealRecorded):
        return _recorded(application, event)
    if application.erased:
        return _without_words(application, event), []
    status = next_status(application, _trigger_of(event))
    if status is None:
        return _with_late_file_number(application, event), []
    changed, announcement = _changed(application, event, status)
    changed = _with_clock(changed, event, calendar or reference_calendar())
    return (application, []) if changed == application else (changed, [announcement])


def as_declared(
    application: Application, event: MinistryEvent, declared: Collection[str]
) -> MinistryEvent:
    """Return an event without days for an objection, where an own adapter has not declared any.

    It would not know what an objection is.

    Args:
        application: that it is about.
        event: of its ministry.
        declared: the ministries whose own adapters passed the check of objections.
    """
    if application.adapter != "own" or event.ministry in declared:
        return event
    if not isinstance(event, MinistryDecided):
        return event
    return event.model_copy(update={"appeal_days": None})


def withdraw(application: Application, *, at: datetime) -> tuple[Application, list[Event]]:
    """Withdraw an application; a repeat changes nothing and announces nothing.

    Raises:
        Refused: the ministry has decided.
    """
    status = next_status(application, "withdrawn")
    if status is None:
        return application, []
    submission = SubmissionWithdrawn(occurred_at=at, **application.submission_facts())
    announcement = ApplicationWithdrawn.because_of(submission, **application.facts())
    withdrawn = replace(application, status=status, step=None)
    if application.waits_for:  # the ministry was never sent what is withdrawn
        return withdrawn, [announcement]
    return withdrawn, [submission, announcement]


def appeal(
    application: Application,
    grounds: str,
    documents: tuple[DocumentReference, ...],
    *,
    at: datetime,
    mandate: MandateEvidence | None = None,
    is_at_office: bool = False,
) -> tuple[Application, ApplicationAppealed, SubmissionAppealed]:
    """Object to the refusal of an application; its ministry's side decides again.

    The time for the first decision is over, and none is published for the second.

    Args:
        application: the application.
        grounds: why the decision is wrong.
        documents: the papers that show it.
        at: the current time; the last day ends at midnight in Dhaka.
        mandate: of the uddokta who sends it for the citizen.
        is_at_office: whether an officer recorded it for the citizen.

    Raises:
        Refused: it is not refused, no objection is taken here, one was made, or it is too late.
    """
    status = next_status(application, "appealed") or application.status
    if application.appealed_at is not None:
        raise Refused("appeal_made")
    if application.appeal_until is None:
        raise Refused("appeal_not_possible")
    if dhaka_date(at) > application.appeal_until:
        raise Refused("appeal_too_late", f"the last day was {application.appeal_until}")
    submission = SubmissionAppealed(
        event_id=derived_id(application.application_id, SubmissionAppealed.type),
        occurred_at=at,
        grounds=grounds,
        documents=documents,
        application_id=application.application_id,
        tracking_number=application.tracking_number,
        ministry=application.ministry,
        public_service_id=application.public_service_id,
        served_by=application.served_by,
        applicant_id=application.citizen_id,
        mandate_id=mandate.mandate_id if mandate else None,
    )
    after, announcement = appealed(application, submission, status)
    if is_at_office:
        announcement = announcement.model_copy(update={"is_at_office": True})
    return after, announcement, submission


def words_of_appeals(events: Sequence[Event]) -> dict[UUID, str]:
    """Return the words of objections by the ids of their announcements, which have none."""
    return {
        derived_id(event.event_id, ApplicationAppealed.type): event.grounds
        for event in events
        if isinstance(event, SubmissionAppealed)
    }


def _recorded(application: Application, event: AppealRecorded) -> tuple[Application, list[Event]]:
    """Object in the name of a citizen who brought a letter; one who has objected keeps hers.

    A refusal by an earlier release of cases did not say its last day; the office has counted it.

    Raises:
        Refused: it is not refused, or the last day was over.
    """
    if application.erased or application.appealed_at is not None:
        return application, []
    until = application.appeal_until or dhaka_date(event.occurred_at)
    after, announcement, submission = appeal(
        replace(application, appeal_until=until),
        event.grounds,
        (),
        at=event.occurred_at,
        is_at_office=True,
    )
    return after, [submission.in_trace(event.trace), announcement.in_trace(event.trace)]


def appealed(
    application: Application, submission: SubmissionAppealed, status: Status
) -> tuple[Application, ApplicationAppealed]:
    """Return an application to whose refusal its citizen objected, and the announcement."""
    after = replace(
        application,
        status=status,
        note=None,
        step=None,
        due_on=None,
        deadline=None,
        overdue=False,
        appeal_until=None,
        appealed_at=submission.occurred_at,
    )
    announcement = ApplicationAppealed.because_of(
        submission,
        document_ids=tuple(document.document_id for document in submission.documents),
        is_assisted=submission.mandate_id is not None,
        **application.facts(),
    )
    return after, announcement


def _check_paper(application: Application, event: MinistryEvent) -> None:
    """Check that a decision which says something of its paper may.

    Raises:
        Refused: nobody decided, or it is none of the own adapter of its ministry.
    """
    if not isinstance(event, MinistryDecided) or not event.says_of_paper:
        return
    if event.ministry != application.ministry:
        raise Refused("other_ministry", "the application is with another ministry")
    if application.adapter != "own":
        raise Refused("other_adapter", "only a ministry's own adapter names a paper here")
    if event.outcome == "lapsed":
        raise Refused("paper_without_decision")


def _appeal_until(application: Application, event: MinistryDecided) -> date | None:
    """Return the last day on which its citizen may object to a decision; None for no refusal.

    Our desk says it, the platform's adapter of a ministry whose connection takes objections, and a
    ministry's own adapter, which is heard only if it has declared that it takes them.
    """
    if event.outcome != "refused" or event.appeal_days is None or application.appealed_at:
        return None
    return dhaka_date(event.occurred_at) + timedelta(days=event.appeal_days)


def _is_what_was_appealed(application: Application, event: MinistryEvent) -> bool:
    """Whether an event is the decision to which its citizen objected since; it has come again.

    A system that our adapter calls may repeat it at any time, since that adapter tells a repeat
    from an answer. Of a ministry's own adapter one that is later than the objection may be its
    answer: a person looks at it. One that withdraws its paper is none.

    Raises:
        Refused: it is not what was decided before, and does not say that it is about the objection.
    """
    if application.appealed_at is None or not isinstance(event, MinistryDecided):
        return False
    if event.stage != "first":
        return False
    came_before = event.occurred_at <= application.appealed_at
    if application.is_at_desk and not came_before:
        return False
    may_answer = application.adapter == "own" and not came_before and not event.paper_withdrawn
    if event.outcome != "refused" or may_answer:
        raise Refused(_DECIDED.code, "it is not about the objection")
    return True


def _without_words(application: Application, event: _OfWork) -> Application:
    effect = TABLE[application.status][_trigger_of(event)]
    return replace(application, status=effect) if isinstance(effect, str) else application


def may_resume(event: MinistryEvent) -> bool:
    """Whether the time for a decision may run again since an event, which needs the calendar."""
    return isinstance(event, (StepReached, MinistryReceived)) and event.step is not None


def _with_clock(application: Application, event: MinistryEvent, calendar: Calendar) -> Application:
    """Return an application whose time stands still, or runs again, since a ministry's event."""
    on = dhaka_date(event.occurred_at)
    match event:
        case CorrectionAsked():
            return application.since("citizen", on, calendar)
        case StepReached() | MinistryReceived() if event.step is not None:
            return application.since(event.step.waits_for, on, calendar)
        case _:
            return application


def _trigger_of(event: _OfWork) -> Trigger:
    match event:
        case MinistryReceived():
            return "received"
        case MinistryUnreachable():
            return "unreachable"
        case CorrectionAsked():
            return "correction_asked"
        case StepReached():
            return "step_reached"
        case MinistryDecided():
            return event.outcome


def _with_late_file_number(application: Application, event: _OfWork) -> Application:
    """Store a first file number that arrives late; the citizen needs it to ask the ministry."""
    if not isinstance(event, MinistryReceived | MinistryDecided) or application.case_file_number:
        return application
    number = event.case_file_number
    return replace(application, case_file_number=number) if number else application


def _changed(application: Application, event: _OfWork, status: Status) -> tuple[Application, Event]:
    facts = application.facts()
    match event:
        case MinistryReceived():
            number = event.case_file_number or application.case_file_number
            return (
                replace(
                    application,
                    status=status,
                    case_file_number=number,
                    delayed=False,
                    step=event.step or application.step,
                ),
                ApplicationReceived.because_of(event, **facts, case_file_number=number),
            )
        case MinistryUnreachable():
            delayed = replace(application, status=status, delayed=True)
            return delayed, ApplicationDelayed.because_of(event, **facts)
        case CorrectionAsked():
            returned = replace(
                application, status=status, note=event.note, delayed=False, step=None
            )
            return returned, CorrectionRequested.because_of(event, **facts)
        case StepReached():
            reached = replace(application, status=status, delayed=False, step=event.step)
            return reached, ApplicationStepReached.because_of(event, **facts)
        case MinistryDecided():
            number = event.case_file_number or application.case_file_number
            until = _appeal_until(application, event)
            return (
                replace(
                    application,
                    status=status,
                    case_file_number=number,
                    note=event.note,
                    delayed=False,
                    step=None,
                    appeal_until=until,
                    appeal_decided_by=event.appeal_decided_by if until else None,
                    appeal_is_sourced=event.appeal_is_sourced if until else False,
                ),
                ApplicationDecided.because_of(
                    event,
                    **facts,
                    case_file_number=number,
                    submitted_at=application.submitted_at,
                    due_on=application.due_on,
                    stage="appeal" if application.appealed_at else "first",
                    appeal_until=until,
                ),
            )
