"""The five kinds of area in one shape."""

from collections import Counter

from services.catalogue.areas import reference_areas


def test_every_area_comes_after_the_one_around_it() -> None:
    """Parents are written first, each code stands once, and only geo divisions have no parent."""
    seen: set[str] = set()
    for area in reference_areas():
        assert area.code not in seen
        assert (area.parent in seen) if area.parent else area.kind == "geo_division"
        seen.add(area.code)


def test_all_areas_are_there() -> None:
    """8 geo divisions, 64 districts, 495 upazilas, 12 city corporations and 4,526 unions."""
    assert Counter(area.kind for area in reference_areas()) == {
        "geo_division": 8,
        "district": 64,
        "upazila": 495,
        "city_corporation": 12,
        "union": 4526,
    }


def test_every_area_has_a_name_in_both_languages() -> None:
    """No area is shown without a name."""
    assert all(area.name_bn.strip() and area.name_en.strip() for area in reference_areas())
