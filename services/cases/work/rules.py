"""Turns a command on a case into rows and events, with the workflow's two functions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from libs.bangladesh.calendar import Calendar, dhaka_date, end_of_day
from libs.bangladesh.deadline import Deadline
from libs.contracts.applications import ResponsibleOffice, Step
from libs.contracts.applications import WaitsFor as ShownWaitsFor
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import (
    CorrectionAsked,
    MinistryDecided,
    MinistryReceived,
    PaperGranted,
    StepReached,
)
from libs.errors import Refused
from libs.ids import derived_id
from libs.offices import office_of_role
from libs.workflows import events as happened
from libs.workflows.case import Case, evolve
from libs.workflows.commands import Act, AppealAgainst, Correct, Happen, Move, Withdraw
from libs.workflows.deciding import decide
from libs.workflows.facts import CaseFacts, place_of
from libs.workflows.model import WITHDRAWN, End, Fee, Unit, Workflow
from libs.workflows.model import Task as TaskStep
from libs.workflows.reading import (
    appeal_steps,
    clocks_of,
    recorders,
    step_at,
    waits_for,
    was_appealed,
)
from libs.workflows.tariffs import Bill, TariffRow, make_bill
from services.cases.fees.rules import ACCOUNTS, stored
from services.cases.queues.rules import Task
from services.cases.work.papers import granted
from services.cases.work.values import (
    ENTRIES_OF_A_CHANGE,
    CaseFile,
    Change,
    Content,
    Entry,
    Order,
    Published,
    Timer,
)

_ENDS_BY_A_CLOCK: Final = frozenset({"citizen", "payment", "time"})
"""Whom a case waits for until a clock runs out; the citizen is told the day."""


DECIDED_BEFORE: Final = "decided_before"
"""What the history says of a decision that a restored database does not know."""

_AT_ONE_OFFICE: Final = frozenset({"office", "citizen", "payment"})
"""The citizen is told at which office it is, or where she goes."""


@dataclass(frozen=True, slots=True)
class Acting:
    """A duty that can act on a case now.

    Args:
        duty: the role.
        office: at which office; None where only the ministry is known.
        ministry: whose office it is.
        told: the office that the citizen is told.
    """

    duty: str
    office: ResponsibleOffice | None
    ministry: str
    told: ResponsibleOffice | None


def carry_out(
    workflow: Workflow,
    file: CaseFile | None,
    new: CaseFile,
    content: Content,
    order: Order,
    published: Published,
) -> Change | None:
    """Return what a command writes; None where it was carried out before.

    Args:
        workflow: the version that holds for the case; for a move the version after it.
        file: the case; None before it is opened.
        new: the same case, or the one to open.
        content: what was submitted last.
        order: the command, and who gave it.
        published: what the catalogue has published.

    Raises:
        Refused: the case does not allow it, or has moved on.
        ValueError: the first command does not open the case.
    """
    before = file.state if file else None
    today = dhaka_date(order.at)
    facts = facts_of(workflow, new, content, published.tariffs, today)
    events = decide(workflow, before, order.command, facts)
    if not events:
        return None
    state = before
    for event in events:
        state = evolve(state, event)
    if state is None:
        raise ValueError("the first event opens a case")
    waiting = waits_for(workflow, state)
    after = replace(
        new,
        state=state,
        revision=new.revision + 1,
        waits_for=waiting.on if waiting else None,
        closed_at=None if waiting else order.at,
    )
    after = _with_deadline(workflow, after, order, published.calendar)
    timers = tuple(_timers(workflow, after, order.at, published.calendar))
    bill = _bill(workflow, after, replace(facts, sets=state.sets), today)
    acting = tuple(_acting(workflow, after, published, content, today))
    shown = _shown(workflow, after, timers, acting, bill, published.calendar)
    if file is not None and isinstance(order.command, Move) and state.visit == file.state.visit:
        shown = _as_it_runs(shown, file)
    is_moved_correction = state.status == "correction" and isinstance(order.command, Move)
    announced = [] if is_moved_correction else _announced(workflow, file, after, shown, order)
    if state.status == "correction":
        after = replace(after, shown=None)
    elif any(isinstance(event, MinistryReceived | StepReached) for event in announced):
        after = replace(after, shown=shown)
    return Change(
        file=after,
        entries=tuple(_entries(file, after, events, order)),
        tasks=tuple(_tasks(workflow, after, content, acting)),
        timers=timers,
        side=_side(workflow, file, order),
        announced=announced,
        bill=stored(after.case_id, state.visit, bill) if _is_at_fee(workflow, after) else None,
        granted=_granted(workflow, after, content, order),
    )


def given_to(
    workflow: Workflow,
    file: CaseFile,
    content: Content,
    office: ResponsibleOffice | None,
    published: Published,
    at: datetime,
) -> Change:
    """Return a case with another responsible office of its ministry; it stays at its step.

    Applications tells its citizen that it was moved; the case announces where it is now.
    """
    after = replace(file, office=office, revision=file.revision + 1)
    timers = tuple(_timers(workflow, after, at, published.calendar))
    acting = tuple(_acting(workflow, after, published, content, dhaka_date(at)))
    shown = _as_it_runs(_shown(workflow, after, timers, acting, None, published.calendar), file)
    # Her correction names the new office; what she is asked for stays in the words of the old one.
    is_asked = file.state.status == "correction"
    announced = [] if is_asked else _announced(workflow, file, after, shown, Order(Correct(), at))
    if announced:
        after = replace(after, shown=shown)
    return Change(
        after, (), tuple(_tasks(workflow, after, content, acting)), timers, None, announced
    )


def facts_of(
    workflow: Workflow,
    file: CaseFile,
    content: Content,
    tariffs: Sequence[TariffRow],
    today: date,
) -> CaseFacts:
    """Return the facts that rules of the workflow may see."""
    return CaseFacts(
        form=content.form,
        today=today,
        submitted_at=file.submitted_at,
        attempt=file.attempt,
        open_cases=file.other_open,
        sets=file.state.sets,
        tariffs=tariffs,
        place=place_of(workflow, content.form),
    )


def emptied(state: Case) -> Case:
    """Return a case that was withdrawn, without what anybody did in it."""
    return Case(state.workflow, state.version, WITHDRAWN, state.visit, "ended", outcome="withdrawn")


def as_it_is_to_be(
    workflow: Workflow,
    file: CaseFile,
    content: Content,
    history: Sequence[Entry],
    published: Published,
    at: datetime,
) -> Change:
    """Return a case at its step, with the tasks and the clocks that follow from it; none is told.

    A clock that is missing counts from when the case came to its step.
    """
    state = file.state
    waiting = waits_for(workflow, state)
    after = replace(
        file,
        revision=file.revision + 1,
        waits_for=waiting.on if waiting else None,
        closed_at=None if waiting else file.closed_at or at,
    )
    came_at = [entry.at for entry in history if getattr(entry.event, "visit", None) == state.visit]
    timers = tuple(_timers(workflow, after, min(came_at, default=at), published.calendar))
    acting = tuple(_acting(workflow, after, published, content, dhaka_date(at)))
    return Change(after, (), tuple(_tasks(workflow, after, content, acting)), timers, None, ())


def ended_as_told(
    workflow: Workflow, file: CaseFile, decision: MinistryDecided, at: datetime
) -> Change:
    """Return a case as ended by a decision that its database does not know; none is told again.

    Of several ends with its outcome it is the one whose name the citizen was told; of a decision
    about an objection, one to which a case comes by that only.

    Raises:
        Refused: the workflow has no such end.
    """
    ends = [
        (name, step)
        for name, step in workflow.steps.items()
        if isinstance(step, End) and step.outcome == decision.outcome
    ]
    heard_at, of_appeal = appeal_steps(workflow), decision.stage == "appeal"
    ends.sort(key=lambda end: (end[0] in heard_at) != of_appeal)
    if not ends:
        raise Refused("case_beyond_repair", f"its workflow has no end with {decision.outcome}")
    told = decision.note.en if decision.note else None
    name, _ = next((end for end in ends if end[1].name.en == told), ends[0])
    before = file.state
    events: list[happened.Event] = [
        happened.Happened(before.visit, DECIDED_BEFORE),
        happened.Entered(name, before.visit + 1, "happened", outcome=decision.outcome),
    ]
    state = before
    for event in events:
        state = evolve(state, event)
    after = replace(
        file,
        state=state,
        revision=file.revision + 1,
        waits_for=None,
        closed_at=decision.occurred_at,
        shown=None,
    )
    note = Text(bn=decision.note.bn, en=decision.note.en) if decision.note else None
    order = Order(Happen(before.visit, DECIDED_BEFORE), at, note=note)
    return Change(after, tuple(_entries(file, after, events, order)), (), (), None, ())


def with_own_deadline(file: CaseFile, workflow: Workflow, calendar: Calendar) -> CaseFile:
    """Return a new case with its last day: by what its citizen was told, else by the workflow."""
    deadline = file.deadline
    if not file.is_promised:
        clock = workflow.clock
        deadline = Deadline(dhaka_date(file.submitted_at), clock.days, unit=clock.unit)
    return replace(file, deadline=deadline, due_on=deadline.estimated(calendar))


def _with_deadline(
    workflow: Workflow, file: CaseFile, order: Order, calendar: Calendar
) -> CaseFile:
    """Return a case whose time goes on since a command, as that of its application does.

    An ended case has its last day for ever.
    """
    if file.waits_for is None:
        return file
    if is_appeal(order):
        return _with_time_for_appeal(workflow, file, order, calendar)
    deadline = file.deadline
    if order.answered_on is not None:
        deadline = deadline.resumed(order.answered_on)
    deadline = deadline.since(file.waits_for, dhaka_date(order.at))
    if deadline == file.deadline or deadline.over == file.deadline.over:
        return replace(file, deadline=deadline)
    return replace(file, deadline=deadline, due_on=deadline.estimated(calendar))


def _with_time_for_appeal(
    workflow: Workflow, file: CaseFile, order: Order, calendar: Calendar
) -> CaseFile:
    """Return a case whose time begins again with an appeal; it is a promise to nobody."""
    escalate = getattr(step_at(workflow, file.state), "escalate", None)
    days = escalate.days if escalate else workflow.clock.days
    deadline = Deadline(dhaka_date(order.at), days)
    return replace(file, deadline=deadline, due_on=deadline.estimated(calendar), is_promised=False)


def reckoned(
    file: CaseFile, timers: Sequence[Timer], calendar: Calendar, at: datetime
) -> tuple[CaseFile, Sequence[Timer]]:
    """Return a case with its days by a calendar, and those of its clocks that have moved.

    The day from which a clock counts is stored, so a second time nothing moves. The day of a case
    whose time stands still is reckoned when it runs again, and that of an overdue one stays: so it
    is with its application.
    """
    moved = [later for timer in timers if (later := _reckoned(timer, calendar)) != timer]
    if not file.deadline.is_paused and not calendar.is_overdue(file.due_on, at):
        file = replace(file, due_on=file.deadline.estimated(calendar))
    return file, moved


def _reckoned(timer: Timer, calendar: Calendar) -> Timer:
    if timer.days is None or timer.begins_on is None:
        return timer
    due_at = end_of_day(calendar.estimated(timer.begins_on, timer.days))
    return timer if due_at == timer.due_at else replace(timer, due_at=due_at, is_moved=True)


def with_days(file: CaseFile, timers: Sequence[Timer], calendar: Calendar, at: datetime) -> Change:
    """Return the change of a case whose days a calendar moves; its citizen is told the new one.

    Args:
        file: the case; its tasks are those that it has.
        timers: all its clocks.
        calendar: the working days.
        at: the current time.
    """
    after, moved = reckoned(file, timers, calendar, at)
    by_kind = {timer.kind: timer for timer in (*timers, *moved)}
    shown = file.shown
    if shown is not None and shown.waits_for in _ENDS_BY_A_CLOCK:
        shown = shown.model_copy(update={"until": _until(tuple(by_kind.values()), calendar)})
    after = replace(after, revision=file.revision + 1, shown=shown)
    announced = (
        []
        if shown == file.shown or shown is None
        else [StepReached(step=shown, **_facts(after, at)).in_trace(file.trace)]
    )
    return Change(after, (), (), tuple(by_kind.values()), None, announced)


def _day_after(on: date, days: int, unit: Unit, calendar: Calendar) -> date:
    return on + timedelta(days=days) if unit == "calendar" else calendar.estimated(on, days)


def _timers(
    workflow: Workflow, file: CaseFile, at: datetime, calendar: Calendar
) -> Iterator[Timer]:
    for clock in clocks_of(workflow, file.state):
        begins = dhaka_date(clock.since or at)
        due_at = end_of_day(_day_after(begins, clock.days, clock.unit, calendar))
        is_moved = clock.since is not None
        days = clock.days if clock.unit == "working" else None
        yield Timer(clock.kind, due_at, is_moved=is_moved, begins_on=begins, days=days)


def _granted(
    workflow: Workflow, file: CaseFile, content: Content, order: Order
) -> PaperGranted | None:
    """Return the paper of a case that has ended with an outcome of its office."""
    if file.state.outcome is None or isinstance(order.command, Withdraw):
        return None
    end = step_at(workflow, file.state)
    return granted(workflow, file, content, order, end) if isinstance(end, End) else None


def _is_at_fee(workflow: Workflow, file: CaseFile) -> bool:
    return file.state.status == "open" and isinstance(step_at(workflow, file.state), Fee)


def _bill(workflow: Workflow, file: CaseFile, facts: CaseFacts, today: date) -> Bill | None:
    """Return the bill of a fee step; None where no tariff says what it costs, or at other steps."""
    step = step_at(workflow, file.state)
    if file.state.status != "open" or not isinstance(step, Fee):
        return None
    try:
        return make_bill(facts.tariffs, step.items, facts, facts.place, today)
    except Refused:
        return None


def _duties(workflow: Workflow, file: CaseFile) -> tuple[str, ...]:
    """Return the duties in which officers can do something with a case as it is."""
    waiting = waits_for(workflow, file.state)
    if waiting is None:
        return ()
    if waiting.on == "payment":
        return (ACCOUNTS,)
    if waiting.on in {"citizen", "time"}:
        return recorders(workflow, file.state)
    return tuple(dict.fromkeys(waiting.roles))


def _acting(
    workflow: Workflow, file: CaseFile, published: Published, content: Content, on: date
) -> Iterator[Acting]:
    """Return who can act on a case, and where: at the role's own office, or the responsible one."""
    rules = published.offices.get(file.public_service_id, ())
    for duty in _duties(workflow, file):
        own = office_of_role(rules, duty, content.form, on)
        if own is None:
            yield Acting(duty, file.office, file.ministry, file.office)
        else:
            told = own.office if own.is_told else file.office
            yield Acting(duty, own.office, own.ministry or file.ministry, told)


