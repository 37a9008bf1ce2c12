"""Two officers withdraw a paper, or have a corrected one issued."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.text import Malformed
from libs.contracts.case_papers import CasePaper, PaperProposal, ProposeForPaper
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id, parse_tracking_number
from libs.messaging.writing import outbox
from libs.web.signed.document_links import OfficerLink
from libs.workflows.model import Workflow
from services.cases.acts import use_cases as acts
from services.cases.handed_in import use_cases as handed_in
from services.cases.handed_in.rules import decided_with
from services.cases.officers.rules import Officer
from services.cases.papers import queries, rules
from services.cases.papers.rules import Paper, Proposal
from services.cases.work import use_cases as work
from services.cases.work.papers import granted_by
from services.cases.work.values import CaseFile
from services.cases.workflows import use_cases as workflows

_MOST_WAITING: Final = 100


async def read_waiting(tx: Transaction, officer: Officer) -> list[PaperProposal]:
    """Return what waits for a second officer of an officer's office, the oldest first."""
    waiting = await queries.read_waiting(
        tx, officer.office_id or "", officer.ministry, _MOST_WAITING
    )
    shown = []
    for proposal in waiting:
        file = await work.find_case(tx, proposal.case_id, ministry=officer.ministry)
        if file is not None:
            shown.append(rules.shown(proposal, file, officer))
    return shown


async def read_paper(
    tx: Transaction, officer: Officer, tracking_number: str, at: datetime
) -> CasePaper:
    """Return the paper of a decided case of an officer's office; the look is noted.

    Raises:
        Refused: there is no such case of the office, or it has no paper.
    """
    return (await read_with_link(tx, officer, tracking_number, at))[0]


async def read_with_link(
    tx: Transaction, officer: Officer, tracking_number: str, at: datetime
) -> tuple[CasePaper, OfficerLink | None]:
    """Return the same, with the right to fetch the PDF that the office brought, if it did.

    Raises:
        Refused: as `read_paper`.
    """
    file, workflow, paper = await _find(tx, officer, tracking_number)
    await acts.note_look(tx, officer, file.case_id, at)
    shown = rules.view(file, paper, _name_of(workflow, paper.duty), officer)
    own = rules.own_file_of(paper.granted.fields)
    return shown, OfficerLink(own, file.ministry, officer.officer_id) if own else None


async def propose(
    tx: Transaction, officer: Officer, tracking_number: str, body: ProposeForPaper, at: datetime
) -> CasePaper:
    """Propose to withdraw a paper, or to issue a corrected one in its place.

    Raises:
        Refused: there is no such paper of the office, another proposal waits, or it is none that
            can be carried out.
    """
    file, workflow, paper = await _find(tx, officer, tracking_number)
    proposal = rules.propose(file, paper, officer, body, proposal_id=new_id(), at=at)
    if not await queries.insert_proposal(tx, proposal, file.ministry):
        raise Refused("proposal_waits")
    after = replace(paper, proposal=proposal, rejected=None)
    return rules.view(file, after, _name_of(workflow, paper.duty), officer)


async def approve(
    tx: Transaction, officer: Officer, tracking_number: str, proposal_id: UUID, at: datetime
) -> CasePaper:
    """Approve what a colleague proposed; the paper is withdrawn, or a corrected one issued.

    Raises:
        Refused: there is no such proposal of the office, it was answered before, the same officer
            proposed it, or neither of the two has the duty that decided.
    """
    file, _, paper = await _find(tx, officer, tracking_number)
    proposal = await _proposal(tx, file, paper, proposal_id)
    approved = proposal.approved(officer, paper.duty, at)
    await queries.save_answer(tx, approved, file.ministry)
    await outbox.add(tx, [rules.announced(paper, approved, file)])
    return await read_paper(tx, officer, tracking_number, at)


