from typing import Any

import pytest

from libs.contracts.catalogue import AreaKind, AreaPage, AreasQuery, PostOfficesQuery
from libs.errors import Refused
from services.catalogue.areas.rules import reference_areas
from tests.services.catalogue.running import reference_area_index


def areas(kind: AreaKind, **query: Any) -> AreaPage:
    return reference_area_index().areas(kind, AreasQuery(**{"limit": 500, **query}))


def test_the_code_of_an_area_begins_with_its_parents_code() -> None:
    """Codes and parents of the reference agree."""
    inside = areas("upazila", geo_division="30")
    assert inside.total > 0
    assert all(area.code.startswith("30") for area in inside.items)
    codes = [area.code for area in reference_areas() if area.kind == "upazila"]
    assert inside.total == sum(code.startswith("30") for code in codes)


def test_areas_of_a_filter_combine() -> None:
    """The result lies in all areas of the filter."""
    both = areas("union", geo_division="10", district="1004")
    assert both == areas("union", district="1004")
    assert areas("union", geo_division="30", district="1004").total == 0


def test_pages_follow_one_another() -> None:
    """The second page begins where the first one ends."""
    first, second = areas("district", limit=40), areas("district", offset=40, limit=40)
    assert [*first.items, *second.items] == areas("district").items


def test_area_and_post_code_combine() -> None:
    """A post office is found by its code in its own district only."""
    index = reference_area_index()
    for district, post_code, total in (
        ("3026", "1000", 1),
        ("3026", "9999", 0),
        ("1004", "1000", 0),
    ):
        query = PostOfficesQuery(district=district, post_code=post_code)
        assert index.post_offices(query).total == total


@pytest.mark.parametrize("inside", [{"district": "9999"}, {"upazila": "3026"}, {"district": ""}])
def test_an_area_of_another_kind_is_refused(inside: dict[str, str]) -> None:
    """The code of a district is not an upazila."""
    with pytest.raises(Refused, match="area_not_found"):
        areas("union", **inside)