def _tasks(
    workflow: Workflow, file: CaseFile, content: Content, acting: Sequence[Acting]
) -> Iterator[Task]:
    place = place_of(workflow, content.form)
    for who in acting:
        yield Task(
            case_id=file.case_id,
            duty=who.duty,
            visit=file.state.visit,
            step=file.state.step,
            office_id=who.office.office_id if who.office else file.ministry,
            ministry=who.ministry,
            public_service_id=file.public_service_id,
            tracking_number=file.tracking_number,
            workflow_key=file.workflow_key,
            due_on=file.due_on,
            is_promised=file.is_promised,
            is_paused=file.deadline.is_paused,
            area=place[-1] if place else None,
        )


def _side(workflow: Workflow, file: CaseFile | None, order: Order) -> tuple[str, str, UUID] | None:
    """Return both steps of a pair that two persons do, the one of this act, and the person."""
    if file is None or order.actor_id is None or not isinstance(order.command, Act):
        return None
    here = file.state.step
    pairs = {
        (name, step.other_than)
        for name, step in workflow.steps.items()
        if isinstance(step, TaskStep) and step.other_than
    }
    pair = next((pair for pair in sorted(pairs) if here in pair), None)
    return None if pair is None else (" ".join(sorted(pair)), here, order.actor_id)