async def reject(
    tx: Transaction,
    officer: Officer,
    tracking_number: str,
    proposal_id: UUID,
    reason: str | None,
    *,
    at: datetime,
) -> CasePaper:
    """Reject what a colleague proposed with a reason, or take the own proposal back.

    Raises:
        Refused: there is no such proposal of the office, it was answered before, or a colleague's
            is rejected without a reason.
    """
    file, _, paper = await _find(tx, officer, tracking_number)
    proposal = await _proposal(tx, file, paper, proposal_id)
    await queries.save_answer(tx, proposal.rejected(officer, reason, at), file.ministry)
    return await read_paper(tx, officer, tracking_number, at)


async def grant_again(
    tx: Transaction, after: UUID, *, since: datetime, by: str, limit: int, dry_run: bool
) -> tuple[int, UUID | None]:
    """Grant the papers of the next cases that were decided since a moment, under the same ids.

    Issuance leaves a paper that it has as it is. Cases of erased citizens are left out.

    Args:
        tx: the transaction.
        after: the case behind which to begin.
        since: the moment.
        by: the operator, for the journal.
        limit: of how many cases.
        dry_run: announce nothing.

    Returns:
        How many there are, and the last case that was looked at; None if there are no more.
    """
    case_ids = await work.find_after(tx, after, limit)
    cases = await work.read_readable(tx, case_ids)
    decided = {
        case_id: case
        for case_id, case in cases.items()
        if case[0].closed_at is not None and case[0].closed_at >= since
    }
    versions = await workflows.read_versions(
        tx, {file.workflow_key for file, _ in decided.values()}
    )
    granted = []
    for file, content in decided.values():
        history = await work.read_history(tx, file)
        handed = await handed_in.read_papers(tx, file.case_id)
        own_file = decided_with(handed, file.revision)
        found = granted_by(versions[file.workflow_key], file, content, history, own_file)
        if found is not None:
            granted.append(found[0])
    if granted and not dry_run:
        await outbox.add(tx, granted)
        await record_action(
            tx,
            actor=by,
            action="grant papers",
            subject=str(since),
            detail=f"{len(granted)} up to case {case_ids[-1]}",
        )
    return len(granted), case_ids[-1] if case_ids else None


async def forget(tx: Transaction, case_ids: Collection[UUID]) -> int:
    """Delete the proposals about papers of these cases; return how many there were."""
    return await queries.delete_proposals(tx, case_ids)


async def _proposal(tx: Transaction, file: CaseFile, paper: Paper, proposal_id: UUID) -> Proposal:
    if paper.proposal is not None and paper.proposal.proposal_id == proposal_id:
        return paper.proposal
    for proposal in await queries.read_proposals(tx, file.case_id, file.ministry):
        if proposal.proposal_id == proposal_id:
            return proposal
    raise Refused("not_found")


async def _find(
    tx: Transaction, officer: Officer, tracking_number: str
) -> tuple[CaseFile, Workflow, Paper]:
    """Read the newest decided case of a number with its paper; its proposals are locked.

    Raises:
        Refused: there is no such case of the officer's office, or it has no paper.
    """
    try:
        number = parse_tracking_number(tracking_number)
    except Malformed:
        raise Refused("case_unknown") from None
    for file in await work.find_ended(tx, number, officer.ministry):
        history = await work.read_history(tx, file)
        if not rules.is_of_its_offices(officer, file, history):
            continue
        contents = await work.read_contents(tx, [file])
        versions = await workflows.read_versions(tx, {file.workflow_key})
        workflow = versions[file.workflow_key]
        handed = await handed_in.read_papers(tx, file.case_id)
        own_file = decided_with(handed, file.revision)
        found = granted_by(workflow, file, contents[file.case_id], history, own_file)
        if found is None:
            continue
        proposals = await queries.read_proposals(tx, file.case_id, file.ministry)
        return file, workflow, rules.paper_of(*found, proposals)
    raise Refused("case_unknown")


def _name_of(workflow: Workflow, duty: str | None) -> Text | None:
    role = workflow.roles.get(duty) if duty else None
    return Text(bn=role.name.bn, en=role.name.en) if role else None
