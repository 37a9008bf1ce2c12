"""Events that a ministry's adapter owns, and the body of a decision sent back to us."""

from datetime import time
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from libs.contracts.applications import (
    DelayCause,
    Outcome,
    ResponsibleOffice,
    ServedBy,
    Stage,
    Step,
)
from libs.contracts.bounds import (
    LONGEST_CASE_FILE_NUMBER,
    CaseFileNumber,
    EventDay,
    EventTime,
    IssuedTrackingNumber,
    MinistryId,
    Name,
    Note,
    PublicServiceId,
)
from libs.contracts.catalogue import FormOrigin
from libs.contracts.contract import Contract
from libs.contracts.erasure import ErasureConfirmed
from libs.contracts.events import Event
from libs.contracts.issuance import PaperFields, PaperTemplate
from libs.contracts.language import Text
from libs.contracts.mandates import MandateEvidence

MinistryState = Literal["working", "catching_up", "down", "planned_outage", "outside_hours"]
"""The state of a ministry's system, as the platform's adapter sees it.

`catching_up`: it answers, and applications still wait from before. `down`: it does not answer.
"""

NOTE_MISSING: Final = "note_missing"
"""The error of a refusal, or of a request for correction, that has no note."""

_NEED_A_NOTE: Final = frozenset({"refused", "correction_asked", "paper_withdrawn"})

ConnectionAdapter = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""The name of an adapter of ours, such as `http_json`."""

Trouble = Literal["stopped", "not_admitted", "exchange_stuck"]
"""Why nothing reaches a ministry's system that is `down`, where more is known than its silence.

`stopped`: it said that it is gone, or operators stopped the calls. `not_admitted`: something else
answers in its place, or does not let the platform in. `exchange_stuck`: files are not exchanged.
"""


class _MinistryFact(Event):
    application_id: UUID
    ministry: MinistryId
    served_by: ServedBy | None = Field(
        default=None, description="As of the submission; only our desk says it"
    )


class MinistryReceived(_MinistryFact):
    """The ministry's system accepted the application, and decides later."""

    case_file_number: CaseFileNumber | None = None
    step: Step | None = Field(default=None, description="With which step its work begins")


class StepReached(_MinistryFact):
    """The work on the application has come to another step, which its citizen is shown."""

    step: Step
    note: Note | None = Field(
        default=None, description="Why, where new rules led there and not the work itself"
    )
    is_told: bool = Field(
        default=False,
        description="Whether its citizen gets a message that another office has the application",
    )


class MinistryUnreachable(_MinistryFact):
    """The submission is delayed: the ministry does not respond, or the platform failed."""

    cause: DelayCause = "ministry"


class CorrectionAsked(_MinistryFact):
    """The ministry requests a correction of the application."""

    note: Note


class MinistryDecided(_MinistryFact):
    """The ministry closed the application; this implies that it has received it.

    `lapsed`: nobody decided, since the citizen or a payment did not come in time.
    """

    outcome: Outcome
    note: Note | None = None
    case_file_number: CaseFileNumber | None = None
    stage: Stage = "first"
    appeal_days: int | None = Field(
        default=None,
        ge=1,
        le=730,
        strict=True,
        description="Days, all counted, in which its citizen may object here; null for not at all",
    )
    appeal_decided_by: Name | None = None
    appeal_is_sourced: bool = Field(
        default=False, strict=True, description="Whether these two were published"
    )
    own_paper_id: UUID | None = Field(
        default=None,
        description="Of the PDF that is the paper about it: a ministry's own adapter names it. "
        "Another one, in a repeat of the decision, comes in its place",
    )
    own_paper_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(
        default=None, description="Of this PDF, in hex"
    )
    paper_withdrawn: bool = Field(
        default=False,
        strict=True,
        description="Whether that paper ended, in a repeat of the decision; `note` says why",
    )

    @property
    def says_of_paper(self) -> bool:
        """Whether it names a paper, or withdraws one."""
        return self.own_paper_id is not None or self.paper_withdrawn

    @model_validator(mode="after")
    def _check_own_paper(self) -> Self:
        """Check that a PDF is named whole.

        Raises:
            ValueError: its id or its SHA-256 is missing.
        """
        if (self.own_paper_id is None) != (self.own_paper_sha256 is None):
            raise ValueError("own_paper_id and own_paper_sha256 go together")
        return self


