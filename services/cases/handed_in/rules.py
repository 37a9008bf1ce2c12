"""Which papers can be handed in, and how they are shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from libs.contracts.handed_in import MOST_OF_CASE, HandedIn
from libs.contracts.language import Text
from libs.contracts.papers import MediaType
from libs.errors import Refused
from libs.workflows.model import Panel, Workflow
from libs.workflows.reading import actions_at, handed_in, step_at
from services.cases.appeals import rules as appeals
from services.cases.officers.rules import Officer
from services.cases.work.values import CaseFile

OPINION: Final = "opinion"
"""The paper that an office may add to the opinion for which a panel asks it."""
_MOST_OF_VISIT: Final = 20


@dataclass(frozen=True, slots=True)
class StoredPaper:
    """A paper of an officer in a case.

    Args:
        visit: of the step at which it was handed in.
        paper: its name in the workflow.
        step: the id of that step.
        revision: of the case after the act that it went with; None until then.
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
    return frozenset(paper for papers, _ in needed for paper in papers)


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
    workflow: Workflow, file: CaseFile, officer: Officer, stored: Collection[StoredPaper]
) -> list[StoredPaper]:
    """Return the papers that go with what an officer does now; of a panel, those of the office."""
    is_panel = isinstance(step_at(workflow, file.state), Panel)
    return [
        each
        for each in stored
        if (each.visit, each.revision) == (file.state.visit, None)
        and (not is_panel or each.office_id == officer.office_id)
    ]


def _name_of_step(workflow: Workflow, step_id: str) -> Text | None:
    step = workflow.steps.get(step_id)
    return Text(bn=step.name.bn, en=step.name.en) if step else None
