"""Finds offices by rules (decision 34): by the public service, the area, the day, and the role.

A rule without a role says which office is responsible for an application; one with a role, at which
office those work who have this duty.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from libs.bangladesh.geography import areas_by_code, districts, geo_divisions, unions_by_id
from libs.bangladesh.text import bangla_digits
from libs.contracts.applications import ResponsibleOffice
from libs.contracts.catalogue import Adapter, AreaLevel, RoutingRule
from libs.contracts.language import Text
from libs.versions import holding

_CITY_CORPORATION_DIGITS: Final = 8
_DISTRICT_DIGITS: Final = 4

# Where two rules are for the same area, the one for the smaller offices decides.
_SMALLEST_FIRST: Final[Sequence[AreaLevel | None]] = (
    "ward", "union", "municipality", "city_corporation", "upazila", "district", "geo_division",
    None,
)  # fmt: skip
_GEO_DIVISION_DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class Responsible:
    """The ministry and office responsible for an application, and the adapter.

    `office` is None where no rule names one: then the ministry itself decides who works on it.
    """

    ministry: str
    adapter: Adapter
    office: ResponsibleOffice | None = None


@dataclass(frozen=True, slots=True)
class RoleOffice:
    """The office at which a role works on an application.

    Args:
        office: it.
        ministry: whose it is; None for that of the application.
        is_told: whether the citizen is told this office, or else the responsible one.
    """

    office: ResponsibleOffice
    ministry: str | None
    is_told: bool


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
    found = _deciding(rules, None, form, on)
    if found is None:
        return otherwise
    rule, place = found
    return Responsible(
        rule.ministry or otherwise.ministry, adapter_of(rule, otherwise), _office(rule, place)
    )


def office_of_role(
    rules: Iterable[RoutingRule], role: str, form: Mapping[str, Any], on: date
) -> RoleOffice | None:
    """Return the office at which a role works on an application; None where no rule says it.

    Args:
        rules: all versions of the rules of its public service.
        role: of its workflow.
        form: its checked answers.
        on: the day in Dhaka.
    """
    found = _deciding(rules, role, form, on)
    if found is None:
        return None
    rule, place = found
    return RoleOffice(_office(rule, place), rule.ministry, is_told=rule.told)


def _deciding(
    rules: Iterable[RoutingRule], role: str | None, form: Mapping[str, Any], on: date
) -> tuple[RoutingRule, _Place] | None:
    """Return the rule that decides, with the address that it reads; None if none matches."""
    matching = [
        (rule, place)
        for rule in holding(rules, on)
        if rule.role == role and (place := _place(form.get(rule.address))) and _matches(rule, place)
    ]
    return min(matching, key=lambda pair: _size(*pair)) if matching else None


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
    return _Place(codes, ward, dict(_levels(area, union, ward)))


def _levels(area: str, union: str | None, ward: int | None) -> Iterator[tuple[AreaLevel, str]]:
    yield "geo_division", area[:_GEO_DIVISION_DIGITS]
    yield "district", area[:_DISTRICT_DIGITS]
    if ward is not None:
        yield "ward", f"{union or area}-{ward}"
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


def _size(rule: RoutingRule, place: _Place) -> tuple[int, bool, int, str]:
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
    """Return a name with that of an area in it; a ward has its union's or city's, and a number."""
    of, _, ward = code.partition("-")
    large = {area.code: (area.name_bn, area.name_en) for area in geo_divisions()}
    large |= {area.code: (area.name_bn, area.name_en) for area in districts()}
    small = areas_by_code().get(of) or unions_by_id().get(of)
    bn, en = (small.name_bn, small.name_en) if small else large[of]
    if ward:
        bn, en = f"{bn} {bangla_digits(ward)} নম্বর ওয়ার্ড", f"{en}, ward {ward}"
    return Text(bn=name.bn.replace("{area}", bn), en=name.en.replace("{area}", en))