class PaperGranted(Event):
    """An office decided, or a ministry's system did, and the decision is to be had as a paper."""

    application_id: UUID
    citizen_id: UUID
    tracking_number: IssuedTrackingNumber
    public_service_id: PublicServiceId
    ministry: MinistryId
    served_by: ServedBy | None = Field(default=None, description="Null for `hosted`")
    template: PaperTemplate
    fields: PaperFields
    post: Name | None = Field(
        default=None,
        description="The post in which it was decided; null where a rule decided, or nobody says",
    )
    office: Name | None = None
    replaces: UUID | None = Field(
        default=None,
        description="The event of the paper in whose place it comes; null for a first one",
    )
    last_day: EventDay | None = Field(
        default=None, description="The last day on which it holds; null where it has none"
    )


class PaperRevoked(Event):
    """Two people of an office, or a ministry's system, withdrew the paper about a decision."""

    application_id: UUID
    served_by: ServedBy | None = Field(default=None, description="Null for `hosted`")
    paper_id: UUID = Field(description="The event that granted it")
    note: Note = Field(description="Why, for its citizen")


class DeliveriesErased(ErasureConfirmed):
    """A citizen's forms are deleted; the copies that ministries have are theirs."""


class PlannedOutage(Contract):
    """A planned outage of a ministry's system; nothing is handed over meanwhile."""

    model_config = ConfigDict(frozen=True)

    starts_at: EventTime
    ends_at: EventTime
    reason: Note | None = None


class ServiceHours(Contract):
    """The hours in which a ministry's system takes applications; times are Dhaka's."""

    model_config = ConfigDict(frozen=True)

    days: Annotated[
        tuple[Annotated[int, Field(ge=1, le=7, strict=True)], ...],
        Field(max_length=7, description="Days of the week, Monday is 1"),
    ]
    opens_at: time
    closes_at: time


class MinistryStatusChanged(Event):
    """How a ministry's system does now; the newest event of a ministry counts."""

    ministry: MinistryId
    state: MinistryState
    since: EventTime = Field(description="When the state began")
    waiting: int = Field(
        ge=0,
        le=100_000,
        strict=True,
        description="Submissions that wait for longer than a minute, counted up to 100,000",
    )
    oldest_waiting_since: EventTime | None = None
    answered_at: EventTime | None = Field(default=None, description="When the system last answered")
    outages: Annotated[tuple[PlannedOutage, ...], Field(max_length=10)] = ()
    hours: ServiceHours | None = None
    trouble: Trouble | None = None


class ConnectionChanged(Event):
    """How a ministry's system is connected now, and what its check found; the newest event counts.

    Only a system that passed its check, by this adapter at its address, is connected. Its address
    is nobody's business here.
    """

    ministry: MinistryId
    adapter: ConnectionAdapter | None = Field(
        description="Null for the platform's default, which is no connection of the ministry's"
    )
    version: int = Field(ge=1, le=1_000_000_000, strict=True)
    checked_at: EventTime | None = Field(
        default=None, description="When this system was checked last, by this adapter"
    )
    passed: bool = Field(strict=True, description="Whether it kept every rule then")
    despite: bool = Field(strict=True, description="It went live without a passed check")
    stopped: bool = Field(strict=True, description="Nothing is called")


class CallsOfProcess(Contract):
    """The results of one process's calls to a ministry's system."""

    replica: str
    circuit: Literal["closed", "open", "half_open"]
    failures_in_row: int
    answered_at: AwareDatetime | None
    failed_at: AwareDatetime | None
    p50_ms: float | None = Field(description="Median of the last 256 answers")
    p99_ms: float | None
    observed_at: AwareDatetime


