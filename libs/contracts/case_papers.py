"""HTTP bodies about the papers of decided cases, and about what two officers do with them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.contract import Contract
from libs.contracts.issuance import PaperFields
from libs.contracts.language import Text

PaperProposalKind = Literal["withdrawal", "correction"]
Reason = Annotated[str, Field(min_length=3, max_length=2_000)]


class PaperProposal(Contract):
    """What an officer proposes to do with a paper; a colleague approves or rejects it."""

    proposal_id: UUID
    tracking_number: str
    public_service_id: str
    kind: PaperProposalKind
    reason: str = Field(description="For its citizen, who reads it once it is approved")
    fields: dict[str, str] = Field(description="What the corrected paper says otherwise")
    proposed_at: AwareDatetime
    by_me: bool
    approver_decides: bool = Field(
        description="Whether only an officer with the duty that decided may approve it"
    )
    rejected_at: AwareDatetime | None = None
    rejection: str | None = Field(default=None, description="Why a colleague rejected it")


class PaperProposals(Contract):
    """What waits for a second officer at my office, the oldest first; 100 at most."""

    items: list[PaperProposal]


class CasePaperLine(Contract):
    """A line of a paper."""

    name: str
    label: Text
    value: str
    day: date | None = Field(default=None, description="The value, where it is a day")
    is_required: bool


class CasePaper(Contract):
    """The paper of a decided case of my office, as it is now."""

    case_id: UUID
    tracking_number: str
    public_service_id: str
    title: Text
    outcome: Literal["approved", "refused"] | None = Field(
        default=None, description="How the case ended; null where it is not known"
    )
    state: Literal["issued", "withdrawn"]
    lines: list[CasePaperLine]
    decided_in: Text | None = Field(
        description="The duty in which it was decided; null where a rule decided"
    )
    is_my_duty: bool = Field(description="Whether I have that duty")
    corrections: int = Field(description="How often it was corrected")
    holder: str = Field(default="", description="Whom it names; empty where it names nobody")
    post: Text | None = Field(default=None, description="In which it was decided, as it says")
    office: Text | None = Field(default=None, description="That decided, as it says")
    issued_at: AwareDatetime | None = Field(
        default=None, description="When it was issued, as it is"
    )
    file_token: str | None = Field(
        default=None,
        description="For `GET /v1/case-papers/{token}`, for me and 15 minutes, where the office "
        "brought a PDF of its own",
    )
    proposal: PaperProposal | None = Field(description="What waits for a second officer")
    rejected: PaperProposal | None = Field(
        default=None, description="What a colleague rejected, if nothing was proposed since"
    )


class ProposeForPaper(Contract):
    """Propose to withdraw a paper, or to issue a corrected one in its place."""

    model_config = ConfigDict(extra="forbid")

    kind: PaperProposalKind
    reason: Reason
    fields: PaperFields = Field(
        default_factory=dict,
        description="Of a corrected paper, the lines that it says otherwise; none for a withdrawal",
    )
