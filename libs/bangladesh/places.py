"""Places of the roll-out: districts, upazilas and city corporations, unions, and wards by rule.

A ward has no row: it is a number behind the code of its union (`U2393-4`, nine by law) or of its
city corporation (`30262500-07`). That makes 46,311 places of 5,097 rows.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, TypeAlias

from libs.bangladesh.geography import (
    CityCorporation,
    areas_by_code,
    city_corporations,
    districts,
    unions,
    unions_by_id,
    upazilas,
)
from libs.bangladesh.text import bangla_digits, parse_int

PlaceKind: TypeAlias = Literal["district", "upazila", "city_corporation", "union", "ward"]

WARDS_OF_UNION: Final = 9
_OF_WARDS: Final = ("union", "city_corporation")
_WARD = re.compile(r"(U[0-9]+|[0-9]{8})-([0-9]{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A place, and the code of the one that contains it; a district has none."""

    code: str
    kind: PlaceKind
    name_en: str
    name_bn: str
    parent: str | None = None


def find_place(code: str) -> Place | None:
    """Return a place by its code; None if there is none."""
    if found := _WARD.fullmatch(code):
        around, said = found.groups()
        is_there = _is_ward(code, around, said)
        return _ward(_named()[around], parse_int(said), code) if is_there else None
    return _named().get(code)


def trail(code: str) -> tuple[str, ...]:
    """Return the codes of a place and of those that contain it, the district first.

    It is empty if there is no such place.
    """
    if found := _WARD.fullmatch(code):
        around, said = found.groups()
        return (*_trails()[around], code) if _is_ward(code, around, said) else ()
    return _trails().get(code, ())


def children(code: str | None) -> tuple[Place, ...]:
    """Return the places that a place contains, by code; the districts for None."""
    place = _named().get(code or "")
    if place and place.kind in _OF_WARDS:
        return tuple(_wards(place))
    return _inside().get(code, ())


def below(code: str) -> Iterator[str]:
    """Iterate over the codes of all places that a place contains, at any depth."""
    place = _named().get(code)
    if place and place.kind in _OF_WARDS:
        yield from _ward_codes(place)
    for inside in _inside().get(code, ()):
        yield inside.code
        yield from below(inside.code)


def named_below(code: str) -> Iterator[str]:
    """Iterate over the codes of all places with a name of their own that a place contains."""
    for place in _inside().get(code, ()):
        yield place.code
        yield from named_below(place.code)


def all_named() -> tuple[Place, ...]:
    """Return the places that have a name of their own: all but wards."""
    return tuple(_named().values())


@cache
def _named() -> dict[str, Place]:
    found = [Place(item.code, "district", item.name_en, item.name_bn) for item in districts()]
    found += [
        Place(item.code, "upazila", item.name_en, item.name_bn, item.district_code)
        for item in upazilas()
    ]
    found += [
        Place(item.code, "city_corporation", item.name_en, item.name_bn, item.district_code)
        for item in city_corporations()
    ]
    found += [
        Place(item.union_id, "union", item.name_en, item.name_bn, item.upazila_code)
        for item in unions()
    ]
    return {place.code: place for place in sorted(found, key=lambda place: place.code)}


@cache
def _inside() -> dict[str | None, tuple[Place, ...]]:
    found: defaultdict[str | None, list[Place]] = defaultdict(list)
    for place in _named().values():
        found[place.parent].append(place)
    return {parent: tuple(places) for parent, places in found.items()}


@cache
def _trails() -> dict[str, tuple[str, ...]]:
    """The trails of the places with a name of their own, by code."""
    found: dict[str, tuple[str, ...]] = {}
    for kinds in (("district",), ("upazila", "city_corporation"), ("union",)):
        for place in _named().values():
            if place.kind in kinds:
                found[place.code] = (*found.get(place.parent or "", ()), place.code)
    return found


def _wards(place: Place) -> Iterator[Place]:
    for number, code in enumerate(_ward_codes(place), 1):
        yield _ward(place, number, code)


def _ward_codes(place: Place) -> Iterator[str]:
    last, digits = _numbers_in(place)
    for number in range(1, last + 1):
        yield f"{place.code}-{number:0{digits}}"


def _is_ward(code: str, around: str, said: str) -> bool:
    """Whether there is a ward with a code, written as it is."""
    place = _named().get(around)
    if place is None or place.kind not in _OF_WARDS:
        return False
    last, digits = _numbers_in(place)
    number = parse_int(said)
    return 1 <= number <= last and code == f"{around}-{number:0{digits}}"


def _numbers_in(place: Place) -> tuple[int, int]:
    """Return the last ward's number, and with how many digits numbers are written at least."""
    city = areas_by_code().get(place.code)
    return (city.ward_count, 2) if isinstance(city, CityCorporation) else (WARDS_OF_UNION, 1)


def _ward(place: Place, number: int, code: str) -> Place:
    return Place(
        code=code,
        kind="ward",
        name_en=f"Ward {number}, {place.name_en}",
        name_bn=f"ওয়ার্ড {bangla_digits(number)}, {place.name_bn}",
        parent=place.code,
    )


def ward_code(area: str, union_id: str | None, ward: int) -> str | None:
    """Return the code of a ward by its number; None if there is no such ward there.

    Args:
        area: code of the upazila or city corporation.
        union_id: the union, of an upazila; None in a city corporation.
        ward: its number.
    """
    if union_id is None:
        wanted = f"{area}-{ward:02}"
    elif union_id in unions_by_id() and unions_by_id()[union_id].upazila_code == area:
        wanted = f"{union_id}-{ward}"
    else:
        return None
    return wanted if trail(wanted) else None
