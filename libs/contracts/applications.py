"""Events and HTTP bodies that applications owns."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import (
    CaseFileNumber,
    DeadlineDays,
    EventDay,
    EventTime,
    FormAnswers,
    FormVersion,
    Grounds,
    IssuedTrackingNumber,
    MinistryId,
    Name,
    Note,
    OfficeId,
    PublicServiceId,
    RoutingRuleId,
    ServiceCentreId,
)
from libs.contracts.catalogue import FormOrigin, OfficeKind
from libs.contracts.contract import Contract
from libs.contracts.documents import DocumentReference
from libs.contracts.erasure import ErasureConfirmed
from libs.contracts.events import Event
from libs.contracts.issuance import IssuedPaperNumber
from libs.contracts.language import Text
from libs.contracts.mandates import ApplicantParts, MandateEvidence
from libs.contracts.problems import ProblemFieldError
from libs.contracts.spellings import AS_WHOLE_NUMBER, Answers, Mobile, StorableJson

Status = Literal[
    "submitted",
    "with_ministry",
    "correction_requested",
    "approved",
    "refused",
    "withdrawn",
    "lapsed",
]
"""`lapsed`: closed since the citizen, or a payment, did not come in time."""
Outcome = Literal["approved", "refused", "lapsed"]
DelayCause = Literal["ministry", "platform"]
ServedBy = Literal["hosted", "own", "desk"]
"""What has a submission: the adapter that the platform hosts, the ministry's own, or the desk here,
where the ministry's officers work on it."""
Stage = Literal["first", "appeal"]
"""When it was decided; `appeal`: after the citizen objected, also where it was sent back."""
WaitsFor = Literal["office", "citizen", "payment", "others", "time"]
"""Whom the work on an application waits for; `others`: several offices that were asked."""

MOST_DOCUMENTS: Final = 30
"""Papers of one application; the form with the most asks for 11. Receipts have some 600 characters,
and all of them fit into a body."""

_MOST_PAUSES: Final = 1_000

_Receipts = Annotated[
    list[Annotated[str, Field(max_length=1200)]],
    Field(
        max_length=MOST_DOCUMENTS,
        description="The receipts of the papers that the form names, as documents gave them",
    ),
]

TrackingNumber = Annotated[
    str,
    Field(
        description="As given when applying; case, blanks and Bangla digits do not matter",
        examples=["NS-7K4M9-PXRT3-HC2D3"],
    ),
]
"""A tracking number in the path of a request."""


class ResponsibleOffice(Contract):
    """The office of the ministry that is responsible for an application, and by which rule."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    office_id: OfficeId
    kind: OfficeKind
    name: Name
    rule_id: RoutingRuleId
    rule_version: int = Field(ge=1, le=1_000_000, strict=True)
    confirmed: bool = Field(
        default=False,
        strict=True,
        description="Whether the rule was confirmed by the ministry or published; otherwise the "
        "office is our assumption",
    )


class Step(Contract):
    """The step at which an office's work on an application is, as its citizen sees it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Name
    waits_for: WaitsFor
    office: Name | None = Field(default=None, description="Who works on it; null if it is unknown")
    until: EventDay | None = Field(
        default=None, description="The last day of the step; null where it has none"
    )
    appointment: AwareDatetime | None = Field(
        default=None, description="When the applicant has to come; null where she need not"
    )
    to_pay_poisha: int | None = Field(
        default=None, ge=0, description="The bill of the step; null where there is none or unknown"
    )
    is_sourced: bool = Field(
        default=False,
        strict=True,
        description="Whether step, office, day and amount were published or confirmed; else they "
        "are our assumption",
    )

    @property
    def is_applicants_turn(self) -> bool:
        """Whether the applicant has to do something now, or to come on a day."""
        return self.waits_for in {"citizen", "payment"} or self.appointment is not None


class DeadlinePause(Contract):
    """A time in which the ministry's time stood still: of its working days none counts.

    The day on which it began counts still, the one on which it ended does not.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    began_on: EventDay
    ended_on: EventDay


class SubmissionDeadline(Contract):
    """The time that a ministry has for an application, as the citizen was told it.

    It stands still while the citizen, a payment or a time is waited for.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    begins_on: EventDay = Field(
        description="The day in Dhaka from which it runs, which does not count"
    )
    working_days: DeadlineDays
    pauses: Annotated[tuple[DeadlinePause, ...], Field(max_length=_MOST_PAUSES)] = Field(
        default=(), description="Of before, at a ministry that had the application"
    )


