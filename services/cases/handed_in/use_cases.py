"""Officers hand papers in, and take back what was wrong; documents is told which a case has."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from libs.contracts.cases import CasePapersChanged
from libs.contracts.handed_in import AskToHandIn
from libs.database.transaction import Transaction
from libs.decision_papers.templates import OWN_DOCUMENT
from libs.errors import Refused
from libs.messaging.writing import outbox
from libs.web.signed.hand_ins import HandInReceipt, HandInRight
from libs.workflows.model import Workflow
from services.cases.handed_in import queries, rules
from services.cases.handed_in.rules import StoredPaper
from services.cases.officers.rules import Officer
from services.cases.work import use_cases as work
from services.cases.work.values import CaseFile


async def begin(
    tx: Transaction, officer: Officer, file: CaseFile, workflow: Workflow, body: AskToHandIn
) -> HandInRight:
    """Return the right to send the file of a paper of a case that waits for a duty of the officer.

    Raises:
        Refused: the case has changed since, takes no such paper now, or has too many.
    """
    if body.revision != file.revision or officer.office_id is None:
        raise Refused("case_changed")
    stored = await queries.read_papers(tx, file.case_id)
    rules.check_may_hand_in(workflow, file, body.paper, stored)
    return HandInRight(
        case_id=file.case_id,
        visit=file.state.visit,
        citizen_id=file.citizen_id,
        officer_id=officer.officer_id,
        office_id=officer.office_id,
        paper=body.paper,
        ministry=file.ministry,
        application_id=file.application_id if body.paper == OWN_DOCUMENT else None,
    )


async def add(
    tx: Transaction,
    officer: Officer,
    file: CaseFile,
    workflow: Workflow,
    receipt: HandInReceipt,
    at: datetime,
) -> StoredPaper:
    """Take a paper into a case; a repeat changes nothing.

    Raises:
        Refused: something was done with the case since, the receipt is another officer's or
            another case's, or there are too many papers.
    """
    if (receipt.case_id, receipt.officer_id) != (file.case_id, officer.officer_id):
        raise Refused("hand_in_receipt_ended")
    file = await work.lock_case(tx, file)  # so that what documents is told comes in this order
    if receipt.visit != file.state.visit or officer.office_id is None:
        raise Refused("case_changed")
    stored = await queries.read_papers(tx, file.case_id)
    is_own = receipt.paper == OWN_DOCUMENT
    if is_own != bool(receipt.sha256):
        raise Refused("hand_in_receipt_ended")
    known = {(each.visit, each.document_id): each for each in stored}
    same = known.get((receipt.visit, receipt.document_id))
    if same is not None and not is_own:  # of an own PDF the last one counts
        return same
    rules.check_may_hand_in(workflow, file, receipt.paper, stored)
    paper = StoredPaper(
        document_id=receipt.document_id,
        visit=receipt.visit,
        paper=receipt.paper,
        step=file.state.step,
        officer_id=officer.officer_id,
        office_id=officer.office_id,
        media_type=receipt.media_type,
        size_bytes=receipt.size_bytes,
        pages=receipt.pages,
        is_scanned=receipt.is_scanned,
        handed_in_at=at,
        sha256=receipt.sha256 or None,
    )
    await queries.insert_paper(tx, file.case_id, paper)
    await _announce(tx, [file.case_id], at)
    return paper


async def take_back(
    tx: Transaction, officer: Officer, file: CaseFile, document_id: UUID, at: datetime
) -> None:
    """Take a paper of the officer's own back.

    Raises:
        Refused: the officer has handed in no such paper at the step of the case.
    """
    file = await work.lock_case(tx, file)
    visit = file.state.visit
    if not await queries.take_back(tx, file.case_id, visit, document_id, officer.officer_id, at):
        raise Refused("document_unknown")
    await _announce(tx, [file.case_id], at)


async def read_papers(tx: Transaction, case_id: UUID) -> list[StoredPaper]:
    """Return the papers of officers that a case has."""
    return await queries.read_papers(tx, case_id)


async def find_own(tx: Transaction, case_ids: Collection[UUID]) -> set[tuple[UUID, int]]:
    """Return the cases, with the visit, for which a PDF of the office's own waits."""
    return await queries.find_waiting(tx, case_ids, OWN_DOCUMENT)


async def mark_used(
    tx: Transaction, case_id: UUID, papers: Collection[StoredPaper], revision: int
) -> None:
    """Note with which act papers went, by the revision of the case after it."""
    await queries.mark_used(tx, case_id, [paper.document_id for paper in papers], revision)


async def settle(
    tx: Transaction, kept: Collection[UUID], emptied: Collection[UUID], at: datetime
) -> int:
    """Delete the papers of emptied cases, and say which those of the others are, for good.

    Args:
        tx: the transaction.
        kept: decided cases, whose papers stay with them.
        emptied: cases that hold nothing any more.
        at: the time.

    Returns:
        How many papers of emptied cases there were.
    """
    deleted = await queries.delete_papers(tx, emptied)
    await _announce(tx, [*kept, *emptied], at, is_final=True)
    return deleted


async def _announce(
    tx: Transaction, case_ids: Sequence[UUID], at: datetime, *, is_final: bool = False
) -> None:
    found: Mapping[UUID, Sequence[UUID]] = await queries.read_ids(tx, case_ids)
    await outbox.add(
        tx,
        [
            CasePapersChanged(
                occurred_at=at,
                case_id=case_id,
                document_ids=tuple(found.get(case_id, ())),
                is_final=is_final,
            )
            for case_id in case_ids
        ],
    )
