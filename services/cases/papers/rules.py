"""The paper of a decided case, and who may withdraw or correct it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal, Self
from uuid import UUID

from libs.contracts.case_papers import (
    CasePaper,
    CasePaperLine,
    PaperProposal,
    PaperProposalKind,
    ProposeForPaper,
)
from libs.contracts.language import Text
from libs.contracts.ministries import PaperGranted, PaperRevoked
from libs.decision_papers.templates import NOT_GIVEN, check_fields, template_of
from libs.errors import Refused
from libs.ids import derived_id
from services.cases.officers.rules import Officer
from services.cases.work.values import CaseFile, Entry

OF_FILE: Final = frozenset({"document_id", "sha256"})
"""Fields of a PDF that the office brought: no officer types them."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an officer proposes to do with a paper.

    Args:
        by_decider: whether the proposer has the duty that decided.
        answer: of a colleague, or of the proposer who took it back; None while it waits.
        fields: what a corrected paper says otherwise.
        rejection: why a colleague rejected it.
    """

    proposal_id: UUID
    case_id: UUID
    office_id: str
    kind: PaperProposalKind
    reason: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    by_decider: bool
    proposed_by: UUID
    proposed_at: datetime
    answer: Literal["approved", "rejected"] | None = None
    answered_by: UUID | None = None
    answered_at: datetime | None = None
    rejection: str | None = field(default=None, repr=False)

    def approved(self, officer: Officer, duty: str | None, at: datetime) -> Self:
        """Return it as a colleague has approved it.

        Raises:
            Refused: it was answered before, the same officer proposed it, or neither of the two has
                the duty that decided.
        """
        self._check_waiting()
        if officer.officer_id == self.proposed_by:
            raise Refused("second_person_needed")
        if not (self.by_decider or has_duty(officer, duty)):
            raise Refused("decider_needed")
        return self._answered("approved", officer, at)

    def rejected(self, officer: Officer, reason: str | None, at: datetime) -> Self:
        """Return it as a colleague rejected it with a reason, or its proposer took it back.

        Raises:
            Refused: it was answered before, or a colleague says no reason.
        """
        self._check_waiting()
        if officer.officer_id == self.proposed_by:
            return self._answered("rejected", officer, at)
        if not (reason or "").strip():
            raise Refused("note_missing", pointer="/reason")
        return replace(self._answered("rejected", officer, at), rejection=reason)

    @property
    def was_rejected(self) -> bool:
        """Whether a colleague rejected it."""
        return self.answer == "rejected" and self.answered_by != self.proposed_by

    def _check_waiting(self) -> None:
        if self.answer is not None:
            raise Refused(f"{self.answer}_before")

    def _answered(
        self, answer: Literal["approved", "rejected"], officer: Officer, at: datetime
    ) -> Self:
        return replace(self, answer=answer, answered_by=officer.officer_id, answered_at=at)


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper of a decided case, with what two officers did with it.

    Args:
        granted: as it was issued last.
        duty: in which it was decided; None where a rule or a clock decided.
        is_withdrawn: whether two officers withdrew it.
        corrections: how often it was corrected.
        proposal: what waits for a second officer.
        rejected: what a colleague rejected, if nothing was proposed since.
    """

    granted: PaperGranted = field(repr=False)
    duty: str | None
    is_withdrawn: bool = False
    corrections: int = 0
    proposal: Proposal | None = None
    rejected: Proposal | None = None


def paper_of(granted: PaperGranted, duty: str | None, proposals: Sequence[Proposal]) -> Paper:
    """Return the paper of a case after all that was approved about it, in its order.

    What was approved before is about the paper of the decision before an appeal.
    """
    paper = Paper(granted, duty)
    for proposal in proposals:
        if proposal.answer is not None and proposal.proposed_at < granted.occurred_at:
            continue
        paper = replace(paper, rejected=proposal if proposal.was_rejected else None)
        if proposal.answer is None:
            paper = replace(paper, proposal=proposal)
        elif proposal.answer == "approved" and proposal.kind == "withdrawal":
            paper = replace(paper, is_withdrawn=True)
        elif proposal.answer == "approved":
            corrected = corrected_by(paper.granted, proposal)
            paper = replace(paper, granted=corrected, corrections=paper.corrections + 1)
    return paper


def own_file_of(fields: Mapping[str, str]) -> UUID | None:
    """Return the id of the PDF that an office brought as its paper; None of one that is drawn."""
    return UUID(fields["document_id"]) if "document_id" in fields else None


def has_duty(officer: Officer, duty: str | None) -> bool:
    """Whether an officer has the duty that decided; where a rule decided, any will do."""
    return duty is None or duty in officer.duties


def is_of_its_offices(officer: Officer, file: CaseFile, history: Sequence[Entry]) -> bool:
    """Whether an officer's office had a case, or is responsible: where a rule decided none had it.

    One that names no office is its body's.
    """
    responsible = file.office.office_id if file.office else file.ministry
    return officer.office_id in {responsible, *(entry.office_id for entry in history)}


