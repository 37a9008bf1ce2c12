"""What an officer sees of a case, and the command that an act is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from libs.contracts.cases import ActOnCase, CaseAction, CaseEntry, CaseView
from libs.contracts.language import Text
from libs.errors import Refused
from libs.workflows import events as happened
from libs.workflows.commands import Act, Command, Opine
from libs.workflows.model import CORRECTION, End, Panel, Task, Workflow
from libs.workflows.reading import actions_at, handed_in, step_at
from services.cases.acts.words import name_of
from services.cases.officers.rules import Officer
from services.cases.queues.rules import Assigned
from services.cases.work.values import CaseFile, Content, Entry

_CLEAR: Final = "clear_"
_OBJECTION: Final = "objection_"
_TO_APPLICANT: Final = Text(bn="আবেদনকারীর কাছে", en="To the applicant")


def may_see(
    officer: Officer, file: CaseFile, tasks: Collection[Assigned], history: Sequence[Entry]
) -> bool:
    """Whether an officer may read a case: it is or was with the officer's office."""
    if file.ministry != officer.ministry:
        return False
    has_a_task = bool(duties_on(officer, tasks))
    return has_a_task or any(entry.office_id == officer.office_id for entry in history)


def duties_on(officer: Officer, tasks: Collection[Assigned]) -> list[str]:
    """Return the duties of an officer for which a case waits at the officer's office."""
    return [
        task.duty
        for task in tasks
        if task.office_id == officer.office_id and task.duty in officer.duties
    ]


def command_of(workflow: Workflow, file: CaseFile, officer: Officer, body: ActOnCase) -> Command:
    """Return the command that an act is at the case's step.

    Raises:
        Refused: there is no such action at this step, or nothing says why or what.
    """
    step, state = step_at(workflow, file.state), file.state
    papers, actor = frozenset(body.papers), str(officer.officer_id)
    if isinstance(step, Panel):
        is_clear = body.action.startswith(_CLEAR)
        asked = body.action.removeprefix(_CLEAR if is_clear else _OBJECTION)
        return Opine(state.visit, asked, body.duty, actor, clear=is_clear, files=papers)
    actions = actions_at(workflow, state)
    if body.action not in actions:
        raise Refused("action_unknown", body.action)
    if body.note is None and _needs_words(workflow, actions[body.action]):
        raise Refused("note_missing", pointer="/note")
    return Act(state.visit, body.action, body.duty, actor, papers, _values(body.values))


def _values(typed: Mapping[str, str]) -> dict[str, str | int]:
    """Return what an officer set; a workflow compares whole numbers as numbers."""
    return {
        name: int(text) if text.isascii() and text.isdigit() else text
        for name, text in typed.items()
    }


def view(  # noqa: PLR0913
    workflow: Workflow,
    file: CaseFile,
    content: Content,
    history: Sequence[Entry],
    tasks: Collection[Assigned],
    officer: Officer,
    at: datetime,
) -> CaseView:
    """Return a case as an officer sees it."""
    duties = duties_on(officer, tasks)
    held = [task for task in tasks if task.duty in duties and task.is_held(at)]
    return CaseView(
        case_id=file.case_id,
        tracking_number=file.tracking_number,
        public_service_id=file.public_service_id,
        workflow_name=_text(workflow.name),
        revision=file.revision,
        status=file.state.status,
        outcome=file.state.outcome,
        step=_text(step_at(workflow, file.state).name),
        waits_for=file.waits_for,
        due_on=file.due_on,
        is_due_sourced=workflow.clock.status == "sourced",
        submitted_at=file.submitted_at,
        form=dict(content.form),
        form_version=content.form_version,
        form_origin=content.form_origin,
        documents=list(content.documents),
        history=list(_entries(workflow, history, officer)),
        actions=list(_actions(workflow, file, duties)),
        shown=file.shown,
        assigned_until=max((task.until for task in held if task.until), default=None),
        is_mine=any(task.assigned_to == officer.officer_id for task in held),
    )


def step_name(workflow: Workflow, file: CaseFile) -> Text:
    """Return the name of the step at which a case is."""
    return _text(step_at(workflow, file.state).name)


def _needs_words(workflow: Workflow, target: str) -> bool:
    return target == CORRECTION or _is_refusal(workflow, target)


def _is_refusal(workflow: Workflow, target: str) -> bool:
    reached = workflow.steps.get(target)
    return isinstance(reached, End) and reached.outcome == "refused"


def _text(name: Text) -> Text:
    return Text(bn=name.bn, en=name.en)


def _actions(workflow: Workflow, file: CaseFile, duties: Sequence[str]) -> Iterator[CaseAction]:
    step, state = step_at(workflow, file.state), file.state
    if not duties:
        return
    if isinstance(step, Panel):
        yield from _opinions(workflow, step, file, duties)
    if not isinstance(step, Task):
        return
    for action, target in actions_at(workflow, state).items():
        leads_to = _TO_APPLICANT if target == CORRECTION else _text(workflow.steps[target].name)
        papers, values = handed_in(workflow, state.step, action)
        yield CaseAction(
            action=action,
            duty=duties[0],
            name=name_of(action, leads_to),
            leads_to=leads_to,
            is_refusal=_is_refusal(workflow, target),
            asks_applicant=target == CORRECTION,
            papers=sorted(papers),
            values=sorted(values),
            is_proposed=action == state.proposed,
        )


def _opinions(
    workflow: Workflow, step: Panel, file: CaseFile, duties: Sequence[str]
) -> Iterator[CaseAction]:
    for asked in file.state.asked:
        by = file.state.taken_over_by or asked
        if asked in file.state.opinions or by not in duties:
            continue
        for prefix, target in ((_CLEAR, step.all_clear), (_OBJECTION, step.objection)):
            kind = name_of(prefix.rstrip("_"), _text(step.name))
            role = workflow.roles[asked].name
            yield CaseAction(
                action=f"{prefix}{asked}",
                duty=by,
                name=Text(bn=f"{role.bn}: {kind.bn}", en=f"{role.en}: {kind.en}"),
                leads_to=_text(workflow.steps[target].name),
                is_refusal=False,
                asks_applicant=False,
                papers=[],
                values=[],
                is_proposed=False,
            )


def _entries(workflow: Workflow, history: Sequence[Entry], officer: Officer) -> Iterator[CaseEntry]:
    for entry in history:
        event = entry.event
        step = workflow.steps.get(getattr(event, "step", None) or "")
        action = event.action if isinstance(event, happened.Acted) else None
        target = getattr(step, "do", {}).get(action) if action else None
        leads_to = workflow.steps.get(target or "")
        yield CaseEntry(
            revision=entry.revision,
            at=entry.at,
            type=event.type,
            step=_text(step.name) if step else None,
            action=name_of(action, _text(leads_to.name) if leads_to else _TO_APPLICANT)
            if action
            else None,
            by_me=entry.actor_id == officer.officer_id,
            office_id=entry.office_id,
            note=entry.note,
        )
