"""The lists from which an address is chosen: districts, then the areas of one, then its unions."""

from collections.abc import Mapping, Sequence
from functools import cache

from libs.bangladesh.geography import (
    city_corporations,
    districts,
    geo_divisions,
    unions,
    upazilas,
)
from libs.contracts.language import Text
from libs.pages.forms.questions import Option


@cache
def districts_by_division() -> Sequence[tuple[Text, Sequence[Option]]]:
    """Return the 64 districts under their 8 geo divisions."""
    return tuple(
        (
            Text(bn=division.name_bn, en=division.name_en),
            tuple(
                Option(district.code, Text(bn=district.name_bn, en=district.name_en))
                for district in districts()
                if district.geo_division_code == division.code
            ),
        )
        for division in geo_divisions()
    )


def areas_in(district: str) -> Sequence[Option]:
    """Return the city corporations and upazilas of a district; none for an unknown one."""
    return _areas().get(district, ())


def unions_in(area: str) -> Sequence[Option]:
    """Return the unions of an upazila; none for a city corporation or an unknown one."""
    return _unions().get(area, ())


@cache
def _areas() -> Mapping[str, Sequence[Option]]:
    found: dict[str, list[Option]] = {}
    for city in city_corporations():
        found.setdefault(city.district_code, []).append(
            Option(city.code, Text(bn=city.name_bn, en=city.name_en))
        )
    for upazila in upazilas():
        found.setdefault(upazila.district_code, []).append(
            Option(upazila.code, Text(bn=upazila.name_bn, en=upazila.name_en))
        )
    return found


@cache
def _unions() -> Mapping[str, Sequence[Option]]:
    found: dict[str, list[Option]] = {}
    for union in unions():
        found.setdefault(union.upazila_code, []).append(
            Option(union.union_id, Text(bn=union.name_bn, en=union.name_en))
        )
    return found