class _Submission(Event):
    """The base of submissions; restricted to their ministry, since some have the form.

    Exactly one adapter hands a submission over: the one that `served_by` names. Others ignore it.
    All submissions of an application have the adapter of the first one.
    """

    application_id: UUID
    tracking_number: IssuedTrackingNumber
    public_service_id: PublicServiceId
    ministry: MinistryId
    served_by: ServedBy
    service_centre_id: ServiceCentreId | None = Field(
        default=None, description="Where an uddokta assisted; null if the citizen applied alone"
    )
    applicant_id: UUID = Field(description="The citizen whose matter it is")
    actor_id: UUID = Field(description="Who was logged in and submitted it, for the applicant")
    office: ResponsibleOffice | None = Field(
        default=None, description="The responsible office; null where no rule names one"
    )
    mandate: MandateEvidence | None = Field(
        default=None, description="How the citizen agreed that the uddokta submits it"
    )
    form_origin: FormOrigin = Field(
        default="this_project", description="Who made the form; only the ministry's is official"
    )


_References = Annotated[
    tuple[DocumentReference, ...],
    Field(
        max_length=MOST_DOCUMENTS,
        description="The papers that the form names. Their content is fetched from documents: "
        "POST /v1/ministries/{ministry}/documents",
    ),
]
_DocumentIds = Annotated[tuple[UUID, ...], Field(max_length=MOST_DOCUMENTS)]


class SubmissionMade(_Submission):
    """A citizen applied; the form is a snapshot that never changes."""

    form: FormAnswers
    form_version: FormVersion
    documents: _References = ()
    deadline: SubmissionDeadline | None = Field(
        default=None,
        description="Of the ministry; null where none is published, or its last day is not known",
    )


class SubmissionCorrected(_Submission):
    """A citizen sent a corrected form at the ministry's request.

    With `cause` `office_changed` the form is as it was, and another office is responsible.
    """

    cause: Literal["correction", "office_changed"] = "correction"

    form: FormAnswers
    form_version: FormVersion
    documents: _References = ()


class SubmissionAppealed(Event):
    """A citizen objects to the refusal of the application; a higher office decides again.

    Who has the application has all else of it. A ministry's own system gets it only where its
    connection says that it takes objections.
    """

    application_id: UUID
    tracking_number: IssuedTrackingNumber
    public_service_id: PublicServiceId | None = None
    ministry: MinistryId
    served_by: ServedBy
    applicant_id: UUID
    mandate_id: UUID | None = Field(
        default=None, description="Of the uddokta who submits it; null if the citizen does"
    )
    grounds: Grounds = Field(description="Why the decision is wrong")
    documents: _References = ()


class SubmissionWithdrawn(_Submission):
    """A citizen withdrew the application, or another ministry decides on it now."""

    moved_to: MinistryId | None = Field(
        default=None,
        description="The ministry that decides from now on; null where the citizen withdrew",
    )


class ApplicationFact(Event):
    """A fact about an application, without its content."""

    application_id: UUID
    tracking_number: IssuedTrackingNumber
    citizen_id: UUID
    public_service_id: PublicServiceId
    ministry: MinistryId


class ApplicationChange(ApplicationFact):
    """The base of changes of an application. The timeline shows them all."""