class MinistryStatusDetails(Contract):
    """The status of one ministry's system with all that is known, for operators."""

    ministry: str
    state: MinistryState
    trouble: Trouble | None = None
    since: AwareDatetime
    waiting: int
    oldest_waiting_since: AwareDatetime | None
    oldest_delivery_id: UUID | None
    attempts: int = Field(description="Attempts at the oldest delivery that waits")
    last_failure: str | None = Field(description="Why the last of these attempts failed")
    next_attempt_at: AwareDatetime | None
    calls: list[CallsOfProcess]
    outages: list[PlannedOutage]
    hours: ServiceHours | None
    calls_at_once: int | None
    calls_per_s: float | None
    measured_at: AwareDatetime


class MinistryStatusList(Contract):
    """The status of every ministry's system that was called or that something is set for."""

    items: list[MinistryStatusDetails]


class HandedOverPaper(Contract):
    """A paper of a submission, with the link by which a ministry's system fetches it."""

    document_id: UUID
    kind: str
    media_type: str
    size_bytes: int
    sha256: str = Field(description="Of the content, in hexadecimal: compare it")
    state: str = Field(description="`clean`, or `not_scanned` where no scanner has seen it yet")
    url: str
    url_valid_until: AwareDatetime = Field(
        description="15 minutes after the call. A new link comes with each repeat of the "
        "hand-over, and with POST …/deliveries"
    )


_HAND_OVER: Final[dict[str, Any]] = {
    "kind": "submitted",
    "application_id": "0198a5b0-5c1e-7d20-9b7a-3f6f0c1d2e3f",
    "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
    "public_service_id": "S001",
    "form": {
        "name": "রহিমা খাতুন",
    },
    "grounds": None,
    "form_version": 1,
    "form_origin": "this_project",
    "service_centre_id": "uttara",
    "applicant_id": "0198a5b0-5c1e-7d20-9b7a-000000000001",
    "actor_id": "0198a5b0-5c1e-7d20-9b7a-000000000002",
    "mandate": {
        "mandate_id": "0198a5b0-5c1e-7d20-9b7a-000000000003",
        "uddokta_id": "0198a5b0-5c1e-7d20-9b7a-000000000002",
        "service_centre_id": "uttara",
        "consent": "own_phone",
        "consented_at": "2026-11-25T10:00:00+06:00",
        "fee_bdt": 50,
        "charge_bdt": 30,
        "not_proven": ["who_the_citizen_is"],
    },
    "office": {
        "office_id": "union-U2393",
        "kind": "union",
        "name": {
            "bn": "আমতলী ইউনিয়ন পরিষদ",
            "en": "Amtali Union Parishad",
        },
        "rule_id": "union",
        "rule_version": 1,
    },
    "moved_to": None,
    "documents": [
        {
            "document_id": "0198a5b0-5c1e-7d20-9b7a-000000000004",
            "kind": "photo",
            "media_type": "image/jpeg",
            "size_bytes": 48211,
            "sha256": "…",
            "state": "clean",
            "url": "https://…",
            "url_valid_until": "2026-11-25T10:15:00+06:00",
        }
    ],
    "callback_url": "https://…/v1/ministries/mopa/decisions",
    "cursor": "…",
}
"""The example of docs/integrating.md."""


