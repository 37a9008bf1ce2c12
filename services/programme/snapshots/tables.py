"""The tables that everybody may have of a week, and their files."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from io import StringIO
from types import MappingProxyType
from typing import Any, Final, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, Field

from libs.contracts.programme import BodyFigures, TargetState
from services.programme.bodies.rules import BodyState
from services.programme.bodies.views import name_of
from services.programme.figures import sums
from services.programme.snapshots.hiding import hidden_cells
from services.programme.snapshots.rules import first_day

LICENCE: Final = "CC-BY-4.0"
LICENCE_ADDRESS: Final = "https://creativecommons.org/licenses/by/4.0/"
ATTRIBUTION: Final = "নাগরিক সেবা · Nagorik Sheba"
HIDDEN: Final = "[c]"
"""Stands for a hidden number in CSV, as in the United Kingdom's official statistics (GSS, 2023)."""

_ALL: Final = "all"
_BOM: Final = "\ufeff"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER: Final = "Of the week; null for 1 to 4, and where such a number would follow from it"

Row = TypeVar("Row", bound=BaseModel)


class PublicNumbers(NamedTuple):
    """What everybody may know of the applications for a public service in a week."""

    decided: int | None
    median_days: int | None


class Numbers(BaseModel):
    """What happened to applications in a week; of none there is a sum in the same row."""

    submitted: int | None = Field(description=_NUMBER)
    in_time: int | None = Field(description=f"Decided by their last day. {_NUMBER}")
    late: int | None = Field(description=f"Decided after their last day. {_NUMBER}")
    without_day: int | None = Field(description=f"Decided, and no last day is known. {_NUMBER}")
    corrections: int | None = Field(description=f"Requests for a correction. {_NUMBER}")
    withdrawn: int | None = Field(description=_NUMBER)
    became_overdue: int | None = Field(description=f"Whose last day passed undecided. {_NUMBER}")


class ServiceRow(Numbers):
    """A public service in a week."""

    body: str
    public_service_id: str
    name_bn: str
    name_en: str
    is_online: bool
    is_connected: bool
    is_live: bool
    median_days: int | None = Field(
        description="Half of the decided ones took at most so many days; null where fewer than 5 "
        "are known"
    )


class BodyRow(Numbers):
    """A ministry, division or office in a week; its numbers are the sums of its services."""

    body: str
    name_bn: str
    name_en: str
    owes_list: bool
    listed: int | None = Field(description="Services on its last list; null without one")
    services: int = Field(description="Of the catalogue")
    online: int
    connected: int
    live: int
    target: TargetState
    rank: int | None = Field(description="Among those that owe a list; equal ones share a rank")


class GrievanceRow(Numbers):
    """The grievances that a body had in a week: those about it, but for its grievance officer.

    They stand in no other table. No sum of them is published, so only numbers of 1 to 4 are hidden.
    """

    body: str
    name_bn: str
    name_en: str


class CountryRow(Numbers, BodyFigures):
    """All bodies in a week; its numbers are the sums of theirs."""


class Table(BaseModel, Generic[Row]):
    """A table of a week; it never changes."""

    licence: str
    licence_address: str
    attribution: str
    week_begins: date
    week_ends: date
    taken_at: datetime
    rows: list[Row]


def files_of(
    states: Mapping[str, BodyState],
    bodies: BodyFigures,
    counted: Mapping[str, Mapping[str, int]],
    week_ends: date,
    taken_at: datetime,
    grievances: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
) -> dict[str, str]:
    """Return the files of a week by their names.

    Args:
        states: of all bodies on the last day of the week.
        bodies: the same, summed up.
        counted: how often each thing happened in the week, by public service.
        week_ends: the last day of the week.
        taken_at: when the tables were made.
        grievances: how often each thing happened to grievances, by body.
    """
    cells = _Cells.of(states, counted)
    services = [_service_row(state, cells, counted) for state in states.values()]
    tables: Sequence[tuple[str, type[BaseModel], Sequence[BaseModel]]] = (
        ("services", ServiceRow, [row for of_body in services for row in of_body]),
        ("bodies", BodyRow, [_body_row(state, cells) for state in states.values()]),
        ("country", CountryRow, [CountryRow(**bodies.model_dump(), **cells.of_row(_ALL))]),
        ("grievances", GrievanceRow, [_grievance_row(body, grievances) for body in states]),
    )
    contents = {}
    for name, model, rows in tables:
        table = Table[model](  # type: ignore[valid-type] # a model that is chosen here
            licence=LICENCE,
            licence_address=LICENCE_ADDRESS,
            attribution=ATTRIBUTION,
            week_begins=first_day(week_ends),
            week_ends=week_ends,
            taken_at=taken_at,
            rows=rows,
        )
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        schema |= type(table).model_json_schema(mode="serialization")
        contents[f"{name}.csv"] = _csv(week_ends, model, rows)
        contents[f"{name}.json"] = table.model_dump_json(indent=1)
        contents[f"{name}.schema.json"] = json.dumps(schema, ensure_ascii=False, indent=1)
    return contents


