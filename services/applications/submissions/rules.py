"""New applications and corrections, with their events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import (
    ApplicationCorrected,
    ApplicationSubmitted,
    Assistance,
    DeadlinePause,
    MandateUsed,
    ResponsibleOffice,
    SubmissionCorrected,
    SubmissionDeadline,
    SubmissionMade,
    SubmitApplication,
)
from libs.contracts.documents import DocumentReference
from libs.contracts.events import Event
from libs.contracts.mandates import MandateEvidence
from libs.errors import FieldError, Refused, Unreadable
from libs.grievances import GRIEVANCE, is_complained_of
from libs.ids import derived_id, new_tracking_number
from libs.trace_context import TraceContext
from services.applications.forms import applicant
from services.applications.forms.papers import Papers, papers_in
from services.applications.forms.rules import check_form
from services.applications.lifecycle.application import Application, waits_at
from services.applications.lifecycle.rules import next_status
from services.applications.public_services.rules import CompiledService, PublicService

_LONGEST_OFFICE: Final = 200
"""As the form of grievances has it."""
_COMPLAINED_OF: Final = FieldError(
    "/form/office",
    "office_complained_of",
    "এই কার্যালয়ের কাছেই এখন আপনার অভিযোগ। অভিযোগটি তুলে নিয়ে নতুন অভিযোগ করুন; তা অন্য কার্যালয়ে যাবে।",
    "This office has your grievance. Withdraw it and make a new one: it goes to another office.",
)


@dataclass(frozen=True, slots=True)
class NewApplication:
    """A new application with its two events: the submission and the announcement."""

    application: Application
    submission: SubmissionMade
    announcement: ApplicationSubmitted

    def parts(self) -> tuple[Application, SubmissionMade, ApplicationSubmitted]:
        """Return the application and its two events."""
        return self.application, self.submission, self.announcement

    def events(self) -> list[Event]:
        """Return the events to publish, the ministry's first.

        While the application waits for something, its submission waits (capability `onboarding`).
        """
        used = self._uses_of_mandate()
        if self.application.waits_for:
            return [self.announcement, *used]
        return [self.submission, self.announcement, *used]

    def _uses_of_mandate(self) -> list[MandateUsed]:
        mandate = self.submission.mandate
        if mandate is None:
            return []
        office = self.application.office
        return [
            MandateUsed.because_of(
                self.submission,
                mandate_id=mandate.mandate_id,
                office_id=office.office_id if office else None,
            )
        ]


def submit(
    body: SubmitApplication,
    service: CompiledService,
    papers: Papers,
    *,
    application_id: UUID,
    trace: TraceContext | None,
    mandate: MandateEvidence | None = None,
) -> NewApplication:
    """Check a submission, and return the new application.

    Args:
        body: the submission as received.
        service: its public service.
        papers: the papers that its citizen may name, at the current time.
        application_id: id of the new application.
        trace: the trace of the request.
        mandate: how the citizen agreed that an uddokta submits it.

    Raises:
        Refused: a service centre is named without a mandate.
        Unreadable: answers of the form are wrong.
    """
    if body.service_centre_id is not None:
        raise Refused("mandate_needed", pointer="/service_centre_id")
    today = dhaka_date(papers.at)
    form = check_form(service.form, body.form, today, papers)
    responsible = service.public_service.responsible(form, today)
    application = Application(
        application_id=application_id,
        tracking_number=new_tracking_number(application_id),
        citizen_id=papers.owner_id,
        public_service_id=body.public_service_id,
        ministry=responsible.ministry,
        status="submitted",
        submitted_at=papers.at,
        due_on=service.public_service.due_on(today),
        deadline=service.public_service.deadline(today),
        service_centre_id=mandate.service_centre_id if mandate else None,
        trace=trace,
        adapter=responsible.adapter,
        waits_for=waits_at(responsible.adapter),
        office=responsible.office,
        form_origin=service.public_service.form_origin,
    )
    documents = papers_in(service.form.papers, form, papers)
    return with_form(application, form, service.public_service.form_version, documents, mandate)


def with_form(
    application: Application,
    form: dict[str, Any],
    form_version: int,
    documents: tuple[DocumentReference, ...] = (),
    mandate: MandateEvidence | None = None,
) -> NewApplication:
    """Return a new application with its events; their ids are derived from the application's id."""
    submission = submission_of(application, form, form_version, documents, mandate)
    announcement = ApplicationSubmitted.because_of(
        submission,
        due_on=application.due_on,
        document_ids=_ids(documents),
        assistance=mandate and Assistance.model_validate(mandate, from_attributes=True),
        **application.facts(),
    )
    return NewApplication(application, submission, announcement)