class HandOver(Contract):
    """The body of a hand-over to a ministry's system.

    It is `POST {base}/ministries/{ministry}/submissions` with the header `Idempotency-Key`, signed
    by Standard Webhooks. Fields that you do not know are to be ignored. Answer 200 with
    `{"case_file_number": "…", "decision": null}`. A 410 with the type `urn:nagorik-sheba:gone`
    stops all hand-overs to you until an operator resumes them: it is no answer about one
    application.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_HAND_OVER]})

    kind: Literal["submitted", "corrected", "withdrawn", "appealed"] = Field(
        description="`appealed`, an objection to a refusal, only if your connection says so"
    )
    application_id: UUID
    tracking_number: str = Field(description="What the citizen has")
    public_service_id: str
    form: dict[str, Any] | None = Field(
        description="The answers; null of a withdrawal and of an objection"
    )
    grounds: str | None = Field(
        default=None, description="Of an objection: why the refusal is wrong, as the citizen says"
    )
    form_version: int | None
    form_origin: FormOrigin | None = Field(description="Who made the form")
    service_centre_id: str | None = Field(description="Where an uddokta sent it for the citizen")
    applicant_id: UUID | None = Field(description="Whose matter it is")
    actor_id: UUID | None = Field(description="Who sent it: the citizen or the uddokta")
    mandate: MandateEvidence | None = Field(description="How the citizen agreed to that")
    office: ResponsibleOffice | None = Field(description="Your office, where a rule names one")
    moved_to: MinistryId | None = Field(
        description="The ministry that decides instead, where the citizen did not withdraw"
    )
    documents: list[HandedOverPaper]
    callback_url: str = Field(description="Where a MinistryDecision is sent to")
    cursor: str | None = Field(description="For POST …/deliveries after a loss; opaque")


class ReadDeliveries(Contract):
    """Ask for the hand-overs to the ministry, from a cursor on, after a loss of data.

    Read them to the last page before you take new hand-overs, which you answer with 503
    meanwhile: else a restored sequence gives numbers that citizens already have.
    """

    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(
        default=None,
        max_length=200,
        description="The last cursor that you stored; null for all that is kept",
    )
    limit: int = Field(default=100, ge=1, le=100, description="Most deliveries of a page")


class HandedOverDelivery(Contract):
    """A submission that the ministry was handed before."""

    idempotency_key: str = Field(description="As in the header of its hand-over")
    handed_over_at: AwareDatetime
    case_file_number: str | None = Field(
        description="What the ministry gave the application first, if it did"
    )
    submission: dict[str, Any] = Field(
        description="The body of its hand-over, with new links to papers, and with the cursor "
        "behind it"
    )


class HandedOverDeliveries(Contract):
    """A page of hand-overs to a ministry, in their order.

    Submissions of citizens who were erased are left out; a withdrawal stays.
    """

    deliveries: list[HandedOverDelivery]
    next: str = Field(description="`after` of the next page")
    has_more: bool = Field(description="Whether there is something on the next page now")


class DecisionPaper(Contract):
    """The paper that a ministry asks for with its decision; the platform numbers and draws it.

    Another one with the same decision comes in its place.
    """

    model_config = ConfigDict(extra="ignore")

    template: PaperTemplate = Field(description="One for this service and this outcome")
    fields: PaperFields = Field(description="What it says, by the names of the template's fields")
    post: Name | None = Field(
        default=None, description="The post of the officer who decided, never a name"
    )
    last_day: EventDay | None = Field(
        default=None, description="The last day on which it holds; null where it has none"
    )
    receipt: Annotated[str, Field(max_length=2_000)] | None = Field(
        default=None,
        description="With `own_document`: of your own PDF, from `POST …/own-papers` of documents",
    )


class MinistryDecision(Contract):
    """A ministry's decision on an application, in its response or by signed callback."""

    model_config = ConfigDict(extra="ignore")

    application_id: UUID
    action: Literal["received", "correction_asked", "approved", "refused", "paper_withdrawn"] = (
        Field(description="`paper_withdrawn`: the paper of the decision does not hold any more")
    )
    case_file_number: str | None = Field(default=None, max_length=LONGEST_CASE_FILE_NUMBER)
    note: Annotated[Text | None, Field(validate_default=True)] = Field(
        default=None,
        description="For the citizen. A refusal and a withdrawal of a paper say why, a request for "
        "correction what to correct",
    )
    decided_at: EventTime | None = Field(
        default=None,
        description="When it was decided, where that was before it is sent: a decision on an "
        "application that was withdrawn stands only if it was made before",
    )
    paper: DecisionPaper | None = Field(
        default=None, description="With `approved` or `refused`: the paper about it"
    )
    stage: Stage = Field(
        default="first",
        description="`appeal`: about the objection that was handed over; whatever does not say so "
        "is about the application before it",
    )

    @field_validator("note")
    @classmethod
    def _says_why(cls, note: Text | None, info: ValidationInfo) -> Text | None:
        is_blank = note is None or not (note.bn.strip() or note.en.strip())
        if is_blank and info.data.get("action") in _NEED_A_NOTE:
            raise PydanticCustomError(NOTE_MISSING, "a note that says why, or what to correct")
        return note
