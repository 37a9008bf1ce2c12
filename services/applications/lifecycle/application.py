"""The current state of one application."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from libs.bangladesh.calendar import Calendar, HolidaysUnknown
from libs.bangladesh.deadline import Deadline, read_deadline
from libs.bangladesh.text import Malformed
from libs.contracts.applications import (
    ApplicationSummary,
    ResponsibleOffice,
    ServedBy,
    Status,
    Step,
)
from libs.contracts.catalogue import Adapter, FormOrigin
from libs.contracts.language import Text
from libs.contracts.mandates import MandateEvidence
from libs.errors import Refused
from libs.ids import parse_tracking_number
from libs.trace_context import TraceContext, read_text
from services.applications.lifecycle.entries import note_of

WAITS_FOR_MINISTRY: frozenset[Status] = frozenset({"submitted", "with_ministry"})
"""Statuses in which the ministry's deadline runs; it stops while the citizen corrects."""

WaitsFor = Literal["citizen", "payment", "office", "adapter"]
"""The step that must come before an application is handed over to its ministry."""

CLOSED: frozenset[Status] = frozenset({"approved", "refused", "withdrawn", "lapsed"})
"""Statuses in which nobody is waited for."""

DECIDED: frozenset[Status] = frozenset({"approved", "refused", "lapsed"})
"""Statuses in which its ministry's side closed it."""


@dataclass(frozen=True, slots=True)
class Application:
    """One application, without its form.

    Args:
        due_on: the ministry's last day, in Dhaka; None if the service has no deadline.
        overdue: the passed deadline was announced.
        delayed: a delay was announced, and not yet its end.
        note: the ministry's last note: what to correct, or the reason for its decision.
        trace: the trace of the submission.
        adapter: hands its submissions to the ministry; the same for all of them, so that only one
            adapter serves an application. `none_yet`: they wait until there is one.
        waits_for: what must come before it is handed over; None once its ministry was sent it.
        office: the responsible one; None where no rule names one.
        former_ministries: ministries that had it before it was moved.
        form_origin: who made the form that the citizen filled in.
        step: at which the work on it is, where the ministry's side says so.
        deadline: how its last day follows; None without a deadline, or for one from before.
        appeal_until: the last day on which its citizen may object to its refusal, in Dhaka.
        appeal_decided_by: who decides then, as the decision said it.
        appeal_is_sourced: whether these two were published.
        appealed_at: when she did.
        erased: its citizen was erased; later notes of the ministry are not kept or announced.
    """

    application_id: UUID
    tracking_number: str
    citizen_id: UUID
    public_service_id: str
    ministry: str
    status: Status
    submitted_at: datetime
    due_on: date | None
    service_centre_id: str | None = None
    overdue: bool = False
    delayed: bool = False
    case_file_number: str | None = None
    note: Text | None = None
    trace: TraceContext | None = None
    adapter: Adapter = "hosted"
    waits_for: WaitsFor | None = None
    office: ResponsibleOffice | None = None
    former_ministries: tuple[str, ...] = ()
    erased: bool = False
    form_origin: FormOrigin = "this_project"
    step: Step | None = None
    deadline: Deadline | None = None
    appeal_until: date | None = None
    appeal_decided_by: Text | None = None
    appeal_is_sourced: bool = False
    appealed_at: datetime | None = None

    @classmethod
    def from_row(cls, row: Any) -> "Application":
        """Read a row of the table `applications`."""
        values = dict(row)
        trace, office = read_text(values.pop("trace_context")), values.pop("office")
        step = values.pop("step", None)
        deadline = read_deadline(values.pop("deadline", None))
        appeal = values.pop("appeal", None)
        decided_by, is_sourced = json.loads(appeal) if appeal else (None, False)
        return cls(
            note=note_of(values),
            trace=trace,
            office=None if office is None else ResponsibleOffice.model_validate_json(office),
            former_ministries=tuple(values.pop("former_ministries")),
            step=None if step is None else Step.model_validate_json(step),
            deadline=deadline,
            appeal_decided_by=Text.model_validate(decided_by) if decided_by else None,
            appeal_is_sourced=is_sourced,
            **values,
        )

    def facts(self) -> dict[str, UUID | str]:
        """Return the fields that all events about this application have."""
        return {
            "application_id": self.application_id,
            "tracking_number": self.tracking_number,
            "citizen_id": self.citizen_id,
            "public_service_id": self.public_service_id,
            "ministry": self.ministry,
        }

    @property
    def is_paused(self) -> bool:
        """Whether the time for its decision stands still."""
        return self.deadline is not None and self.deadline.is_paused

    def resumed(self, on: date, calendar: Calendar) -> Self:
        """Return it with its time running again since a day, and the last day that follows."""
        return self.since(None, on, calendar)

    def since(self, waits_for: str | None, on: date, calendar: Calendar) -> Self:
        """Return it as its time goes on since a day on which it began to wait for somebody.

        In a year whose holidays are not known there is no last day: it would be no promise.
        """
        if self.deadline is None:
            return self
        deadline = self.deadline.since(waits_for, on)
        if deadline.is_paused or deadline == self.deadline:
            return replace(self, deadline=deadline)
        try:
            due_on = deadline.due_on(calendar)
        except HolidaysUnknown:
            due_on = None
        return replace(self, deadline=deadline, due_on=due_on)

    @property
    def is_at_desk(self) -> bool:
        """Whether officers work on it here."""
        return self.adapter == "desk"

    @property
    def served_by(self) -> ServedBy:
        """Which adapter its submissions name."""
        return "own" if self.adapter == "own" else "desk" if self.is_at_desk else "hosted"

    def submission_facts(self, mandate: MandateEvidence | None = None) -> dict[str, Any]:
        """Return the fields that all submissions of this application have.

        Args:
            mandate: of the uddokta who sends it for the citizen.
        """
        return {
            **self.facts(),
            "served_by": self.served_by,
            "service_centre_id": self.service_centre_id,
            "applicant_id": self.citizen_id,
            "actor_id": mandate.uddokta_id if mandate else self.citizen_id,
            "mandate": mandate,
            "office": self.office,
            "form_origin": self.form_origin,
        }

    def summary(self, public_service_name: Text) -> ApplicationSummary:
        """Return the summary for a list or a response."""
        return ApplicationSummary(
            application_id=self.application_id,
            tracking_number=self.tracking_number,
            public_service_id=self.public_service_id,
            public_service_name=public_service_name,
            ministry=self.ministry,
            status=self.status,
            submitted_at=self.submitted_at,
            due_on=self.due_on,
        )


def waits_at(adapter: Adapter) -> WaitsFor | None:
    """Return what an application with this adapter waits for; None if it does not wait."""
    return "adapter" if adapter == "none_yet" else None


def canonical_tracking_number(text: str) -> str:
    """Return the canonical form of a tracking number in any spelling, Bangla digits included.

    Raises:
        Refused: it is not a tracking number; the response is the same as for an unknown one.
    """
    try:
        return parse_tracking_number(text)
    except Malformed as malformed:
        raise Refused("application_unknown", malformed.reason) from None