def propose(
    file: CaseFile,
    paper: Paper,
    officer: Officer,
    body: ProposeForPaper,
    *,
    proposal_id: UUID,
    at: datetime,
) -> Proposal:
    """Return what an officer proposes to do with a paper.

    Raises:
        Refused: it has no reason, another proposal waits, the paper was withdrawn, or the corrected
            one would name an erased citizen, say the same, or what its template does not allow.
    """
    if not body.reason.strip():
        raise Refused("note_missing", pointer="/reason")
    if paper.proposal is not None:
        raise Refused("proposal_waits")
    if paper.is_withdrawn:
        raise Refused("paper_withdrawn")
    before = paper.granted.fields
    if body.fields.keys() & OF_FILE:
        raise Refused("paper_field_unknown", pointer=f"/fields/{min(body.fields.keys() & OF_FILE)}")
    changed = {name: value for name, value in body.fields.items() if before.get(name, "") != value}
    if body.kind == "correction":
        check_not_erased(file)
        check_fields(paper.granted.template, {**before, **changed}, at="/fields")
    if (body.kind == "correction") != bool(changed):
        raise Refused("paper_unchanged", pointer="/fields")
    return Proposal(
        proposal_id=proposal_id,
        case_id=file.case_id,
        office_id=officer.office_id or "",
        kind=body.kind,
        reason=body.reason,
        fields=changed,
        by_decider=has_duty(officer, paper.duty),
        proposed_by=officer.officer_id,
        proposed_at=at,
    )


def check_not_erased(file: CaseFile) -> None:
    """Check that a new paper would not name an erased citizen.

    Raises:
        Refused: it would.
    """
    if file.erased:
        raise Refused("paper_erased")


def announced(paper: Paper, proposal: Proposal, file: CaseFile) -> PaperGranted | PaperRevoked:
    """Return the event of an approved proposal: a withdrawal, or a paper in another one's place.

    Raises:
        Refused: the paper would name an erased citizen, or it was proposed about a paper in whose
            place this one came.
    """
    if proposal.proposed_at < paper.granted.occurred_at:
        raise Refused("case_changed")
    if proposal.kind == "correction":
        check_not_erased(file)
        return corrected_by(paper.granted, proposal).in_trace(file.trace)
    revoked = PaperRevoked(
        event_id=derived_id(paper.granted.event_id, PaperRevoked.type),
        occurred_at=proposal.answered_at or proposal.proposed_at,
        application_id=file.application_id,
        served_by="desk",
        paper_id=paper.granted.event_id,
        note=Text(bn=proposal.reason, en=proposal.reason),
    )
    return revoked.in_trace(file.trace)


def corrected_by(granted: PaperGranted, proposal: Proposal) -> PaperGranted:
    """Return the paper that comes in the place of a granted one."""
    fields = {**granted.fields, **proposal.fields}
    return granted.model_copy(
        update={
            "event_id": derived_id(proposal.proposal_id, PaperGranted.type),
            "occurred_at": proposal.answered_at or proposal.proposed_at,
            "fields": {name: value for name, value in fields.items() if value},
            "replaces": granted.event_id,
        }
    )


def view(file: CaseFile, paper: Paper, duty_name: Text | None, officer: Officer) -> CasePaper:
    """Return the paper of a case as an officer of its office sees it."""
    template, fields = template_of(paper.granted.template), paper.granted.fields
    return CasePaper(
        case_id=file.case_id,
        tracking_number=file.tracking_number,
        public_service_id=file.public_service_id,
        title=template.title,
        outcome=file.state.outcome if file.state.outcome in {"approved", "refused"} else None,
        state="withdrawn" if paper.is_withdrawn else "issued",
        lines=[
            CasePaperLine(
                name=line.name,
                label=line.label,
                value=fields.get(line.name, ""),
                day=_day_in(fields.get(line.name, "")) if line.kind == "day" else None,
                is_required=line.required,
            )
            for line in template.fields
            if line.name not in OF_FILE
        ],
        decided_in=duty_name,
        is_my_duty=has_duty(officer, paper.duty),
        corrections=paper.corrections,
        holder="" if (name := fields.get(template.holder, "")) == NOT_GIVEN else name,
        post=paper.granted.post,
        office=paper.granted.office,
        issued_at=paper.granted.occurred_at,
        proposal=shown(paper.proposal, file, officer) if paper.proposal else None,
        rejected=shown(paper.rejected, file, officer) if paper.rejected else None,
    )


def _day_in(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def shown(proposal: Proposal, file: CaseFile, officer: Officer) -> PaperProposal:
    """Return a proposal as an officer of its office sees it."""
    return PaperProposal(
        proposal_id=proposal.proposal_id,
        tracking_number=file.tracking_number,
        public_service_id=file.public_service_id,
        kind=proposal.kind,
        reason=proposal.reason,
        fields=dict(proposal.fields),
        proposed_at=proposal.proposed_at,
        by_me=proposal.proposed_by == officer.officer_id,
        approver_decides=not proposal.by_decider,
        rejected_at=proposal.answered_at if proposal.was_rejected else None,
        rejection=proposal.rejection,
    )