def submission_of(
    application: Application,
    form: dict[str, Any],
    form_version: int,
    documents: tuple[DocumentReference, ...],
    mandate: MandateEvidence | None,
) -> SubmissionMade:
    """Return the submission that hands an application over to its ministry.

    A repeat has the same id. At the next ministry that an application is moved to it is another.
    """
    moves = len(application.former_ministries)
    purpose = SubmissionMade.type + (f" after {moves}" if moves else "")
    return SubmissionMade(
        event_id=derived_id(application.application_id, purpose),
        occurred_at=application.submitted_at,
        form=form,
        form_version=form_version,
        documents=documents,
        deadline=deadline_of(application),
        **application.submission_facts(mandate),
    ).in_trace(application.trace)


def deadline_of(application: Application) -> SubmissionDeadline | None:
    """Return the time that its ministry has for an application; None if none was promised."""
    deadline = application.deadline
    if deadline is None or application.due_on is None:
        return None
    return SubmissionDeadline(
        begins_on=deadline.begins_on,
        working_days=deadline.days,
        pauses=tuple(
            DeadlinePause(began_on=began_on, ended_on=ended_on)
            for began_on, ended_on in deadline.over
        ),
    )


def renumbered(new: NewApplication, tracking_number: str) -> NewApplication:
    """Return a new application with another tracking number."""
    application = replace(new.application, tracking_number=tracking_number)
    submission = new.submission
    return with_form(
        application,
        submission.form,
        submission.form_version,
        submission.documents,
        submission.mandate,
    )


def correct(
    application: Application,
    find: Callable[[str], CompiledService],
    form: dict[str, Any],
    papers: Papers,
    mandate: MandateEvidence | None = None,
    *,
    before: Mapping[str, Any],
) -> tuple[Application, SubmissionCorrected, ApplicationCorrected]:
    """Apply the corrected form that the ministry requested.

    The ministry's time stood still while the citizen corrected, and runs again. Where the new
    answers make another office of the ministry responsible, it gets the application; to another
    ministry only operators move it.

    Args:
        application: the application.
        find: returns its public service by id; called only if a correction is requested.
        form: the answers as received.
        papers: the papers that the answers may name, at the current time.
        mandate: of the uddokta who corrects it for the citizen.
        before: the answers that were sent last.

    Raises:
        Refused: no correction is requested; this is checked first.
        Unreadable: answers of the form are wrong.
    """
    status = next_status(application, "corrected") or application.status
    service = find(application.public_service_id)
    today = dhaka_date(papers.at)
    checked = check_form(service.form, form, today, papers)
    documents = papers_in(service.form.papers, checked, papers)
    responsible = service.public_service.responsible(checked, today)
    office = (
        responsible.office if responsible.ministry == application.ministry else application.office
    )
    _check_not_complained_of(application, office, checked)
    corrected = replace(
        running_again(application, service.public_service, today),
        status=status,
        note=None,
        office=office,
        form_origin=service.public_service.form_origin,
    )
    submission = SubmissionCorrected(
        occurred_at=papers.at,
        form=checked,
        form_version=service.public_service.form_version,
        documents=documents,
        **corrected.submission_facts(mandate),
    )
    announcement = ApplicationCorrected.because_of(
        submission,
        document_ids=_ids(documents),
        is_assisted=mandate is not None,
        changes=applicant.changes(service.form.schema, before, checked),
        **application.facts(),
    )
    return corrected, submission, announcement


def with_office(written: object, office: ResponsibleOffice) -> str:
    """Return what a citizen wrote of an office, else its name, with its id behind it.

    The id stands there also where much was written, since it decides who does not answer.
    """
    words = written if isinstance(written, str) and written.strip() else office.name.bn
    behind = f" ({office.office_id})"
    return words[: _LONGEST_OFFICE - len(behind)] + behind


def _check_not_complained_of(
    application: Application, office: ResponsibleOffice | None, form: Mapping[str, Any]
) -> None:
    """Check that a corrected grievance does not complain of the office that has it.

    Raises:
        Unreadable: it does; the office stays with its ministry, so it would read it.
    """
    if office is None or application.public_service_id != GRIEVANCE:
        return
    if is_complained_of(office.office_id, office.name, application.ministry, form):
        raise Unreadable("form_invalid", field_errors=(_COMPLAINED_OF,))


def running_again(application: Application, service: PublicService, on: date) -> Application:
    """Return an application whose ministry's time runs again since the day of a correction."""
    running = application.resumed(on, service.calendar)
    due_on = running.due_on if running.deadline else service.due_on(on)
    is_overdue = application.overdue and due_on is not None and due_on < on
    return replace(running, due_on=due_on, overdue=is_overdue)


def _ids(documents: tuple[DocumentReference, ...]) -> tuple[UUID, ...]:
    return tuple(document.document_id for document in documents)
