"""Which papers can be handed in, and how they are shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.contracts.handed_in import MOST_OF_CASE, HandedIn
from libs.contracts.language import Text
from libs.contracts.papers import MediaType
from libs.decision_papers.templates import OWN_DOCUMENT
from libs.errors import Refused
from libs.workflows.model import End, Panel, Workflow
from libs.workflows.reading import actions_at, handed_in, step_at
from services.cases.appeals import rules as appeals
from services.cases.officers.rules import Officer
from services.cases.work.values import CaseFile, OwnFile

OPINION: Final = "opinion"
"""The paper that an office may add to the opinion for which a panel asks it."""
_OWN_WAITS: Final = timedelta(days=7)
"""Time for which an office's own PDF waits for the decision; documents keeps it 30 days more."""
_MOST_OF_VISIT: Final = 20


@dataclass(frozen=True, slots=True)
class StoredPaper:
    """A paper of an officer in a case.

    Args:
        visit: of the step at which it was handed in.
        paper: its name in the workflow.
        step: the id of that step.
        revision: of the case after the act that it went with; None until then.
        sha256: of the PDF with which the office decides; None of other papers.
    """

    document_id: UUID
    visit: int
    paper: str
    step: str
    officer_id: UUID
    office_id: str
    media_type: MediaType
    size_bytes: int
    pages: int
    is_scanned: bool
    handed_in_at: datetime
    revision: int | None = None
    sha256: str | None = None


def papers_at(workflow: Workflow, file: CaseFile) -> frozenset[str]:
    """Return the names of the papers that can be handed in at the step of a case."""
    if appeals.appeal_at(workflow, file) is not None:
        return frozenset({appeals.LETTER})
    if file.state.status != "open":
        return frozenset()
    if isinstance(step_at(workflow, file.state), Panel):
        return frozenset({OPINION})
    needed = (
        handed_in(workflow, file.state.step, name) for name in actions_at(workflow, file.state)
    )
    own = frozenset({OWN_DOCUMENT}) if deciding_actions(workflow, file) else frozenset()
    return own | {paper for papers, _ in needed for paper in papers}


def deciding_actions(workflow: Workflow, file: CaseFile) -> frozenset[str]:
    """Return what decides a case at its step with a paper, which the office may bring itself."""
    reached = {
        name: workflow.steps.get(target)
        for name, target in actions_at(workflow, file.state).items()
    }
    return frozenset(
        name
        for name, end in reached.items()
        if isinstance(end, End) and end.outcome in {"approved", "refused"} and not end.reasons
    )


def own_file(papers: Collection[StoredPaper], at: datetime) -> OwnFile | None:
    """Return the office's own PDF with which it decides, of the papers that go with the act.

    Raises:
        Refused: it has waited too long: documents deletes it before the decision is heard of.
    """
    own = next((paper for paper in papers if paper.paper == OWN_DOCUMENT), None)
    if own is None or own.sha256 is None:
        return None
    if at - own.handed_in_at > _OWN_WAITS:
        raise Refused("own_paper_too_old", pointer=f"/papers/{OWN_DOCUMENT}")
    return OwnFile(own.document_id, own.sha256)


def decided_with(papers: Collection[StoredPaper], revision: int) -> OwnFile | None:
    """Return the office's own PDF with which it decided, by the revision after the decision."""
    return next(
        (
            OwnFile(paper.document_id, paper.sha256)
            for paper in papers
            if paper.paper == OWN_DOCUMENT and paper.revision == revision and paper.sha256
        ),
        None,
    )


def check_may_hand_in(
    workflow: Workflow, file: CaseFile, paper: str, stored: Sequence[StoredPaper]
) -> None:
    """Check that one more paper may be handed in at the step of a case.

    Raises:
        Refused: nothing that can be done there asks for it, or there are too many.
    """
    if paper not in papers_at(workflow, file):
        raise Refused("paper_not_asked", pointer="/paper")
    of_visit = [each for each in stored if each.visit == file.state.visit]
    if len(of_visit) >= _MOST_OF_VISIT or len(stored) >= MOST_OF_CASE:
        raise Refused("case_papers_full")


def shown(
    workflow: Workflow,
    file: CaseFile,
    officer: Officer,
    stored: Collection[StoredPaper],
    names: dict[str, Text],
) -> list[HandedIn]:
    """Return the papers of officers as an officer sees them, the newest first."""
    takes_any = file.closed_at is None or papers_at(workflow, file)
    next_ones = going_with_act(workflow, file, officer, stored) if takes_any else []
    return [
        HandedIn(
            document_id=each.document_id,
            paper=each.paper,
            name=names.get(each.paper),
            step=_name_of_step(workflow, each.step),
            media_type=each.media_type,
            size_bytes=each.size_bytes,
            pages=each.pages,
            is_scanned=each.is_scanned,
            at=each.handed_in_at,
            office_id=each.office_id,
            by_me=each.officer_id == officer.officer_id,
            goes_with_next=each in next_ones,
            can_be_taken_back=each in next_ones and each.officer_id == officer.officer_id,
        )
        for each in sorted(stored, key=lambda each: each.handed_in_at, reverse=True)
    ]


def going_with_act(
    workflow: Workflow,
    file: CaseFile,
    officer: Officer,
    stored: Collection[StoredPaper],
    action: str | None = None,
) -> list[StoredPaper]:
    """Return the papers that go with what an officer does now; of a panel, those of the office.

    Of several PDFs with which the office decides, the last one goes.

    Args:
        workflow: of the case.
        file: the case.
        officer: who acts.
        stored: all papers of officers that the case has.
        action: what is done; None for whatever can be.
    """
    is_panel = isinstance(step_at(workflow, file.state), Panel)
    going = [
        each
        for each in stored
        if (each.visit, each.revision) == (file.state.visit, None)
        and (not is_panel or each.office_id == officer.office_id)
    ]
    own = [each for each in going if each.paper == OWN_DOCUMENT]
    decides = action is None or action in deciding_actions(workflow, file)
    last = max(own, key=lambda each: each.handed_in_at) if own and decides else None
    return [each for each in going if each.paper != OWN_DOCUMENT or each is last]


def _name_of_step(workflow: Workflow, step_id: str) -> Text | None:
    step = workflow.steps.get(step_id)
    return Text(bn=step.name.bn, en=step.name.en) if step else None
