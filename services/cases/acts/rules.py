"""What an officer sees of a case, and the command that an act is."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import Calendar
from libs.contracts.cases import ActOnCase, CaseAction, CaseEntry, CaseView
from libs.contracts.catalogue import RoutingRule
from libs.contracts.language import Text
from libs.decision_papers.templates import OWN_DOCUMENT
from libs.errors import Refused
from libs.offices import office_of_role
from libs.workflows import events as happened
from libs.workflows.commands import Act, Appoint, Command, Happen, Opine, Pay
from libs.workflows.model import APPLICANT, CORRECTION, End, Fee, Panel, Step, Task, Wait, Workflow
from libs.workflows.reading import actions_at, handed_in, step_at
from services.cases.acts import asking
from services.cases.acts.words import name_of, names_of
from services.cases.appeals import rules as appeals
from services.cases.calendar.rules import is_promise
from services.cases.fees.rules import CHALLAN, CONFIRM, StoredBill, actions_on
from services.cases.handed_in import rules as handing_in
from services.cases.handed_in.rules import OPINION, StoredPaper
from services.cases.officers.rules import Officer
from services.cases.queues.rules import Assigned
from services.cases.work.values import CaseFile, Content, Entry

_CLEAR: Final = "clear_"
_OBJECTION: Final = "objection_"
APPOINT: Final = "appoint"
"""Sets the time at which the applicant has to come."""
_TO_APPLICANT: Final = Text(bn="আবেদনকারীর কাছে", en="To the applicant")


@dataclass(frozen=True, slots=True)
class StoredLook:
    """A look of an officer of an office at a case, with the paper that was opened, if any."""

    at: datetime
    office_id: str
    case_id: UUID
    document_id: UUID | None


def may_see(
    officer: Officer, file: CaseFile, tasks: Collection[Assigned], history: Sequence[Entry]
) -> bool:
    """Whether an officer may read a case: it is or was with the officer's office.

    It may be with an office of another ministry, such as the police, while that has a task. What a
    rule decided before any office had it is with the responsible one, which answers for the paper.
    """
    if duties_on(officer, tasks):
        return True
    return _was_with(officer, file, history) and file.ministry == officer.ministry


def _was_with(officer: Officer, file: CaseFile, history: Sequence[Entry]) -> bool:
    offices = {entry.office_id for entry in history} - {None}
    if not offices and file.office and file.state.outcome in {"approved", "refused"}:
        offices = {file.office.office_id}
    return officer.office_id in offices


def name_of_office(
    workflow: Workflow,
    file: CaseFile,
    content: Content,
    offices: Sequence[RoutingRule],
    office_id: str,
    on: date,
) -> Text | None:
    """Return the name of an office that had a case on a day; None if no rule names it."""
    if file.office is not None and file.office.office_id == office_id:
        return file.office.name
    for duty in workflow.roles:
        own = office_of_role(offices, duty, content.form, on)
        if own is not None and own.office.office_id == office_id:
            return own.office.name
    return None


def duties_on(officer: Officer, tasks: Collection[Assigned]) -> list[str]:
    """Return the duties of an officer for which a case waits at the officer's office."""
    return [
        task.duty
        for task in tasks
        if (task.office_id, task.ministry) == (officer.office_id, officer.ministry)
        and task.duty in officer.duties
    ]


def command_of(
    workflow: Workflow,
    file: CaseFile,
    officer: Officer,
    body: ActOnCase,
    at: datetime,
    given: Collection[str] = (),
) -> Command:
    """Return the command that an act is at the case's step.

    Args:
        workflow: of the case.
        file: the case.
        officer: who acts.
        body: what is to be done; of a paper on paper, the number in the office's file.
        at: the current time.
        given: names of the papers that were handed in as files at the step.

    Raises:
        Refused: there is no such action at this step, nothing says why, what or when, or the
            office's own PDF is named by a number.
    """
    step, state = step_at(workflow, file.state), file.state
    if OWN_DOCUMENT in body.papers:
        raise Refused("paper_not_asked", pointer=f"/papers/{OWN_DOCUMENT}")
    papers, actor = frozenset(body.papers) | frozenset(given), str(officer.officer_id)
    if isinstance(step, Panel):
        is_clear = body.action.startswith(_CLEAR)
        asked = body.action.removeprefix(_CLEAR if is_clear else _OBJECTION)
        return Opine(state.visit, asked, body.duty, actor, clear=is_clear, files=papers)
    if isinstance(step, Wait):
        return Happen(state.visit, body.action, actor)
    if body.action == APPOINT and _has_appointment(step):
        if body.appointment is None or body.appointment <= at:
            raise Refused("time_missing", pointer="/appointment")
        return Appoint(state.visit, body.appointment, body.duty, actor)
    actions = actions_at(workflow, state)
    if body.action not in actions:
        raise Refused("action_unknown", body.action)
    if not (body.note or "").strip() and _needs_words(workflow, actions[body.action]):
        raise Refused("note_missing", pointer="/note")
    role = APPLICANT if _is_applicants(step) else body.duty
    values = asking.read_values(workflow, body.values)
    return Act(state.visit, body.action, role, actor, papers, values)


def challan_in(body: ActOnCase) -> str:
    """Return the number of the challan with which a fee was paid.

    Raises:
        Refused: there is none.
    """
    if CHALLAN not in body.papers:
        raise Refused("files_missing", CHALLAN, pointer=f"/papers/{CHALLAN}")
    return body.papers[CHALLAN]


def payment_of(file: CaseFile, officer: Officer, challan: str) -> Command:
    """Return the command that settles the bill of a fee step."""
    return Pay(file.state.visit, challan, str(officer.officer_id))


