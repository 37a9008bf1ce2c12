"""Finds offices by rules (decision 34): by the public service, the area, the day, and the role.

A rule without a role says which office is responsible for an application; one with a role, at which
office those work who have this duty. Rules of a grievance go by the body that it names, and none
leads to the office complained of.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.geography import areas_by_code, districts, geo_divisions, unions_by_id
from libs.bangladesh.text import bangla_digits
from libs.contracts.applications import ResponsibleOffice
from libs.contracts.catalogue import Adapter, AreaLevel, RoutingRule
from libs.contracts.language import Text
from libs.grievances import is_complained_of
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


@dataclass(frozen=True, slots=True)
class _Body:
    """A body that a form names."""

    body_id: str
    name: Text


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
        _ministry(rule, place) or otherwise.ministry,
        adapter_of(rule, otherwise),
        _office(rule, place),
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
    return RoleOffice(_office(rule, place), _ministry(rule, place), is_told=rule.told)


def _deciding(
    rules: Iterable[RoutingRule], role: str | None, form: Mapping[str, Any], on: date
) -> tuple[RoutingRule, "_Place | _Body"] | None:
    """Return the rule that decides, with what it reads of the form; None if none matches."""
    matching = [
        (rule, found)
        for rule in holding(rules, on)
        if rule.role == role and (found := _read(rule, form)) is not None
    ]
    return min(matching, key=lambda pair: _size(*pair)) if matching else None


def _read(rule: RoutingRule, form: Mapping[str, Any]) -> "_Place | _Body | None":
    """Return what a rule reads of a form; None if it does not match."""
    if rule.match == "area":
        place = _place(form.get(rule.address))
        return place if place and _matches(rule, place) else None
    body = bodies_by_id().get(str(form.get(rule.address)))
    if body is None:
        return None
    named = _Body(body.body_id, Text(bn=body.name_bn, en=body.name_en))
    office = _office(rule, named)
    is_about = is_complained_of(office.office_id, office.name, _ministry(rule, named), form)
    return None if is_about else named


def _ministry(rule: RoutingRule, found: "_Place | _Body") -> str | None:
    """Return whose office a rule names; None for the public service's own ministry."""
    return rule.ministry or (found.body_id if isinstance(found, _Body) else None)


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


def _size(rule: RoutingRule, place: _Place | _Body) -> tuple[int, bool, int, str]:
    """Return the order of a matching rule: the one for the smallest area, or of the body itself."""
    if isinstance(place, _Body):
        return 0, rule.ministry is not None, 0, rule.rule_id
    area = len(place.codes) if rule.area is None else place.codes.index(rule.area)
    return area, not rule.wards, _SMALLEST_FIRST.index(rule.level), rule.rule_id


def _office(rule: RoutingRule, place: _Place | _Body) -> ResponsibleOffice:
    name = rule.office_name
    if isinstance(place, _Body):
        code = None if rule.ministry else place.body_id
        if code:
            name = _with(name, "{body}", place.name)
    else:
        code = place.levels[rule.level] if rule.level else None
        if code:
            name = _with_area(name, code)
    return ResponsibleOffice(
        office_id=f"{rule.office_id}-{code}" if code else rule.office_id,
        kind=rule.office_kind,
        name=name,
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
    return _with(name, "{area}", Text(bn=bn, en=en))


def _with(name: Text, place: str, words: Text) -> Text:
    return Text(bn=name.bn.replace(place, words.bn), en=name.en.replace(place, words.en))
