"""What can be done with many cases at once."""

from collections.abc import Iterator, Set
from typing import Final
from uuid import UUID

from libs.contracts.cases import MOST_AT_ONCE, ActOnCases, BulkChoice
from libs.contracts.language import Text
from libs.errors import Refused
from libs.workflows.commands import Act, Command
from libs.workflows.model import APPLICANT, CORRECTION, End, Task, Workflow
from libs.workflows.reading import handed_in
from services.cases.acts.words import name_of
from services.cases.handed_in.rules import deciding_actions
from services.cases.officers.rules import Officer
from services.cases.work.values import CaseFile

MOST_LOOKED_AT: Final = 10 * MOST_AT_ONCE
"""The nearest so many of a duty are looked through for cases of one step."""


def choices(workflow: Workflow, step_id: str) -> Iterator[BulkChoice]:
    """Yield the actions at a step that many cases take at once: no reasons, and no refusal."""
    step = workflow.steps.get(step_id)
    if not isinstance(step, Task) or step.by == APPLICANT:
        return
    for action, target in step.do.items():
        if target == CORRECTION:
            continue
        reached = workflow.steps[target]
        if isinstance(reached, End) and (reached.outcome != "approved" or reached.reasons):
            continue
        if any(handed_in(workflow, step_id, action)):
            continue
        leads_to = Text(bn=reached.name.bn, en=reached.name.en)
        yield BulkChoice(action=action, name=name_of(action, leads_to), leads_to=leads_to)


def check(workflow: Workflow, officer: Officer, body: ActOnCases) -> None:
    """Check that an officer may do this with many cases, and knows how many they are.

    Raises:
        Refused: the officer has no such duty, it cannot be done with many, or the number differs.
    """
    if body.duty not in officer.duties:
        raise Refused("duty_missing")
    if body.action not in {choice.action for choice in choices(workflow, body.step)}:
        raise Refused("action_unknown", body.action, pointer="/action")
    if body.count != len({case.case_id for case in body.cases}):
        raise Refused("count_differs", pointer="/count")


def why_not(file: CaseFile, revision: int, step: str, *, is_held: bool) -> Refused | None:
    """Return why nothing is done with a case; None if it is as the officer saw it."""
    if (file.revision, file.state.step) != (revision, step):
        return Refused("case_changed")
    return Refused("case_assigned") if is_held else None


def why_by_itself(
    workflow: Workflow, file: CaseFile, action: str, with_own: Set[tuple[UUID, int]]
) -> Refused | None:
    """Return why a case is decided by itself only: the office has given a PDF of its own for it.

    Args:
        workflow: of the case.
        file: the case.
        action: what is done with it.
        with_own: the cases, with the visit, for which such a PDF waits.
    """
    waits = (file.case_id, file.state.visit) in with_own
    is_used = waits and action in deciding_actions(workflow, file)
    return Refused("own_paper_waits") if is_used else None


def command_of(file: CaseFile, body: ActOnCases, officer: Officer) -> Command:
    """Return the command on one of the cases."""
    no_papers: frozenset[str] = frozenset()
    return Act(file.state.visit, body.action, body.duty, str(officer.officer_id), no_papers, {})
