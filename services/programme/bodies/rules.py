"""The state of every body on a day, from the facts in whichever order they came."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Final, get_args

from libs.bangladesh.bodies import bodies
from libs.bangladesh.calendar import Calendar
from libs.contracts.programme import Step, TargetState
from services.programme.bodies.contents import (
    ConnectionAnnounced,
    FactContent,
    FocalPointNamed,
    InstructionsAcknowledged,
    InstructionsSent,
    LetterSent,
    ListReceived,
    VendorNamed,
)
from services.programme.bodies.days import DAY, Days, Period
from services.programme.bodies.facts import Extension, Fact, Replacements, holding
from services.programme.bodies.services import Services, ServiceState

STEPS: Final[tuple[Step, ...]] = get_args(Step)
TARGET: Final = 2
"""Live services that each body owes, also where its list is shorter."""
LAPSES_AFTER_WORKING_DAYS: Final = 10
_THE_OFFICE_THAT_OWES: Final = "ecs"


@cache
def owing() -> frozenset[str]:
    """Return the 53 bodies that owe a list.

    They are the ministries without divisions, the divisions, and the Election Commission
    Secretariat.
    """
    parents = {body.parent for body in bodies()}
    return frozenset(
        body.body_id
        for body in bodies()
        if body.body_id == _THE_OFFICE_THAT_OWES
        or (body.kind != "office" and body.body_id not in parents)
    )


@cache
def answered_by(body_id: str) -> tuple[str, ...]:
    """Return the bodies that answer for one which owes no list: its divisions, or its parent.

    For an office of which nobody asked a list there is none.
    """
    if body_id in owing():
        return ()
    divisions = tuple(body.body_id for body in bodies() if body.parent == body_id)
    return tuple(division for division in divisions if division in owing())


@dataclass(frozen=True, slots=True)
class StepState:
    """Something that a body was asked for, and since when it is done."""

    step: Step
    asked_on: date | None = None
    due_on: date | None = None
    done_on: date | None = None
    late_working_days: int = 0
    extensions: int = 0

    def is_overdue(self, today: date) -> bool:
        """Whether its day has passed, and it is not done."""
        return self.done_on is None and self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """Whether a body has two live services, and since when."""

    state: TargetState = "never"
    reached_on: date | None = None
    below_since: date | None = None


@dataclass(frozen=True, slots=True)
class BodyState:
    """The state of a body on a day.

    Args:
        body: its id.
        today: the day.
        replaced_by: the body that has taken over by then.
        steps: what it was asked for.
        listed: services on its last list; None without one.
        services: of the catalogue.
        connection: of its system, as it was announced last.
        target: of two live services.
        rank: among the bodies that owe a list; None for the others.
    """

    body: str
    today: date
    replaced_by: str | None = None
    steps: Mapping[Step, StepState] = field(default_factory=dict)
    listed: int | None = None
    services: Sequence[ServiceState] = ()
    connection: ConnectionAnnounced | None = None
    target: TargetStatus = TargetStatus()
    rank: int | None = None

    @property
    def owes_list(self) -> bool:
        """Whether it owes a list itself, and two services."""
        return self.body in owing() and self.replaced_by is None

    @property
    def live(self) -> int:
        """How many of its services are live."""
        return sum(service.is_live for service in self.services)

    @property
    def connected(self) -> int:
        """How many of its services are connected."""
        return sum(service.is_connected for service in self.services)

    @property
    def online(self) -> int:
        """How many of its services are online."""
        return sum(service.is_online for service in self.services)

    @property
    def late(self) -> Sequence[StepState]:
        """The steps that are overdue, the one for longest first."""
        late = [step for step in self.steps.values() if step.is_overdue(self.today)]
        return sorted(late, key=lambda step: (step.due_on or self.today, STEPS.index(step.step)))

    @property
    def overdue(self) -> StepState | None:
        """The step that is overdue for longest."""
        return next(iter(self.late), None)

    @property
    def next(self) -> StepState | None:
        """The next step that is due and not done."""
        due = [
            step
            for step in self.steps.values()
            if step.done_on is None and step.due_on is not None and step.due_on >= self.today
        ]
        return min(due, key=lambda step: (step.due_on, STEPS.index(step.step)), default=None)

    @property
    def lateness(self) -> int:
        """Working days since the day of the step that is overdue for longest."""
        return self.overdue.late_working_days if self.overdue else 0

    @property
    def standing(self) -> tuple[int, int, int]:
        """The place among bodies: share of the target, live services, lateness; highest first."""
        return (min(self.live, TARGET), self.live, -self.lateness)


def states_of(
    facts: Iterable[Fact],
    decided: Mapping[str, Collection[date]],
    today: date,
    calendar: Calendar,
    extensions: Iterable[Extension] = (),
) -> dict[str, BodyState]:
    """Return the state of every body on a day, by its id.

    Args:
        facts: of all bodies, in any order; those of later days do not count.
        decided: the days on which an application was decided, by public service.
        today: the day in Dhaka.
        calendar: the published days off.
        extensions: of steps, by two people.
    """
    extended: defaultdict[tuple[str, Step], list[date]] = defaultdict(list)
    for extension in extensions:
        if extension.granted_on <= today:
            extended[extension.body, extension.step].append(extension.due_on)
    known = [fact for fact in holding(facts) if fact.day <= today]
    replacements = Replacements.of(known)
    of_body: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in known:
        of_body[replacements.successor(fact.body, fact.day)].append(fact)
    services, days = Services.of(known, replacements, decided, today), Days(today, calendar)
    states = [
        _state_of(body.body_id, of_body[body.body_id], services, replacements, extended, days)
        for body in bodies()
    ]
    return {state.body: state for state in _ranked(states)}


def _state_of(
    body: str,
    facts: Sequence[Fact],
    services: Services,
    replacements: Replacements,
    extended: Mapping[tuple[str, Step], Sequence[date]],
    days: Days,
) -> BodyState:
    today = days.today
    successor = replacements.successor(body, today)
    target = _target_of(services.live_periods(body), days)
    lists = [fact.content for fact in facts if isinstance(fact.content, ListReceived)]
    last = lists[-1] if lists else None
    return BodyState(
        body=body,
        today=today,
        replaced_by=None if successor == body else successor,
        steps={
            step: _step_of(step, facts, target, extended.get((body, step), ()), days)
            for step in STEPS
        },
        listed=None if last is None else len({*last.public_service_ids}) + len({*last.others}),
        services=services.of_body(body),
        connection=services.connection(body),
        target=target,
    )


def _step_of(
    step: Step,
    facts: Sequence[Fact],
    target: TargetStatus,
    extended: Sequence[date],
    days: Days,
) -> StepState:
    """Return a step: the first letter that asks for it sets its day, and extensions move it."""
    asked_on, due_on = next(
        (
            (fact.day, fact.content.due_on)
            for fact in facts
            if isinstance(fact.content, LetterSent | InstructionsSent)
            and step in asked_by(fact.content)
        ),
        (None, None),
    )
    if due_on is not None:
        due_on = max(due_on, *extended) if extended else due_on
    done_on = _done_on(step, facts, target)
    state = StepState(step, asked_on, due_on, done_on, extensions=len(extended))
    if due_on is None or not state.is_overdue(days.today):
        return state
    return replace(state, late_working_days=days.working(due_on, days.today))


def asked_by(content: LetterSent | InstructionsSent) -> Sequence[Step]:
    """Return the steps that a letter, or the instructions, ask for."""
    return content.asks if isinstance(content, LetterSent) else ("instructions",)


def _done_on(step: Step, facts: Sequence[Fact], target: TargetStatus) -> date | None:
    match step:
        case "list":
            return _first_day(facts, ListReceived)
        case "instructions":
            return _first_day(facts, InstructionsAcknowledged)
        case "vendor":
            return _first_day(facts, VendorNamed)
        case "two_services":
            return target.reached_on if target.state in {"reached", "below"} else None
        case "focal_point":
            return next((fact.day for fact in facts if _names_focal_point(fact.content)), None)


def _names_focal_point(content: FactContent) -> bool:
    return isinstance(content, FocalPointNamed) and content.duty == "focal_point"


def _first_day(facts: Sequence[Fact], content: type) -> date | None:
    return next((fact.day for fact in facts if isinstance(fact.content, content)), None)


def _target_of(live: Sequence[Sequence[Period]], known: Days) -> TargetStatus:
    """Return whether a body has two live services, from the periods of each live one.

    It lapses on the day after the tenth working day below the target.
    """
    changes: defaultdict[date, int] = defaultdict(int)
    for periods in live:
        for period in periods:
            changes[period.start] += 1
            changes[period.end] -= 1
    today = known.today
    days = sorted(day for day in changes if day <= today)
    status, count = TargetStatus(), 0
    for day, following in zip(days, [*days[1:], today + DAY], strict=False):
        count += changes[day]
        if count >= TARGET:
            reached_on = day if status.state in {"never", "lapsed"} else status.reached_on
            status = TargetStatus("reached", reached_on)
        elif status.state in {"reached", "below"}:
            below_since = status.below_since or day
            below = known.working(below_since - DAY, following - 2 * DAY)
            has_lapsed = below >= LAPSES_AFTER_WORKING_DAYS
            state: TargetState = "lapsed" if has_lapsed else "below"
            status = TargetStatus(state, status.reached_on, below_since)
    return status


def _ranked(states: Sequence[BodyState]) -> list[BodyState]:
    """Give the bodies that owe a list their ranks; equal ones share a rank."""
    standings = [state.standing for state in states if state.owes_list]
    return [
        replace(state, rank=1 + sum(standing > state.standing for standing in standings))
        if state.owes_list
        else state
        for state in states
    ]
