"""Finds the responsible office of an application: by its public service, its area, and the day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from libs.bangladesh.geography import areas_by_code, districts, unions_by_id
from libs.contracts.applications import ResponsibleOffice
from libs.contracts.catalogue import Adapter, AreaLevel, RoutingRule
from libs.contracts.language import Text
from libs.versions import holding

_CITY_CORPORATION_DIGITS: Final = 8
_DISTRICT_DIGITS: Final = 4

# Where two rules are for the same area, the one for the smaller offices decides.
_SMALLEST_FIRST: Final[Sequence[AreaLevel | None]] = (
    "union", "municipality", "city_corporation", "upazila", "district", None,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Responsible:
    """The ministry and office responsible for an application, and the adapter.

    `office` is None where no rule names one: then the ministry itself decides who works on it.
    """

    ministry: str
    adapter: Adapter
    office: ResponsibleOffice | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """An address as codes, the smallest area first, and the areas at its levels."""

    codes: Sequence[str]
    ward: int | None
    levels: Mapping[AreaLevel, str]


def responsible(
    rules: Iterable[RoutingRule], form: Mapping[str, Any], on: date, otherwise: Responsible
) -> Responsible:
    """Return who is responsible for an application on a day.

    Args:
        rules: all versions of the rules of its public service.
        form: its checked answers.
        on: the day in Dhaka.
        otherwise: where no rule matches, and for the ministry where the rule names none.
    """
    matching = [
        (place, rule)
        for rule in holding(rules, on)
        if (place := _place(form.get(rule.address))) and _matches(rule, place)
    ]
    if not matching:
        return otherwise
    place, rule = min(matching, key=lambda pair: _size(*pair))
    return Responsible(
        rule.ministry or otherwise.ministry, adapter_of(rule, otherwise), _office(rule, place)
    )


def adapter_of(rule: RoutingRule, otherwise: Responsible) -> Adapter:
    """Return the adapter for submissions to the office of a rule.

    Args:
        rule: the rule.
        otherwise: who is responsible where no rule matches.
    """
    if rule.adapter is not None:
        return rule.adapter
    return otherwise.adapter if rule.ministry is None else rule.ministry_adapter


def _place(address: Any) -> _Place | None:
    """Read an address; None if the form has none."""
    if not isinstance(address, dict) or "area" not in address:
        return None
    area, union, ward = address["area"], address.get("union"), address.get("ward")
    codes = [code for code in (union, area, area[:4], area[:2]) if code]
    return _Place(codes, ward, dict(_levels(area, union)))


def _levels(area: str, union: str | None) -> Iterator[tuple[AreaLevel, str]]:
    yield "district", area[:_DISTRICT_DIGITS]
    if len(area) == _CITY_CORPORATION_DIGITS:
        yield "city_corporation", area
        return
    yield "upazila", area
    yield ("union", union) if union else ("municipality", area)


def _matches(rule: RoutingRule, place: _Place) -> bool:
    return (
        (rule.area is None or rule.area in place.codes)
        and (not rule.wards or place.ward in rule.wards)
        and (rule.level is None or rule.level in place.levels)
    )


def _size(place: _Place, rule: RoutingRule) -> tuple[int, bool, int, str]:
    """Return the order of a matching rule: the one for the smallest area is first."""
    area = len(place.codes) if rule.area is None else place.codes.index(rule.area)
    return area, not rule.wards, _SMALLEST_FIRST.index(rule.level), rule.rule_id


def _office(rule: RoutingRule, place: _Place) -> ResponsibleOffice:
    code = place.levels[rule.level] if rule.level else None
    return ResponsibleOffice(
        office_id=f"{rule.office_id}-{code}" if code else rule.office_id,
        kind=rule.office_kind,
        name=_with_area(rule.office_name, code) if code else rule.office_name,
        rule_id=rule.rule_id,
        rule_version=rule.version,
        confirmed=rule.confirmed,
    )


def _with_area(name: Text, code: str) -> Text:
    place = (
        areas_by_code().get(code)
        or unions_by_id().get(code)
        or next(district for district in districts() if district.code == code)
    )
    return Text(
        bn=name.bn.replace("{area}", place.name_bn), en=name.en.replace("{area}", place.name_en)
    )