def _entries(
    before: CaseFile | None, file: CaseFile, events: Sequence[happened.Event], order: Order
) -> Iterator[Entry]:
    first = file.revision * ENTRIES_OF_A_CHANGE
    for number, event in enumerate(events):
        is_first = number == 0 and before is not None
        yield Entry(
            entry_id=derived_id(file.case_id, f"entry {first + number}"),
            entry_no=first + number,
            at=order.at,
            event=event,
            actor_id=order.actor_id if is_first else None,
            office_id=order.office_id if is_first else None,
            note=order.note if is_first else None,
            papers=order.papers if is_first else {},
        )


def _shown(
    workflow: Workflow,
    file: CaseFile,
    timers: Sequence[Timer],
    acting: Sequence[Acting],
    bill: Bill | None,
    calendar: Calendar,
) -> Step | None:
    """Return the step as its citizen sees it; None for a case that has ended or is with her."""
    waiting = waits_for(workflow, file.state)
    if waiting is None or file.state.status == "correction":
        return None
    step = step_at(workflow, file.state)
    on: ShownWaitsFor = "office" if waiting.on == "focal_point" else waiting.on
    told = acting[0].told if acting else file.office
    office = told if on in _AT_ONE_OFFICE else None
    return Step(
        name=Text(bn=step.name.bn, en=step.name.en),
        waits_for=on,
        office=office.name if office else None,
        until=_until(timers, calendar) if on in _ENDS_BY_A_CLOCK else None,
        appointment=file.state.appointment,
        to_pay_poisha=bill.total_poisha if bill else None,
        is_sourced=step.status.flow == step.status.days == "sourced"
        and (office is None or office.confirmed)
        and all(line.sourced for line in (bill.lines if bill else ())),
    )


