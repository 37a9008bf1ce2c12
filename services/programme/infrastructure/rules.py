"""Measures of a centre or an office, and what is enough."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.identity import LineMeasured
from libs.contracts.rollout import (
    LEAST_KBIT_S,
    MOST_ROUND_TRIP_MS,
    CheckKind,
    CheckState,
    CheckView,
    MeasureKind,
    MeasureView,
    RecordMeasure,
)
from libs.errors import Refused
from libs.ids import NAMESPACE, derived_id

VALID: Final = timedelta(days=90)
OLD: Final = timedelta(days=80)
"""From then on a page asks for it to be seen again, while it still counts."""

LEAST_MINUTES: Final = 60
"""Without power: an outage of an hour loses no citizen her turn. Ours; nobody has published one."""

LEAST_DEVICES: Final = 2

_FIELDS: Final[Mapping[MeasureKind, tuple[str, ...]]] = {
    "power_backup": ("minutes",),
    "devices": ("count",),
    "line": ("down_kbit_s", "round_trip_ms"),
}
_OF_OTHERS: Final = ("passed",)
_ALL_FIELDS: Final = ("minutes", "count", "passed", "down_kbit_s", "round_trip_ms")
OF_CENTRE: Final[tuple[MeasureKind, ...]] = (
    "power_backup", "line", "devices", "printer", "premises",
    "prices", "price_list", "test_application", "complaint_line",
)  # fmt: skip
OF_OFFICE: Final = OF_CENTRE[: OF_CENTRE.index("premises") + 1]


class Content(BaseModel):
    """What was seen, stored as JSON; each kind has its own fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minutes: int | None = None
    count: int | None = None
    passed: bool | None = None
    down_kbit_s: int | None = None
    round_trip_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A centre or an office, and where it is.

    Args:
        kind: what it is.
        site_id: its id.
        area: code of the area in which it stands, or for which it is responsible; None for the
            whole country.
        ministry: of an office.
    """

    kind: Literal["centre", "office"]
    site_id: str
    area: str | None
    ministry: str = ""

    @property
    def place(self) -> str:
        """The place of its measures."""
        return f"{self.kind} {self.site_id}"

    @property
    def needs(self) -> tuple[MeasureKind, ...]:
        """What is needed there."""
        return OF_CENTRE if self.kind == "centre" else OF_OFFICE

    @property
    def seen_by_people(self) -> tuple[MeasureKind, ...]:
        """What people record; the line of a centre is measured by a device there."""
        return tuple(kind for kind in self.needs if self.kind == "office" or kind != "line")


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that was measured or tried at a place.

    Args:
        measure_id: derived from what it says, so that the same one is one.
        place: `centre <id>` or `office <id>`.
        kind: what was measured.
        day: on which, in Dhaka.
        content: what was seen.
        evidence: who saw it, or where it can be seen.
        recorded_by: name of an account in journals, or of a service.
        recorded_at: when it was recorded.
    """

    measure_id: UUID
    place: str
    kind: MeasureKind
    day: date
    content: Content
    evidence: str
    recorded_by: str
    recorded_at: datetime

    @property
    def valid_until(self) -> date:
        """The last day on which it counts."""
        return self.day + VALID

    @property
    def is_enough(self) -> bool:
        """Whether what was seen is enough."""
        seen = self.content
        match self.kind:
            case "power_backup":
                return seen.minutes is not None and seen.minutes >= LEAST_MINUTES
            case "devices":
                return seen.count is not None and seen.count >= LEAST_DEVICES
            case "line":
                if seen.down_kbit_s is None or seen.round_trip_ms is None:
                    return False
                is_quick = seen.round_trip_ms <= MOST_ROUND_TRIP_MS
                return seen.down_kbit_s >= LEAST_KBIT_S and is_quick
            case _:
                return seen.passed is True

    def view(self) -> MeasureView:
        """Return it as the programme's staff see it."""
        return MeasureView(
            kind=self.kind,
            day=self.day,
            valid_until=self.valid_until,
            evidence=self.evidence,
            recorded_by=self.recorded_by,
            recorded_at=self.recorded_at,
            **self.content.model_dump(),
        )


def measure_of(site: Site, wanted: RecordMeasure, *, by: str, at: datetime, today: date) -> Measure:
    """Make the measure that a person records.

    Raises:
        Refused: it is not measured there by people, its day lies ahead, the field of its kind is
            missing, or it has another kind's.
    """
    if wanted.kind not in site.seen_by_people:
        raise Refused("measure_of_other_place", pointer="/kind")
    if wanted.day > today:
        raise Refused("fact_ahead", pointer="/day")
    needed = _FIELDS.get(wanted.kind, _OF_OTHERS)
    for name in _ALL_FIELDS:
        if name not in needed and getattr(wanted, name) is not None:
            raise Refused("fact_field_of_other_kind", pointer=f"/{name}")
        if name in needed and getattr(wanted, name) is None:
            raise Refused("fact_field_missing", pointer=f"/{name}")
    said = wanted.model_dump_json(exclude_none=True)
    return Measure(
        measure_id=derived_id(NAMESPACE, f"measure/{site.place}/{said}"),
        place=site.place,
        kind=wanted.kind,
        day=wanted.day,
        content=Content(**{name: getattr(wanted, name) for name in needed}),
        evidence=wanted.evidence,
        recorded_by=by,
        recorded_at=at,
    )


def measure_of_line(place: str, measured: LineMeasured) -> Measure:
    """Make the measure of a line that a device of a centre has measured."""
    return Measure(
        measure_id=measured.event_id,
        place=place,
        kind="line",
        day=dhaka_date(measured.occurred_at),
        content=Content(down_kbit_s=measured.down_kbit_s, round_trip_ms=measured.round_trip_ms),
        evidence=f"device {measured.device_id} of the centre",
        recorded_by="identity",
        recorded_at=measured.occurred_at,
    )


def checks_of(
    newest: Mapping[MeasureKind, Measure], today: date, kinds: tuple[MeasureKind, ...] = OF_CENTRE
) -> list[CheckView]:
    """Return what a place has of what is needed, from the newest measure of each kind."""
    return [_check(kind, newest.get(kind), today) for kind in kinds]


def _check(kind: CheckKind, measure: Measure | None, today: date) -> CheckView:
    if measure is None:
        return CheckView(check=kind, state="not_known")
    state: CheckState = "green" if measure.is_enough else "red"
    if today > measure.valid_until:
        state = "expired"
    is_old = state != "expired" and today >= measure.day + OLD
    return CheckView(check=kind, state=state, measure=measure.view(), is_old=is_old)