class Assistance(Contract):
    """Which uddokta sent an application for its citizen, where, and with which mandate."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    mandate_id: UUID
    uddokta_id: UUID
    service_centre_id: ServiceCentreId


class ApplicationSubmitted(ApplicationChange):
    """The citizen has a tracking number."""

    due_on: EventDay | None = None
    document_ids: _DocumentIds = ()
    assistance: Assistance | None = Field(
        default=None, description="How an uddokta sent it; null if the citizen did"
    )


class ApplicationReceived(ApplicationChange):
    """The ministry received the application."""

    case_file_number: CaseFileNumber | None = None
    step: Step | None = Field(default=None, description="With which step its work begins")


class ApplicationStepReached(ApplicationChange):
    """The work on the application has come to another step."""

    step: Step
    note: Note | None = Field(
        default=None, description="Why, where new rules led there and not the work itself"
    )
    is_told: bool = Field(
        default=False,
        description="Whether the citizen gets a message that another office has the application",
    )


class ApplicationDelayed(ApplicationChange):
    """The application is delayed: the ministry does not respond, or the platform failed."""

    cause: DelayCause = "ministry"


class CorrectionRequested(ApplicationChange):
    """The ministry requests a correction."""

    note: Note


class ApplicationCorrected(ApplicationChange):
    """The citizen, or an uddokta for her, sent the corrected form."""

    document_ids: _DocumentIds = ()
    is_assisted: bool = Field(
        default=False, strict=True, description="Whether an uddokta sent it for the citizen"
    )
    changes: ApplicantParts = Field(
        default=(), description="What it changed of who the applicant is; never the answers"
    )


class ApplicationDecided(ApplicationChange):
    """The ministry decided, and so has the application."""

    outcome: Outcome
    note: Note | None = None
    case_file_number: CaseFileNumber | None = None
    submitted_at: EventTime | None = Field(
        default=None, description="When the citizen applied; null in events of before"
    )
    due_on: EventDay | None = Field(
        default=None, description="The ministry's last day; null where the service has none"
    )
    stage: Stage = "first"
    appeal_until: EventDay | None = Field(
        default=None, description="The last day on which the citizen may object; null for none"
    )


class ApplicationAppealed(ApplicationChange):
    """The citizen, or an uddokta for her, objected to the refusal; nothing of what was written."""

    document_ids: _DocumentIds = ()
    is_assisted: bool = Field(
        default=False, strict=True, description="Whether an uddokta sent it for the citizen"
    )
    is_at_office: bool = Field(
        default=False, strict=True, description="Whether an officer recorded it for the citizen"
    )


class ApplicationOverdue(ApplicationChange):
    """The ministry's deadline has passed."""

    due_on: EventDay


class ApplicationDeadlineMoved(ApplicationChange):
    """The last day is another one, since days on which offices are shut have changed."""

    due_on: EventDay
    before: EventDay


class ApplicationWithdrawn(ApplicationChange):
    """The citizen withdrew the application."""


class ApplicationMoved(ApplicationChange):
    """Another office, perhaps of another ministry, is responsible from now on.

    `ministry` is the one that decides now.
    """

    move_id: UUID
    from_ministry: MinistryId
    office: ResponsibleOffice | None = None
    document_ids: _DocumentIds = ()
    is_told: bool = Field(
        default=True,
        strict=True,
        description="Whether the citizen gets a message; one for each move, for all applications",
    )


class ApplicationPaperIssued(ApplicationChange):
    """The decision is to be had as a paper."""

    number: IssuedPaperNumber


class ApplicationPaperReplaced(ApplicationChange):
    """A later paper holds in the place of one about the decision."""

    number: IssuedPaperNumber
    replaced_by: IssuedPaperNumber


class ApplicationPaperWithdrawn(ApplicationChange):
    """The office withdrew a paper about the decision."""

    number: IssuedPaperNumber


class FeedbackGiven(ApplicationFact):
    """The citizen gave feedback, from 1 (bad) to 5 (very good)."""

    rating: int = Field(ge=1, le=5, strict=True)
    visits: int | None = Field(
        default=None, ge=0, le=99, strict=True, description="How often one had to go somewhere"
    )
    asked_for_more: bool | None = Field(
        default=None, strict=True, description="Whether money was asked for beyond the price"
    )


class MandateUsed(Event):
    """An application was sent with a mandate."""

    mandate_id: UUID
    application_id: UUID
    tracking_number: IssuedTrackingNumber
    office_id: OfficeId | None = Field(
        default=None, description="The office that is responsible for it, where a rule names one"
    )


class ApplicationsErased(ErasureConfirmed):
    """The words of a citizen are deleted; the cases have no person any more."""


