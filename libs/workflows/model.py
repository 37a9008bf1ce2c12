"""A workflow: the way of an application through its offices, as data.

A case is at one step. There are seven kinds of step; where a step leads is in the step. The names
of the fields are those of the files (`services/catalogue/reference/workflows`), and the model says
the same as `workflow.schema.json` beside them. What a model cannot say is checked by `checking.py`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from libs.conditions import Condition
from libs.contracts.contract import Contract
from libs.contracts.language import Text

CORRECTION: Final = "correction"
"""As a target: to the applicant, and then back to the step that asked."""
APPLICANT: Final = "applicant"
"""As a role: the person who applied, or who applies for her."""
LAPSED: Final = "lapsed"
WITHDRAWN: Final = "withdrawn"

MOST_STEPS: Final = 200
MOST_CORRECTIONS: Final = 3

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
"""Of a step, role, action, tariff item, file or value; a target is a step's or `correction`."""
ServiceId = Annotated[str, Field(pattern=r"^[GS][0-9]{3}$")]
Pointer = Annotated[str, Field(pattern=r"^(/[a-z][a-z0-9_]*)+$", max_length=120)]
"""A JSON pointer into the answers of the form."""
When = Annotated[dict[str, Any], Field(min_length=1)]
"""A condition, as in `libs/conditions.py`."""
Days = Annotated[int, Field(ge=1, le=730)]
Unit = Literal["working", "calendar"]
Mark = Literal["sourced", "illustrative"]
Outcome = Literal["approved", "refused", "withdrawn", "lapsed"]
Level = Literal[
    "ward", "union", "upazila", "thana", "zone", "circle", "district", "region", "national"
]
Line = Annotated[str, Field(min_length=1, max_length=500)]


class Part(Contract):
    """A part of a workflow; a field that is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Name(Text):
    """A name in both languages, neither of them empty."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    bn: Line
    en: Line


class Deadline(Part):
    """The days within which the whole case is decided; a promise only if it is sourced."""

    days: Days
    unit: Unit
    status: Mark
    source: Line | None = None


class Corrections(Part):
    """How often the applicant may be asked to correct, for how long, and where it goes then."""

    most: Annotated[int, Field(ge=1, le=MOST_CORRECTIONS)]
    days: Days
    unit: Unit
    then: Id
    status: Mark


class Window(Part):
    """The days of each year on which applications are taken, as `MM-DD`; both are in it."""

    opens: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
    closes: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
    status: Mark
    source: Line | None = None


class Kept(Part):
    """For how many years an office keeps a decided case, by which law.

    The case of an erased citizen is deleted after them. Only a sourced rule deletes anything.
    """

    years: Annotated[int, Field(ge=1, le=100)]
    law: Line
    status: Mark


class Role(Part):
    """Who acts: a duty at an office of a level, found by the address at `by`."""

    name: Name
    level: Level
    by: Pointer | None = None
    status: Mark


class StepStatus(Part):
    """Whether the step, and its days, have a source."""

    flow: Mark
    days: Mark


class Timeout(Part):
    """After so many days the case goes on to a step."""

    days: Days
    unit: Unit
    to: Id


class Escalation(Part):
    """After so many working days another role has the case; it stays at its step."""

    days: Days
    to: Id


class Appointment(Part):
    """The step needs a time at which the applicant comes, or is called."""

    slot_minutes: Annotated[int, Field(ge=5, le=600)]
    capacity: Annotated[int, Field(ge=1, le=10_000)] | None = None
    online: bool | None = None
    status: Mark


class Notify(Part):
    """Parties to be told by the step, and the file that proves it."""

    parties: Pointer
    proof: Id


class Proposal(Part):
    """An action that a rule suggests to the person who decides."""

    when: When | None = None
    do: Id


class Rule(Part):
    """Where the case goes if a condition holds."""

    when: When
    to: Id


class Asked(Part):
    """A role whose opinion a panel asks, perhaps on a condition."""

    by: Id
    when: When | None = None


class RankedBy(Part):
    """A fact that ranks the cases of a pool; the first one that differs decides."""

    fact: Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$", max_length=120)]
    order: Literal["most_first", "least_first"]


class _Step(Part):
    """The fields of every kind of step.

    `most` bounds the visits of a case, and `exhausted` says where it goes instead of a further one.
    An `abolished` step is there so that old histories can be read; nothing leads to it.
    """

    name: Name
    status: StepStatus
    most: Annotated[int, Field(ge=1, le=30)] | None = None
    exhausted: Id | None = None
    abolished: date | None = None


