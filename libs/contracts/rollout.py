"""The roll-out: which areas are open, and what a centre needs first. HTTP bodies."""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.bangladesh.places import PlaceKind
from libs.contracts.bounds import Day, KbitS, RoundTripMs
from libs.contracts.contract import Contract
from libs.contracts.language import Text
from libs.contracts.lists import PageQuery
from libs.contracts.programme import Area, AreaStage, AssistanceFigures, Evidence

OPEN_BEFORE_THE_GATE: Final = frozenset({"30262500"})
"""Where centres ran before areas were opened: Gulshan and Uttara, in Dhaka North."""

WHY_OPEN_BEFORE: Final = "centres ran here before areas were opened by two people"
"""The reason in the history of these; pages say it in their language."""

PILOT_AREAS: Final = OPEN_BEFORE_THE_GATE | {"30262000"}
"""The city corporations of the pilot: it also runs in Dhaka South, at Nilkhet."""


LEAST_KBIT_S: Final = 256
MOST_ROUND_TRIP_MS: Final = 1_000
"""Pages are made for a phone on 2G with 100 kbit/s; a counter also sends papers."""

MeasureKind = Literal[
    "power_backup", "line", "devices", "printer", "premises",
    "prices", "price_list", "test_application", "complaint_line",
]  # fmt: skip
"""What was measured or tried at a centre or an office: minutes that work goes on without power; the
line from a device of the centre; devices that work; a printer; the premises; whether the prices of
the area are published; whether the price list hangs there; an application from there up to its SMS;
a call of the complaint line."""

CheckKind = Literal[
    "parent", "power_backup", "line", "devices", "printer", "premises", "uddoktas",
    "prices", "price_list", "test_application", "complaint_line",
]  # fmt: skip

CheckState = Literal["green", "red", "expired", "not_known"]
"""`red`: it was seen and is not enough. `expired`: it was seen too long ago."""


class _Measured(Contract):
    """What was measured; each kind has its own fields, and the others are null."""

    minutes: Annotated[int, Field(ge=0, le=100_000, strict=True)] | None = Field(
        default=None, description="`power_backup`: for how long work goes on without power"
    )
    count: Annotated[int, Field(ge=0, le=1_000, strict=True)] | None = Field(
        default=None, description="`devices`: that work"
    )
    passed: bool | None = Field(default=None, description="All other kinds: whether it is so")
    down_kbit_s: KbitS | None = Field(default=None, description="`line`")
    round_trip_ms: RoundTripMs | None = Field(default=None, description="`line`")


class RecordMeasure(Contract):
    """Record what was measured or tried; the same again adds nothing. The newest day counts."""

    model_config = ConfigDict(extra="forbid")

    kind: MeasureKind = Field(
        description="Of a centre all but `line`, which a device there measures; of an office "
        "`power_backup`, `line`, `devices`, `printer` and `premises`"
    )
    day: Day = Field(description="On which it was seen, in Dhaka")
    evidence: Evidence = Field(description="Who saw it, by post, or where it can be seen")
    minutes: Annotated[int, Field(ge=0, le=100_000, strict=True)] | None = None
    count: Annotated[int, Field(ge=0, le=1_000, strict=True)] | None = None
    passed: bool | None = None
    down_kbit_s: KbitS | None = None
    round_trip_ms: RoundTripMs | None = None


class MeasureView(_Measured):
    """Something that was measured or tried at a centre or an office."""

    kind: MeasureKind
    day: Day
    valid_until: Day = Field(description="90 days; it is measured again before")
    evidence: str
    recorded_by: str = Field(description="Name of an account in journals, or of a service")
    recorded_at: AwareDatetime


class CheckView(Contract):
    """A point of the list that must be green on the day when an area opens."""

    check: CheckKind
    state: CheckState
    measure: MeasureView | None = Field(default=None, description="What was seen last")
    is_old: bool = Field(
        default=False, description="Seen 80 days ago or longer, and still counts: see it again"
    )
    count: int | None = Field(default=None, description="`uddoktas`: qualified; null if unknown")


