"""Uses of mandates by assisted submissions, followed up applications, and news to tell citizens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import ApplicationDecided, CorrectionRequested
from libs.contracts.identity import ServiceCentreChanged, UddoktaChanged
from libs.contracts.issuance import PaperIssued, PaperPrinted, PaperReplaced, PaperWithdrawn
from libs.contracts.language import Text
from libs.contracts.mandates import (
    AssistedNews,
    AssistedPaper,
    AssistedPaperState,
    MandateEvidence,
)
from libs.ids import created_at

AboutPaper: TypeAlias = PaperIssued | PaperPrinted | PaperReplaced | PaperWithdrawn

TOLD_TYPES: Final[Sequence[str]] = (CorrectionRequested.type, ApplicationDecided.type)
"""Types of the timeline's entries that an uddokta tells a citizen without a phone."""


class FollowedUp(NamedTuple):
    """An application that an uddokta may follow up, with the citizen's consent to it."""

    application_id: UUID
    tracking_number: str
    citizen_id: UUID
    evidence: MandateEvidence


class MandateUse(NamedTuple):
    """An application that is to be sent with a mandate."""

    application_id: UUID
    evidence: MandateEvidence

    @property
    def subject_ids(self) -> tuple[str, str]:
        """The uddokta and the centre: neither may be stopped."""
        return str(self.evidence.uddokta_id), self.evidence.service_centre_id


class Stop(NamedTuple):
    """Whether an uddokta or a centre is stopped.

    Args:
        subject_id: its id.
        problem: code of the refusal; None if it may act.
        changed_at: since when; the newest state counts.
        service_centre_id: where an uddokta works; None of a centre.
        licensed_until: the last day on which an uddokta may act; None of a centre.
    """

    subject_id: str
    problem: str | None
    changed_at: datetime
    service_centre_id: str | None = None
    licensed_until: date | None = None


class Halt(NamedTuple):
    """Why an uddokta or a centre may not help now.

    Args:
        problem: code of the refusal; None if only licence or qualification have ended.
        licensed_until: their last day; None of a centre.
    """

    problem: str | None
    licensed_until: date | None = None

    def refusal(self, mandate_id: UUID | None = None) -> str | None:
        """Return the code of the refusal; None for what began on the last day.

        Args:
            mandate_id: with which it began; None for what begins now.
        """
        if self.problem is not None or mandate_id is None or self.licensed_until is None:
            return self.problem or "licence_expired"
        begun_on = dhaka_date(created_at(mandate_id))
        return "licence_expired" if self.licensed_until < begun_on else None


def stop_of(event: UddoktaChanged | ServiceCentreChanged) -> Stop:
    """Return whether an event stops an uddokta or a centre."""
    match event:
        case UddoktaChanged():
            problem = None if event.state == "active" else "uddokta_stopped"
            return Stop(
                str(event.uddokta_id),
                problem,
                event.occurred_at,
                event.service_centre_id,
                event.licensed_until,
            )
        case ServiceCentreChanged():
            problem = None if event.state == "running" else "service_centre_not_running"
            return Stop(event.service_centre_id, problem, event.occurred_at)


class PaperFact(NamedTuple):
    """What became of a paper, and when."""

    application_id: UUID
    number: str
    what: Literal["issued", "printed", "ended"]
    at: datetime


class CounterPaper(NamedTuple):
    """A paper for a citizen without a phone of her own.

    Args:
        waits: to be printed; or it was printed, has ended, and the citizen was not told of that.
    """

    application_id: UUID
    number: str
    printed_at: datetime | None
    ended_at: datetime | None
    waits: bool

    def view(self) -> AssistedPaper:
        """Return the paper as the uddokta sees it."""
        state: AssistedPaperState = "to_print" if self.printed_at is None else "printed"
        return AssistedPaper(
            number=self.number,
            state="ended" if self.ended_at else state,
            waits=self.waits,
            printed_at=self.printed_at,
            ended_at=self.ended_at,
        )


def paper_fact(event: AboutPaper) -> PaperFact:
    """Return what an event says of a paper."""
    what: Literal["issued", "printed", "ended"] = "ended"
    if isinstance(event, PaperIssued | PaperPrinted):
        what = "issued" if isinstance(event, PaperIssued) else "printed"
    return PaperFact(event.application_id, event.number, what, event.occurred_at)


@dataclass(frozen=True, slots=True)
class News:
    """A ministry's decision or request, for a citizen who has no phone of her own.

    Args:
        news_id: the event in the timeline.
        told_by: the uddokta who told the citizen; None before that.
        taken_over: whether another uddokta sent the application.
    """

    news_id: UUID
    application_id: UUID
    mandate_id: UUID
    tracking_number: str
    public_service_id: str
    what: Literal["correction_requested", "approved", "refused", "lapsed"]
    note: Text | None = field(repr=False)
    at: datetime
    told_by: UUID | None
    told_at: datetime | None
    taken_over: bool = False
    case_file_number: str | None = None

    def view(self, public_service_name: Text, papers: Sequence[CounterPaper] = ()) -> AssistedNews:
        """Return the news as the uddokta sees it; with the papers, where it is a decision."""
        return AssistedNews(
            news_id=self.news_id,
            mandate_id=self.mandate_id,
            tracking_number=self.tracking_number,
            public_service_name=public_service_name,
            what=self.what,
            note=self.note,
            case_file_number=self.case_file_number,
            at=self.at,
            told_by=self.told_by,
            told_at=self.told_at,
            taken_over=self.taken_over,
            papers=[paper.view() for paper in papers if self.what != "correction_requested"],
        )
