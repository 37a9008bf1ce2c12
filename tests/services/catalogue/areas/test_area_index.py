import pytest

from libs.contracts.catalogue import AreaKind, AreaPage
from libs.errors import Refused
from services.catalogue.areas.rules import AreaFilter, reference_areas
from tests.services.catalogue.running import reference_area_index


def areas(
    kind: AreaKind, *inside: tuple[AreaKind, str], offset: int = 0, limit: int = 10_000
) -> AreaPage:
    return reference_area_index().areas(kind, AreaFilter(inside, offset, limit))


def test_the_code_of_an_area_begins_with_its_parents_code() -> None:
    """Codes and parents of the reference agree."""
    inside = areas("upazila", ("geo_division", "30"))
    assert inside.total > 0
    assert all(area.code.startswith("30") for area in inside.items)
    codes = [area.code for area in reference_areas() if area.kind == "upazila"]
    assert inside.total == sum(code.startswith("30") for code in codes)


def test_areas_of_a_filter_combine() -> None:
    """The result lies in all areas of the filter."""
    both = areas("union", ("geo_division", "10"), ("district", "1004"))
    assert both == areas("union", ("district", "1004"))
    assert areas("union", ("geo_division", "30"), ("district", "1004")).total == 0


def test_pages_follow_one_another() -> None:
    """The second page begins where the first one ends."""
    first, second = areas("district", limit=40), areas("district", offset=40, limit=40)
    assert [*first.items, *second.items] == areas("district").items


def test_area_and_post_code_combine() -> None:
    """A post office is found by its code in its own district only."""
    dhaka = AreaFilter((("district", "3026"),), 0, 10_000)
    barguna = AreaFilter((("district", "1004"),), 0, 10_000)
    index = reference_area_index()
    assert index.post_offices(dhaka, "1000").total == 1
    assert index.post_offices(dhaka, "9999").total == 0
    assert index.post_offices(barguna, "1000").total == 0


@pytest.mark.parametrize("inside", [("district", "9999"), ("upazila", "3026"), ("district", "")])
def test_an_area_of_another_kind_is_refused(inside: tuple[AreaKind, str]) -> None:
    """The code of a district is not an upazila."""
    with pytest.raises(Refused, match="area_not_found"):
        areas("union", inside)
