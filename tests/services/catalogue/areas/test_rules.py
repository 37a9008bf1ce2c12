from collections import Counter

from services.catalogue.areas.rules import reference_areas


def test_an_area_comes_after_its_parent() -> None:
    """Codes are unique, parents come first, and only geo divisions have none."""
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
    """No name is empty."""
    assert all(area.name.bn.strip() and area.name.en.strip() for area in reference_areas())