def cell(value: Any) -> str:
    """Return a value as a cell of CSV: text that a spreadsheet would run has a quote before it."""
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


class _Cells:
    """The numbers of all rows, and which of them are hidden."""

    def __init__(self, values: Mapping[str, Mapping[str, int]], hidden: Mapping[str, set[str]]):
        self._values, self._hidden = values, hidden

    @classmethod
    def of(
        cls, states: Mapping[str, BodyState], counted: Mapping[str, Mapping[str, int]]
    ) -> "_Cells":
        tree = {
            **{
                _body(state.body): [service.public_service_id for service in state.services]
                for state in states.values()
                if state.services
            },
            _ALL: [_body(body) for body in states],
        }
        values: dict[str, dict[str, int]] = {name: {} for name in Numbers.model_fields}
        for service in (service for state in states.values() for service in state.services):
            service_id = service.public_service_id
            for name, number in _numbers(counted.get(service_id, {})).items():
                values[name][service_id] = number
        for numbers in values.values():
            for body in tree[_ALL]:
                numbers[body] = sum(numbers[service_id] for service_id in tree.get(body, ()))
            numbers[_ALL] = sum(numbers[body] for body in tree[_ALL])
        hidden = {name: hidden_cells(tree, _ALL, numbers) for name, numbers in values.items()}
        return cls(values, hidden)

    def of_row(self, row: str) -> dict[str, int | None]:
        return {
            name: None if row in self._hidden[name] else numbers[row]
            for name, numbers in self._values.items()
        }


def _body(body: str) -> str:
    """Return the row of a body, which no service's id is."""
    return f"body {body}"


def _numbers(counted: Mapping[str, int]) -> dict[str, int]:
    """Return the numbers of a service: of decisions those in time, late, and without a day."""
    of = Counter(counted)
    decided = of["approved"] + of["refused"]
    return {
        "submitted": of["submitted"],
        "in_time": of["in_time"],
        "late": of["late"],
        "without_day": max(decided - of["in_time"] - of["late"], 0),
        "corrections": of["correction_requested"],
        "withdrawn": of["withdrawn"],
        "became_overdue": of["overdue"],
    }


def decided(numbers: Numbers) -> int | None:
    """Return how many were decided; None where a part of it is hidden."""
    parts = (numbers.in_time, numbers.late, numbers.without_day)
    shown = [part for part in parts if part is not None]
    return sum(shown) if len(shown) == len(parts) else None


def _service_row(
    state: BodyState, cells: _Cells, counted: Mapping[str, Mapping[str, int]]
) -> Iterator[ServiceRow]:
    for service in state.services:
        service_id = service.public_service_id
        numbers = cells.of_row(service_id)
        has_enough = (decided(Numbers(**numbers)) or 0) >= sums.FEWEST
        yield ServiceRow(
            body=state.body,
            public_service_id=service_id,
            name_bn=service.name.bn,
            name_en=service.name.en,
            is_online=service.is_online,
            is_connected=service.is_connected,
            is_live=service.is_live,
            median_days=sums.public_median_days(counted[service_id]) if has_enough else None,
            **numbers,
        )


def _grievance_row(body: str, counted: Mapping[str, Mapping[str, int]]) -> GrievanceRow:
    name = name_of(body)
    numbers = {
        metric: None if 0 < number < sums.FEWEST else number
        for metric, number in _numbers(counted.get(body, {})).items()
    }
    return GrievanceRow(body=body, name_bn=name.bn, name_en=name.en, **numbers)


def _body_row(state: BodyState, cells: _Cells) -> BodyRow:
    name = name_of(state.body)
    return BodyRow(
        body=state.body,
        name_bn=name.bn,
        name_en=name.en,
        owes_list=state.owes_list,
        listed=state.listed,
        services=len(state.services),
        online=state.online,
        connected=state.connected,
        live=state.live,
        target=state.target.state,
        rank=state.rank,
        **cells.of_row(_body(state.body)),
    )


def _csv(week_ends: date, model: type[BaseModel], rows: Sequence[BaseModel]) -> str:
    """Return rows as RFC 4180 has it, with a mark by which Excel knows that it is UTF-8."""
    written = StringIO()
    writer = csv.writer(written)
    numbers = set(Numbers.model_fields)
    names = sorted(model.model_fields, key=lambda name: name in numbers)
    writer.writerow(["week_ends", *names])
    for row in rows:
        values = row.model_dump()
        writer.writerow(
            [
                str(week_ends),
                *(
                    HIDDEN if name in numbers and values[name] is None else cell(values[name])
                    for name in names
                ),
            ]
        )
    return _BOM + written.getvalue()
