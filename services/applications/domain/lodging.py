"""What a citizen does: apply, correct, withdraw; and what time does: run over."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from libs.contracts.applications import (
    ApplicationCorrected,
    ApplicationOverdue,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    SubmissionCorrected,
    SubmissionLodged,
    SubmissionWithdrawn,
)
from libs.contracts.events import Event
from libs.ids import derived_id
from services.applications.domain.life import Application, go


@dataclass(frozen=True, slots=True)
class Answers:
    """The checked answers of one form, and the version of the form that asked."""

    form: dict[str, Any]
    form_version: int


@dataclass(frozen=True, slots=True)
class Lodged:
    """A new application: the case, its first submission, and what is told."""

    application: Application
    submission: SubmissionLodged
    announcement: ApplicationSubmitted

    def events(self) -> list[Event]:
        """Both events, the ministry's first."""
        return [self.submission, self.announcement]


def lodge(application: Application, answers: Answers) -> Lodged:
    """Hand in a new application.

    The events' ids come from the application's, in its trace.
    """
    facts = application.facts()
    at = application.submitted_at
    submission = SubmissionLodged(
        event_id=derived_id(application.application_id, SubmissionLodged.type),
        occurred_at=at,
        form=answers.form,
        form_version=answers.form_version,
        service_centre_id=application.service_centre_id,
        **facts,
    ).in_trace(application.trace)
    announcement = ApplicationSubmitted.because_of(submission, due_on=application.due_on, **facts)
    return Lodged(application, submission, announcement)


def correct(
    application: Application, answers: Answers, *, due_on: date | None, at: datetime
) -> tuple[Application, SubmissionCorrected, list[Event]]:
    """Answer the ministry's request for correction with a new form.

    The ministry's time begins anew, since only now the application is complete. Refused comes out
    when no correction is asked for.
    """
    to = go(application, "corrected") or application.status
    corrected = replace(application, status=to, due_on=due_on, overdue=False, note=None)
    facts = application.facts()
    submission = SubmissionCorrected(
        occurred_at=at, form=answers.form, form_version=answers.form_version, **facts
    )
    return corrected, submission, [submission, ApplicationCorrected.because_of(submission, **facts)]


def withdraw(application: Application, *, at: datetime) -> tuple[Application, list[Event]]:
    """Withdraw an application; a repeat changes nothing.

    Refused comes out when the ministry has decided.
    """
    to = go(application, "withdrawn")
    if to is None:
        return application, []
    facts = application.facts()
    submission = SubmissionWithdrawn(occurred_at=at, **facts)
    withdrawn = replace(application, status=to)
    return withdrawn, [submission, ApplicationWithdrawn.because_of(submission, **facts)]


def run_over(application: Application, due_on: date) -> ApplicationOverdue:
    """Tell that the ministry's time is over, under one id per due date, in the first trace."""
    purpose = f"{ApplicationOverdue.type}/{due_on.isoformat()}"
    event_id = derived_id(application.application_id, purpose)
    event = ApplicationOverdue(event_id=event_id, due_on=due_on, **application.facts())
    return event.in_trace(application.trace)