class MeasureList(Contract):
    """What was measured at a centre or an office, the newest first."""

    items: list[MeasureView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")
    checks: list[CheckView] = Field(
        default_factory=list, description="What there is today of what is needed there"
    )
    place: str = Field("", description="Id of the centre or the office")
    area: str | None = Field(None, description="Of the place; null for the whole country")


class Stops(Contract):
    """What a pause of an area stops."""

    model_config = ConfigDict(extra="forbid")

    areas: Annotated[int, Field(ge=0, description="Open areas: this one, and those within it")]
    centres: Annotated[int, Field(ge=0, description="Centres that run there")]


class AreaSummary(Contract):
    """An area of the roll-out."""

    area: str
    kind: PlaceKind
    name: Text
    stage: AreaStage
    since: AwareDatetime | None = Field(description="Null of one that was never opened")
    paused_with: str | None = Field(
        default=None, description="The area around it that is paused, if it is open itself"
    )


class AreasQuery(PageQuery[Area]):
    """Which areas: those within one, or, with words, all that have them in their name."""

    q: Annotated[str, Field(max_length=100, description="Part of a name, or a code")] = ""
    within: Annotated[str | None, Field(max_length=20, description="The area around them")] = None
    stage: Annotated[AreaStage | None, Field(description="Only those in this stage")] = None


class RolloutPage(Contract):
    """Areas, by code."""

    items: list[AreaSummary]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class OpeningProposal(Contract):
    """A proposal to open an area."""

    act_id: UUID
    area: str
    reason: str
    proposed_by: UUID
    proposed_at: AwareDatetime
    state: Literal["waiting", "approved", "rejected"]
    rejected_because: str | None = None


class StageFact(Contract):
    """That an area was opened or paused, when, by whom and why."""

    stage: AreaStage
    at: AwareDatetime
    reason: str
    by: list[str] = Field(description="Names of accounts in journals; two of an opening")
    stopped: Stops | None = Field(default=None, description="`paused`: what it stopped")


class CentreChecks(Contract):
    """What a centre has of what an area needs."""

    service_centre_id: str
    name: Text
    checks: list[CheckView]


class OfficeChecks(Contract):
    """What an office has of what is needed to work there; no area waits for it."""

    office_id: str
    ministry: str
    area: str | None = Field(description="For which it is responsible; null for the whole country")
    checks: list[CheckView]


class PartAssistance(Contract):
    """Help at one centre, or with one public service."""

    id: str
    name: Text | None = Field(description="Null where it is not known")
    figures: AssistanceFigures


class AreaAssistance(Contract):
    """What help in an area cost in 30 days, and the complaints about it."""

    since: Day | None = Field(description="The first day counted in the country; null before any")
    whole: AssistanceFigures
    centres: list[PartAssistance] = Field(
        description="With most complaints of overcharging first, at most 20; none of a district"
    )
    public_services: list[PartAssistance] = Field(description="In the same order, at most 20")


class AreaDetails(Contract):
    """An area: what it needs before it opens, what a pause stops, and what happened."""

    summary: AreaSummary
    around: list[AreaSummary] = Field(description="The areas that contain it, the district first")
    is_green: bool = Field(description="Whether two people can open it today")
    parent_open: bool = Field(description="Whether the area around it is open")
    centre: CentreChecks | None = Field(
        description="The centre within it that has most of what is needed; null if there is none"
    )
    centres: int = Field(description="That were made within it, and are not closed")
    offices: list[OfficeChecks] = Field(
        default_factory=list,
        description="Of areas within it, where officers work; the first 20, its own ones before",
    )
    office_count: int = Field(0, description="How many there are")
    stops: Stops
    proposals: list[OpeningProposal]
    history: list[StageFact] = Field(description="The newest first")
    assistance: AreaAssistance | None = Field(
        default=None, description="Null from a replica of the release before"
    )


class ProposeOpening(Contract):
    """Propose to open an area; another person approves it."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=500)]


class PauseArea(Contract):
    """Pause an area, knowing what that stops."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=500)]
    stops: Stops = Field(description="As it was counted; another count is refused")