class SubmitApplication(Contract):
    """Apply for a public service."""

    model_config = ConfigDict(extra="forbid")

    public_service_id: str = Field(min_length=1, max_length=20)
    form: Answers = Field(description="Answers to the service's form schema")
    documents: _Receipts = Field(default_factory=list)
    service_centre_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="Refused: an application through a centre is sent with a mandate: "
        "POST /v1/mandates/{mandate_id}/application",
    )


class CorrectApplication(Contract):
    """Send the complete corrected form that the ministry requested."""

    model_config = ConfigDict(extra="forbid")

    form: Answers
    documents: _Receipts = Field(default_factory=list)


class AppealApplication(Contract):
    """Object to the refusal of an application."""

    model_config = ConfigDict(extra="forbid")

    grounds: Grounds = Field(description="Why the decision is wrong")
    documents: _Receipts = Field(default_factory=list)


class TrackApplication(Contract):
    """Look up an application without a login."""

    model_config = ConfigDict(extra="forbid")

    tracking_number: str = Field(min_length=1, max_length=60)
    phone: Mobile | None = Field(default=None, description="Of the citizen who applied")
    tracking_code: str | None = Field(
        default=None,
        min_length=1,
        max_length=60,
        description="Of the receipt of a service centre, in place of the mobile number",
    )


class TrackedApplication(Contract):
    """An application as it is shown without a login."""

    tracking_number: str
    public_service_id: str = ""
    public_service_name: Text
    status: Status
    submitted_at: AwareDatetime
    due_on: date | None = Field(default=None, description="As in `ApplicationSummary`")
    case_file_number: str | None = Field(default=None, description="The ministry's own number")
    step: Step | None = Field(default=None, description="As in `ApplicationView`")
    appeal_until: date | None = Field(default=None, description="As in `ApplicationView`")


class EarlierForm(Contract):
    """Answers as they were sent."""

    form: dict[str, Any]
    form_version: int = Field(description="Of the form at that time")
    submitted_at: AwareDatetime


class SubmittedForm(EarlierForm):
    """The answers that were submitted last, by the citizen who did it."""

    public_service_id: str
    earlier: list[EarlierForm] = Field(
        default=[], description="What was sent before a correction, the newest first, if asked for"
    )
    earlier_damaged: int = Field(
        default=0, description="How many of those before cannot be read any more"
    )


class CheckAnswers(Contract):
    """Check answers before the application is sent; nothing is stored."""

    model_config = ConfigDict(extra="forbid")

    form: Answers = Field(description="Answers to the service's form schema, so far")
    fields: list[Annotated[str, Field(max_length=100)]] | None = Field(
        default=None,
        max_length=200,
        description="Only these fields of the form are checked; null for the whole form",
    )


class AnswerErrors(Contract):
    """The wrong answers; empty if all are right."""

    errors: list[ProblemFieldError]


class SaveDraft(Contract):
    """Save a draft, the whole of it."""

    model_config = ConfigDict(extra="forbid")

    public_service_id: str = Field(min_length=1, max_length=20)
    form_version: Annotated[int, AS_WHOLE_NUMBER] = Field(
        ge=0, le=1_000_000_000, description="Of the form that was shown"
    )
    revision: Annotated[int, AS_WHOLE_NUMBER] = Field(
        default=0,
        ge=0,
        le=1_000_000_000,
        description="Of the draft as it was read; 0 for a new one. A draft that was changed "
        "meanwhile is not written over",
    )
    answers: StorableJson = Field(
        description="What was typed, in the front end's own shape; nobody else reads it"
    )


class CloseDraft(Contract):
    """Say which application a draft has become."""

    model_config = ConfigDict(extra="forbid")

    tracking_number: str = Field(min_length=1, max_length=60)


class DraftSummary(Contract):
    """One draft in a list."""

    draft_id: UUID
    public_service_id: str
    public_service_name: Text
    form_version: int
    revision: int
    saved_at: AwareDatetime
    kept_until: AwareDatetime = Field(description="It is deleted then, unless it changes before")
    tracking_number: str | None = Field(
        default=None, description="Of the application that it has become"
    )


class DraftView(DraftSummary):
    """One draft with its answers."""

    answers: dict[str, Any]


class DraftList(Contract):
    """My drafts, the newest first; 50 at most."""

    items: list[DraftSummary]