class Task(_Step):
    """A person of a role chooses an action; each action leads to a step, or to the applicant.

    `recorded_by` may enter what an elected person without a device said on paper. `other_than`
    names a step: nobody acts here who acted there.
    """

    kind: Literal["task"]
    by: Id
    do: Annotated[dict[Id, Id], Field(min_length=1, max_length=20)]
    timeout: Timeout | None = None
    escalate: Escalation | None = None
    recorded_by: Id | None = None
    other_than: Id | None = None
    appointment: Appointment | None = None
    files: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    sets: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    notify: Notify | None = None
    propose: Annotated[tuple[Proposal, ...], Field(max_length=50)] = ()


class Fee(_Step):
    """A bill of tariff items; once it is paid the case goes on."""

    kind: Literal["fee"]
    items: Annotated[tuple[Id, ...], Field(min_length=1, max_length=20)]
    paid: Id
    timeout: Timeout


class Auto(_Step):
    """Ordered rules; the first whose condition holds says where the case goes."""

    kind: Literal["auto"]
    rules: Annotated[tuple[Rule, ...], Field(max_length=50)]
    otherwise: Id


class Wait(_Step):
    """The case waits for one of some events, or until a time is over."""

    kind: Literal["wait"]
    on: Annotated[dict[Id, Id], Field(min_length=1, max_length=20)]
    timeout: Timeout


class Panel(_Step):
    """Several offices are asked at once; all clear, or the first objection, leads on."""

    kind: Literal["panel"]
    ask: Annotated[tuple[Asked, ...], Field(min_length=1, max_length=20)]
    all_clear: Id
    objection: Id
    escalate: Escalation


class Pool(_Step):
    """Cases of a group are ranked against a quota."""

    kind: Literal["pool"]
    by: Id
    group_by: Pointer
    rank_by: Annotated[tuple[RankedBy, ...], Field(min_length=1, max_length=20)]
    quota: Id
    ranked: dict[Literal["selected", "waiting"], Id]
    escalate: Escalation


class Appeal(Part):
    """Within so many calendar days the applicant may appeal, to a step."""

    days: Days
    to: Id


class End(_Step):
    """The case is over. To an end with `reasons` nobody brings it without a word."""

    kind: Literal["end"]
    outcome: Outcome
    document: Id | None = None
    reasons: Literal[True] | None = None
    renews: dict[str, str] | None = None
    appeal: Appeal | None = None


Step = Annotated[Task | Fee | Auto | Wait | Panel | Pool | End, Field(discriminator="kind")]


class Value(Part):
    """How a value is asked that an officer sets, and what is taken: a mark, a measure, a class."""

    name: Name
    kind: Literal["whole", "choice", "text"]
    least: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    most: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    choices: Annotated[dict[Id, Name], Field(min_length=2, max_length=50)] | None = None


class MoveRule(Part):
    """Where an open case of the version before goes that is at a step."""

    at: Id
    when: When | None = None
    to: Id


class Moves(Part):
    """The fate of open cases of the version before, by whose order, and who is told."""

    from_version: Annotated[int, Field(ge=1)]
    order: Line
    status: Mark
    source: Line | None = None
    complete_by: date | None = None
    tell: Name
    rules: Annotated[tuple[MoveRule, ...], Field(min_length=1, max_length=200)]


class Workflow(Part):
    """One version of the way of an application for a public service."""

    note: Line
    workflow: ServiceId
    version: Annotated[int, Field(ge=1, le=10_000)]
    name: Name
    body: Id
    valid_from: date
    also: Annotated[tuple[ServiceId, ...], Field(max_length=20)] = ()
    clock: Deadline
    corrections: Corrections
    window: Window | None = None
    one_per: Literal["person", "household"] | None = None
    kept: Kept | None = None
    moves: Moves | None = None
    sources: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]
    roles: Annotated[dict[Id, Role], Field(min_length=1, max_length=50)]
    values: Annotated[dict[Id, Value], Field(min_length=1, max_length=100)] | None = None
    start: Id
    steps: Annotated[dict[Id, Step], Field(min_length=1, max_length=MOST_STEPS)]

    @property
    def key(self) -> str:
        """The id of the version, such as `S025@1`."""
        return f"{self.workflow}@{self.version}"

    @property
    def public_services(self) -> tuple[str, ...]:
        """The public services whose applications go this way."""
        return (self.workflow, *self.also)


def conditions_of(step: Step) -> Mapping[str, Condition]:
    """Return the conditions of a step by their places in it, such as `rules/0/when`."""
    match step:
        case Auto():
            found = [(f"rules/{n}/when", rule.when) for n, rule in enumerate(step.rules)]
        case Panel():
            found = [
                (f"ask/{n}/when", asked.when) for n, asked in enumerate(step.ask) if asked.when
            ]
        case Task():
            found = [
                (f"propose/{n}/when", proposal.when)
                for n, proposal in enumerate(step.propose)
                if proposal.when
            ]
        case _:
            found = []
    return dict(found)
