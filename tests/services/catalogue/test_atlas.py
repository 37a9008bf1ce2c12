"""Areas by what lies in what."""

import pytest

from libs.contracts.catalogue import AreaKind
from libs.errors import Refused
from services.catalogue.atlas import Atlas, Within
from services.catalogue.reference_files import read_reference
from tests.services.catalogue.running import reference_stock

EVERYWHERE = Within((), offset=0, limit=10_000)


def atlas() -> Atlas:
    return reference_stock().atlas


def test_an_area_lies_in_what_its_code_begins_with() -> None:
    """The Bureau's codes say the same as the parents."""
    inside = atlas().areas("upazila", Within((("geo_division", "30"),), 0, 10_000))
    assert inside.total > 0
    assert all(area.code.startswith("30") for area in inside.items)
    codes = [area.code for area in read_reference().areas if area.kind == "upazila"]
    assert inside.total == sum(code.startswith("30") for code in codes)


def test_several_areas_are_all_meant() -> None:
    """What lies in a district and in another geo division lies nowhere."""
    both = atlas().areas("union", Within((("geo_division", "10"), ("district", "1004")), 0, 10_000))
    one = atlas().areas("union", Within((("district", "1004"),), 0, 10_000))
    assert both == one
    neither = Within((("geo_division", "30"), ("district", "1004")), 0, 10_000)
    assert atlas().areas("union", neither).total == 0


def test_pages_follow_one_another() -> None:
    """The second page begins where the first one ends."""
    whole = atlas().areas("district", EVERYWHERE).items
    first = atlas().areas("district", Within((), 0, 40)).items
    second = atlas().areas("district", Within((), 40, 40)).items
    assert [*first, *second] == whole


def test_post_offices_of_a_district_and_of_a_code() -> None:
    """Both filters hold together."""
    dhaka = Within((("district", "3026"),), 0, 10_000)
    assert atlas().post_offices(dhaka, "1000").total == 1
    assert atlas().post_offices(dhaka, "9999").total == 0
    barguna = Within((("district", "1004"),), 0, 10_000)
    assert atlas().post_offices(barguna, "1000").total == 0


@pytest.mark.parametrize("within", [("district", "9999"), ("upazila", "3026"), ("district", "")])
def test_an_area_that_is_none_of_its_kind_is_refused(within: tuple[AreaKind, str]) -> None:
    """A district's code is no upazila."""
    with pytest.raises(Refused, match="area_not_found"):
        atlas().areas("union", Within((within,), 0, 10))