def _as_it_runs(shown: Step | None, file: CaseFile) -> Step | None:
    """Return a step of a visit that goes on: its clock and its bill are those of before."""
    if shown is None or file.shown is None:
        return shown
    running = {
        "to_pay_poisha": file.shown.to_pay_poisha,
        "until": file.shown.until,
        "is_sourced": shown.is_sourced and file.shown.is_sourced,
    }
    return shown.model_copy(update=running)


def _until(timers: Sequence[Timer], calendar: Calendar) -> date | None:
    """Return the last day of the clock that runs out first; None if a year's list is missing."""
    first = min(timers, key=lambda timer: timer.due_at, default=None)
    if first is None:
        return None
    last_day = dhaka_date(first.due_at - timedelta(microseconds=1))
    if first.days is not None and not calendar.knows(first.begins_on or last_day, last_day):
        return None
    return last_day


def _announced(
    workflow: Workflow,
    before: CaseFile | None,
    file: CaseFile,
    shown: Step | None,
    order: Order,
) -> list[Event]:
    """Return what the application is told: one event at most; a repeat has the same id."""
    facts = _facts(file, order.at)
    state = file.state
    said: Event
    if state.outcome == "withdrawn":
        return []
    if state.outcome is not None:
        end = step_at(workflow, state)
        is_named = state.outcome != "approved"
        words = _words(order) or (Text(bn=end.name.bn, en=end.name.en) if is_named else None)
        said = MinistryDecided(
            outcome=state.outcome,
            note=words,
            stage="appeal" if was_appealed(workflow, state) else "first",
            **appeal_offer(workflow, state),
            **facts,
        )
    elif state.status == "correction":
        words = order.note or _SOMETHING_TO_CORRECT
        said = CorrectionAsked(note=words, **facts)
    elif before is None:
        said = MinistryReceived(step=shown, **facts)
    elif shown is not None and (is_appeal(order) or _is_news(shown, before.shown)):
        is_move = isinstance(order.command, Move)
        said = StepReached(
            step=shown,
            note=order.note if is_move else None,
            is_told=is_move and _has_another_office(shown, before.shown),
            **facts,
        )
    else:
        return []
    return [said.in_trace(order.trace or file.trace)]