class ApplicationSummary(Contract):
    """One application in a list, and the answer to applying."""

    application_id: UUID
    tracking_number: str
    public_service_id: str
    public_service_name: Text
    ministry: str
    status: Status
    submitted_at: AwareDatetime
    due_on: date | None = Field(
        default=None,
        description="The ministry's last day. Only from a published (`sourced`) deadline: null "
        "where the catalogue's `service_deadline` is illustrative or unknown, or where the "
        "holidays of the year are not in the gazette yet",
    )


class TimelineEntry(Contract):
    """One event in the timeline; the oldest is first."""

    event_id: UUID
    type: str
    at: AwareDatetime
    title: Text
    note: Text | None = None
    trace_id: str | None = None
    cause: DelayCause | None = Field(default=None, description="Of a delay: who is late")


class ApplicationView(ApplicationSummary):
    """One application with its timeline."""

    overdue: bool = False
    is_paused: bool = Field(
        default=False,
        description="Whether the time for the decision stands still: the last day moves by the "
        "working days of it",
    )
    service_deadline_days: int | None = Field(
        default=None, description="Working days of the published deadline; null if there is none"
    )
    calendar_missing: int | None = Field(
        default=None,
        description="The year whose holidays are not published yet, so that the last day of the "
        "published deadline is not known",
    )
    form_origin: FormOrigin = Field(
        default="this_project", description="Who made the form; only the ministry's is official"
    )
    office: Text | None = Field(default=None, description="Name of the responsible office")
    office_confirmed: bool = Field(
        default=False, description="Whether that it is responsible was confirmed or published"
    )
    case_file_number: str | None = None
    correction_note: Text | None = None
    decision_note: Text | None = None
    step: Step | None = Field(
        default=None, description="At which the work is; null where the ministry does not say it"
    )
    appeal_until: date | None = Field(
        default=None,
        description="The last day in Dhaka on which I may object to the refusal, which may be "
        "over; null where it is no refusal, or none to which one may object here",
    )
    appeal_decided_by: Text | None = Field(
        default=None, description="Who decides then; null if it is unknown"
    )
    appeal_is_sourced: bool = Field(
        default=False, description="Whether that day and who decides were published"
    )
    appealed_at: AwareDatetime | None = Field(
        default=None, description="When I objected; null if I did not"
    )
    timeline: list[TimelineEntry]


class ApplicationList(Contract):
    """My applications, newest first; `next` continues the list (`?after=`)."""

    items: list[ApplicationSummary]
    next: str | None = None


class ServiceCount(Contract):
    """Applications for a public service that were submitted on a day."""

    model_config = ConfigDict(frozen=True)

    public_service_id: PublicServiceId
    submitted: int = Field(ge=0, le=1_000_000_000, strict=True)


class DayRecounted(Event):
    """The applications that were submitted on a day, counted again from the rows that are there.

    The newest event of a day counts. It names no application.
    """

    day: EventDay = Field(description="In Dhaka")
    counts: Annotated[tuple[ServiceCount, ...], Field(max_length=1_000)]


class AssistedSummary(Contract):
    """An application that an uddokta may follow up until it is decided.

    One that was refused, until the last day for an objection.
    """

    tracking_number: str
    public_service_id: str
    public_service_name: Text
    status: str
    submitted_at: AwareDatetime
    correction_note: Text | None = None
    mandate_id: UUID | None = Field(default=None, description="With which it was sent")
    applicant: str | None = Field(
        default=None, description="Initials of the name in the form; null if it asks for none"
    )
    appeal_until: date | None = Field(
        default=None, description="The last day for an objection to its refusal"
    )
    appeal_decided_by: Text | None = None
    appeal_is_sourced: bool = Field(default=False, description="Whether these two were published")
    refusal_note: Text | None = Field(default=None, description="Why it was refused")
    step: Step | None = Field(default=None, description="As in `ApplicationView`")
    is_told_in_person: bool = Field(
        default=False, description="Whether the citizen has no phone of her own, so that I tell her"
    )


class AssistedList(Contract):
    """The applications that I may follow up, the newest first."""

    items: list[AssistedSummary]
    next: str | None = Field(None, description="Continues the list (`?after=`)")