def is_at_fee(workflow: Workflow, file: CaseFile) -> bool:
    """Whether a case waits for a payment."""
    return file.state.status == "open" and isinstance(step_at(workflow, file.state), Fee)


def _has_appointment(step: Step) -> bool:
    return isinstance(step, Task) and step.appointment is not None


def _is_applicants(step: Step) -> bool:
    """Whether the applicant acts at a step; officers write down what she said."""
    return isinstance(step, Task) and step.by == APPLICANT


def view(  # noqa: PLR0913
    workflow: Workflow,
    file: CaseFile,
    content: Content,
    history: Sequence[Entry],
    tasks: Collection[Assigned],
    officer: Officer,
    bill: StoredBill | None,
    calendar: Calendar,
    reports: Collection[StoredPaper],
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
        is_due_sourced=is_promise(
            workflow,
            file.due_on,
            calendar,
            is_promised=file.is_promised,
            step=file.state.step,
        ),
        is_paused=file.closed_at is None and file.deadline.is_paused,
        submitted_at=file.submitted_at,
        form=dict(content.form),
        form_version=content.form_version,
        form_origin=content.form_origin,
        opens_papers=bool(duties),
        documents=list(content.documents),
        mandate=content.mandate,
        history=list(_entries(workflow, history, officer)),
        actions=[
            *_actions(workflow, file, duties, actions_on(bill, officer.officer_id)),
            *_record_appeal(workflow, file, history, officer, at),
        ],
        shown=file.shown,
        assigned_until=max((task.until for task in held if task.until), default=None),
        is_mine=any(task.assigned_to == officer.officer_id for task in held),
        appointment=file.state.appointment,
        bill=bill.shown() if bill else None,
        handed_in=handing_in.shown(
            workflow, file, officer, reports, names_of({report.paper for report in reports})
        ),
    )


def step_name(workflow: Workflow, file: CaseFile) -> Text:
    """Return the name of the step at which a case is."""
    return _text(step_at(workflow, file.state).name)


def _needs_words(workflow: Workflow, target: str) -> bool:
    is_word = target == CORRECTION or _is_refusal(workflow, target)
    return is_word or _has_reasons(workflow, target)


def _has_reasons(workflow: Workflow, target: str) -> bool:
    reached = workflow.steps.get(target)
    return isinstance(reached, End) and reached.reasons is not None


def _is_refusal(workflow: Workflow, target: str) -> bool:
    reached = workflow.steps.get(target)
    return isinstance(reached, End) and reached.outcome == "refused"


def _text(name: Text) -> Text:
    return Text(bn=name.bn, en=name.en)


def _actions(
    workflow: Workflow, file: CaseFile, duties: Sequence[str], on_bill: Sequence[str]
) -> Iterator[CaseAction]:
    step = step_at(workflow, file.state)
    if not duties or file.state.status != "open":
        return
    match step:
        case Panel():
            yield from _opinions(workflow, step, file, duties)
        case Fee():
            for action in on_bill:
                leads_to = step.paid if action == CONFIRM else file.state.step
                yield _simple(workflow, action, duties[0], leads_to, papers=[CHALLAN])
        case Wait():
            for name, target in step.on.items():
                yield _simple(workflow, name, duties[0], target)
        case Task():
            yield from _of_task(workflow, step, file, duties[0])
        case _:
            return


def _record_appeal(
    workflow: Workflow, file: CaseFile, history: Sequence[Entry], officer: Officer, at: datetime
) -> Iterator[CaseAction]:
    """Yield the action that records an objection to the end of a case, if an officer may."""
    try:
        appeal = appeals.check_may_record(workflow, file, history, officer, at)
    except Refused:
        return
    duty, papers = min(officer.duties), [appeals.LETTER]
    simple = _simple(workflow, appeals.RECORD, duty, appeal.to, papers)
    yield simple.model_copy(
        update={
            "values": [appeals.SHOWN_NUMBER],
            "item_names": names_of([appeals.LETTER, appeals.SHOWN_NUMBER]),
        }
    )


def _simple(
    workflow: Workflow, action: str, duty: str, target: str, papers: Sequence[str] = ()
) -> CaseAction:
    leads_to = _text(workflow.steps[target].name)
    return CaseAction(
        action=action,
        duty=duty,
        name=name_of(action, leads_to),
        leads_to=leads_to,
        is_refusal=False,
        asks_applicant=False,
        papers=list(papers),
        values=[],
        item_names=names_of(papers),
        is_proposed=False,
    )


def _of_task(workflow: Workflow, step: Task, file: CaseFile, duty: str) -> Iterator[CaseAction]:
    state = file.state
    if step.appointment and not _is_applicants(step):
        set_time = _simple(workflow, APPOINT, duty, state.step)
        yield set_time.model_copy(update={"asks_time": True})
    deciding = handing_in.deciding_actions(workflow, file)
    for action, target in actions_at(workflow, state).items():
        leads_to = _TO_APPLICANT if target == CORRECTION else _text(workflow.steps[target].name)
        papers, values = handed_in(workflow, state.step, action)
        yield CaseAction(
            action=action,
            duty=duty,
            name=name_of(action, leads_to),
            leads_to=leads_to,
            is_refusal=_is_refusal(workflow, target),
            asks_applicant=target == CORRECTION,
            needs_reasons=_has_reasons(workflow, target),
            papers=sorted(papers),
            values=sorted(values),
            may_add=(may_add := [OWN_DOCUMENT] if action in deciding else []),
            item_names=names_of({*papers, *values, *may_add})
            | asking.names_of_values(workflow, values),
            asked=asking.asked_values(workflow, values),
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
                may_add=[OPINION],
                item_names=names_of([OPINION]),
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
