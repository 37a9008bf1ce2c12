"""Fees as data: which row of a tariff applies, and the bill of a fee step in poisha."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from libs.conditions import FactOf, check_condition, holds
from libs.errors import Refused
from libs.workflows.model import Id, Line, Mark, Name, Part, When
from libs.workflows.parsing import Problem, Wrong, check_json, problems_of

_RATES_PERCENT: Final = (0, 5, 7.5, 10, 15)
_POISHA: Final = 100


def _known_rate(percent: float) -> float:
    if percent not in _RATES_PERCENT:
        raise ValueError(f"a rate of VAT is one of {_RATES_PERCENT}")
    return percent


class Locality(Part):
    """The one area in which a row applies."""

    union: Annotated[str, Field(pattern=r"^U[0-9]{1,5}$")] | None = None
    upazila: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    city_corporation: Annotated[str, Field(pattern=r"^[0-9]{8}$")] | None = None

    @model_validator(mode="after")
    def _names_one_area(self) -> "Locality":
        if sum(code is not None for code in (self.union, self.upazila, self.city_corporation)) != 1:
            raise ValueError("a row is for one area")
        return self

    @property
    def code(self) -> str:
        """Its code."""
        return self.union or self.upazila or self.city_corporation or ""


class RowStatus(Part):
    """Which values of a row have a source."""

    amount_bdt: Mark
    valid_from: Mark
    vat: Mark


class TariffRow(Part):
    """The price of an item, from a day on, perhaps in one area only and on a condition.

    `amount_bdt` is in whole taka and before VAT, or a percentage of the item `percent_of`. Both
    days of its validity are in it.
    """

    item: Id
    name: Name
    amount_bdt: Annotated[int, Field(ge=0, le=10_000_000)]
    valid_from: date
    valid_until: date | None = None
    when: When | None = None
    locality: Locality | None = None
    percent_of: Id | None = None
    vat_percent: Annotated[float, AfterValidator(_known_rate)]
    status: RowStatus
    source: Annotated[Line, Field(min_length=3)]


class Tariffs(Part):
    """Rows of tariffs."""

    note: Line
    currency: Literal["BDT"]
    rows: Annotated[tuple[TariffRow, ...], Field(max_length=10_000)]


@dataclass(frozen=True, slots=True)
class BillLine:
    """One item of a bill; VAT is a line of its own on the page.

    Args:
        item: of the tariff.
        name: as the citizen reads it.
        amount_poisha: before VAT.
        vat_poisha: the tax on it.
        vat_percent: its rate.
        valid_from: first day of the row that applied.
        sourced: whether amount and tax have a source; else they are never shown as official.
    """

    item: str
    name: Name
    amount_poisha: int
    vat_poisha: int
    vat_percent: float
    valid_from: date
    sourced: bool


@dataclass(frozen=True, slots=True)
class Bill:
    """The bill of a fee step, fixed on the day on which the step is entered."""

    lines: tuple[BillLine, ...]

    @property
    def total_poisha(self) -> int:
        """The sum to be paid."""
        return sum(line.amount_poisha + line.vat_poisha for line in self.lines)


def parse_tariffs(text: str) -> Tariffs:
    """Read tariffs from JSON.

    Raises:
        Wrong: they are none.
    """
    check_json(text)
    try:
        return Tariffs.model_validate_json(text)
    except ValidationError as failure:
        raise Wrong(problems_of(failure)) from None


def make_bill(
    rows: Sequence[TariffRow], items: Sequence[str], facts: FactOf, place: Sequence[str], on: date
) -> Bill:
    """Return the bill of some items.

    Args:
        rows: of all tariffs.
        items: of the fee step.
        facts: of the case.
        place: codes of the areas around it, the smallest first (`facts.place_of`).
        on: the day in Dhaka.

    Raises:
        Refused: no row applies to an item, or more than one.
    """
    return Bill(tuple(_line(rows, item, facts, place, on) for item in items))


def amount_poisha(
    rows: Sequence[TariffRow], item: str, facts: FactOf, place: Sequence[str], on: date
) -> int:
    """Return what an item costs before VAT.

    Raises:
        Refused: no row applies to it, or more than one.
    """
    return _amount_of(_applying(rows, item, facts, place, on), rows, facts, place, on)


def check_tariffs(
    tariffs: Tariffs, areas: Collection[str], items: Collection[str] = ()
) -> Iterator[Problem]:
    """Return what is wrong with tariffs, such as a percentage of an item that is none.

    Args:
        tariffs: the tariffs.
        areas: codes of the unions, upazilas and city corporations.
        items: of other tariffs.
    """
    of_amounts = {row.item for row in tariffs.rows if row.percent_of is None} | set(items)
    for number, row in enumerate(tariffs.rows):
        place = f"/rows/{number}"
        if row.valid_until and row.valid_until < row.valid_from:
            yield Problem(f"{place}/valid_until", "the row ends before it begins")
        if row.percent_of and (row.percent_of not in of_amounts or row.percent_of == row.item):
            yield Problem(f"{place}/percent_of", f"`{row.percent_of}` has no amount")
        if row.locality and row.locality.code not in areas:
            yield Problem(f"{place}/locality", f"no area has the code {row.locality.code}")
        try:
            check_condition(row.when or {"fact": "item", "present": True})
        except TypeError as failure:
            yield Problem(f"{place}/when", str(failure))


def _line(
    rows: Sequence[TariffRow], item: str, facts: FactOf, place: Sequence[str], on: date
) -> BillLine:
    row = _applying(rows, item, facts, place, on)
    amount = _amount_of(row, rows, facts, place, on)
    sourced = row.status.amount_bdt == row.status.vat == "sourced"
    vat = _percent(amount, row.vat_percent)
    return BillLine(item, row.name, amount, vat, row.vat_percent, row.valid_from, sourced)


def _amount_of(
    row: TariffRow, rows: Sequence[TariffRow], facts: FactOf, place: Sequence[str], on: date
) -> int:
    if row.percent_of is None:
        return row.amount_bdt * _POISHA
    whole = _applying(rows, row.percent_of, facts, place, on)
    return _percent(whole.amount_bdt * _POISHA, row.amount_bdt)


def _applying(
    rows: Sequence[TariffRow], item: str, facts: FactOf, place: Sequence[str], on: date
) -> TariffRow:
    """Return the row that applies: the one for the smallest area.

    Raises:
        Refused: there is none, or nothing says which of several.
    """
    sizes = {code: size for size, code in enumerate(place)}
    fitting = [
        (len(sizes) if row.locality is None else sizes[row.locality.code], row)
        for row in rows
        if row.item == item
        and row.valid_from <= on <= (row.valid_until or on)
        and (row.locality is None or row.locality.code in sizes)
        and (row.when is None or holds(row.when, facts))
    ]
    if not fitting:
        raise Refused("tariff_missing", item)
    smallest = min(size for size, _ in fitting)
    first, *others = (row for size, row in fitting if size == smallest)
    if others:
        raise Refused("tariff_ambiguous", item)
    return first


def _percent(poisha: int, percent: float) -> int:
    """Return a percentage with one decimal at most, half a poisha rounded up."""
    return (poisha * round(percent * 10) + 500) // 1_000
