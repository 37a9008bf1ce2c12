"""Open applications moved to the office that is responsible now."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import (
    ApplicationMoved,
    SubmissionCorrected,
    SubmissionWithdrawn,
)
from libs.contracts.documents import DocumentReference
from libs.contracts.events import Event
from libs.contracts.mandates import MandateEvidence
from libs.contracts.moves import MoveState
from libs.errors import Refused
from libs.ids import derived_id
from libs.offices import Responsible
from services.applications.lifecycle.application import Application, waits_at
from services.applications.public_services.rules import PublicService
from services.applications.submissions.rules import submission_of

_RULES_KNOWN_AFTER: Final = timedelta(seconds=30)
"""Every process has the rules of the day by then; it reads them every second."""

_BEGINS_AFTER: Final = timedelta(minutes=1)
"""Submissions under earlier rules are stored by then; requests end after seconds."""


class Change(NamedTuple):
    """A change of office; an empty office is the ministry itself."""

    from_ministry: str
    from_office: str
    to_ministry: str
    to_office: str


@dataclass(frozen=True, slots=True)
class Move:
    """A move of the open applications of one public service.

    Args:
        move_id: its id.
        public_service_id: whose applications.
        on_day: the day in Dhaka whose rules count; see `day`.
        state: `counting` and `counted` change nothing; `moving` does.
        cursor: the last application that was looked at.
        planned_at: when it was planned.
        planned_by: by whom.
        reason: why, for the operators.
        started_at: when it was started.
        started_by: by whom.
        ended_at: when it was finished or cancelled.
        planned: what it would change.
        done: what it has changed.
    """

    move_id: UUID
    public_service_id: str
    on_day: date
    state: MoveState
    cursor: UUID | None
    planned_at: datetime
    planned_by: str
    reason: str
    started_at: datetime | None = None
    started_by: str | None = None
    ended_at: datetime | None = None
    planned: Counter[Change] = field(default_factory=Counter)
    done: Counter[Change] = field(default_factory=Counter)

    def day(self, today: date) -> date:
        """Return the day whose rules count: the one of the plan, or today if that has passed.

        The catalogue does not announce versions that hold no more, so a passed day may have none.
        """
        return max(self.on_day, today)

    @property
    def submitted_before(self) -> datetime | None:
        """Time from which applications follow the new rules; None while it only counts."""
        return self.started_at + _RULES_KNOWN_AFTER if self.started_at else None

    @property
    def begins_at(self) -> datetime | None:
        """The time of the first move of an application; None while it only counts."""
        return self.started_at + _BEGINS_AFTER if self.started_at else None


@dataclass(frozen=True, slots=True)
class LastSubmission:
    """The last submission of a citizen, and the mandate if it was sent at a service centre."""

    form: Mapping[str, Any]
    form_version: int
    documents: tuple[DocumentReference, ...]
    mandate: MandateEvidence | None = None


def start(move: Move, *, expected: int, today: date, by: str, at: datetime) -> Move:
    """Start a move that was counted.

    Args:
        move: the move.
        expected: how many applications the person thinks that it moves.
        today: the day in Dhaka.
        by: the person.
        at: the time.

    Raises:
        Refused: it is not counted, its day has not come, or it counted another number.
    """
    if move.state != "counted":
        raise Refused("move_not_counted")
    if move.on_day > today:
        raise Refused("move_not_yet")
    if move.planned.total() != expected:
        raise Refused("move_count_differs", f"{move.planned.total()} were counted")
    return replace(move, state="moving", cursor=None, started_at=at, started_by=by)


def change_of(application: Application, responsible: Responsible) -> Change | None:
    """Return how a move changes an application; None if the same office stays responsible."""
    before = application.office.office_id if application.office else ""
    after = responsible.office.office_id if responsible.office else ""
    change = Change(application.ministry, before, responsible.ministry, after)
    return None if change[:2] == change[2:] else change


def moved(  # noqa: PLR0913
    application: Application,
    responsible: Responsible,
    last: LastSubmission,
    move: Move,
    *,
    service: PublicService,
    at: datetime,
    is_told: bool,
) -> tuple[Application, list[Event]]:
    """Move an application; return it with the events to publish.

    Another office of the same ministry gets the application as it stands, by way of its ministry. A
    citizen who corrects is not waited for by an office: the correction names the new one. Another
    ministry gets the application as if it were new, and the former one is told of its withdrawal.
    A correction that the former ministry asked for lapses, since it asks for nothing any more. The
    deadline stood still meanwhile, and runs again as it does with a corrected form.

    Args:
        application: the application, which is open.
        responsible: the ministry and office now.
        last: what the citizen submitted last.
        move: the move.
        service: its public service.
        at: the time.
        is_told: whether the citizen gets a message about this application.
    """
    submissions: list[Event]
    if responsible.ministry == application.ministry:
        after = replace(application, office=responsible.office)
        submissions = [] if _is_with_nobody(application) else [_updated(after, last, move, at)]
    else:
        other_wait = None if application.waits_for == "adapter" else application.waits_for
        after = replace(
            application,
            ministry=responsible.ministry,
            adapter=responsible.adapter,
            waits_for=other_wait or waits_at(responsible.adapter),
            office=responsible.office,
            former_ministries=(*application.former_ministries, application.ministry),
            status="submitted",
            case_file_number=None,
            note=None,
            delayed=False,
            step=None,
        )
        if application.status == "correction_requested" or application.is_paused:
            today = dhaka_date(at)
            running = after.resumed(today, service.calendar)
            due_on = running.due_on if running.deadline else service.due_on(today)
            after = replace(running, due_on=due_on, overdue=False)
        submissions = [] if application.waits_for else [
            _withdrawn(application, after, move, at)
        ]  # fmt: skip
        if not after.waits_for:
            form = dict(last.form)
            submissions.append(
                submission_of(after, form, last.form_version, last.documents, last.mandate)
            )
    announcement = ApplicationMoved(
        event_id=_event_id(application, move, ApplicationMoved.type),
        occurred_at=at,
        move_id=move.move_id,
        from_ministry=application.ministry,
        office=after.office,
        document_ids=tuple(document.document_id for document in last.documents),
        is_told=is_told,
        **after.facts(),
    ).in_trace(application.trace)
    return after, [*submissions, announcement]


def _is_with_nobody(application: Application) -> bool:
    """Whether no ministry works on it: it was not handed over yet, or its citizen corrects it."""
    return application.waits_for is not None or application.status == "correction_requested"


def _updated(after: Application, last: LastSubmission, move: Move, at: datetime) -> Event:
    return SubmissionCorrected(
        event_id=_event_id(after, move, SubmissionCorrected.type),
        occurred_at=at,
        cause="office_changed",
        form=dict(last.form),
        form_version=last.form_version,
        documents=last.documents,
        **after.submission_facts(last.mandate),
    ).in_trace(after.trace)


def _withdrawn(before: Application, after: Application, move: Move, at: datetime) -> Event:
    return SubmissionWithdrawn(
        event_id=_event_id(before, move, SubmissionWithdrawn.type),
        occurred_at=at,
        moved_to=after.ministry,
        **before.submission_facts(),
    ).in_trace(before.trace)


def _event_id(application: Application, move: Move, purpose: str) -> UUID:
    return derived_id(application.application_id, f"{purpose} by {move.move_id}")