def is_appeal(order: Order) -> bool:
    """Whether the applicant appeals; the words of the order are hers."""
    return isinstance(order.command, AppealAgainst)


def _words(order: Order) -> Text | None:
    """Return what an officer says with an order."""
    return None if is_appeal(order) else order.note


def appeal_offer(workflow: Workflow, state: Case) -> dict[str, Any]:
    """Return how the applicant may object to the end of a case; empty where she may not, or has."""
    end = step_at(workflow, state)
    if not isinstance(end, End) or end.appeal is None or was_appealed(workflow, state):
        return {}
    step = workflow.steps[end.appeal.to]
    role = workflow.roles.get(step.by) if isinstance(step, TaskStep) else None
    marks = {end.status.flow, end.status.days, step.status.flow, role.status if role else "sourced"}
    return {
        "appeal_days": end.appeal.days,
        "appeal_decided_by": Text(bn=role.name.bn, en=role.name.en) if role else None,
        "appeal_is_sourced": marks == {"sourced"},
    }


def _facts(file: CaseFile, at: datetime) -> dict[str, Any]:
    return {
        "application_id": file.application_id,
        "ministry": file.ministry,
        "served_by": "desk",
        "occurred_at": at,
        # With its time: after a restore a revision comes again, and something else may happen then.
        "event_id": derived_id(file.case_id, f"revision {file.revision} at {at}"),
    }


_SOMETHING_TO_CORRECT: Final = Text(
    bn="কার্যালয় সংশোধন চেয়েছে।", en="The office asks for a correction."
)


def _has_another_office(shown: Step, before: Step | None) -> bool:
    """Whether one office has a case after another one; a citizen may know of none before."""
    if before is None or shown.office is None or before.office is None:
        return False
    return shown.office != before.office


def _is_news(shown: Step, before: Step | None) -> bool:
    """Whether a citizen is told of a step: steps within one office are its own."""
    if before is None or shown.waits_for in _ENDS_BY_A_CLOCK:
        return shown != before
    if shown.appointment != before.appointment:
        return True
    return (shown.waits_for, shown.office) != (before.waits_for, before.office)
