"""Places of the roll-out, and wards by rule."""

from collections import Counter

from libs.bangladesh.places import below, children, find_place, trail, ward_code


def test_wards_come_from_a_rule() -> None:
    """Nine of each union, and as many of a city corporation as it has; all codes are different."""
    districts = children(None)
    codes = [code for district in districts for code in (district.code, *below(district.code))]
    kinds = Counter(place.kind for code in codes if (place := find_place(code)))
    assert kinds == {
        "district": 64, "upazila": 495, "city_corporation": 12, "union": 4526, "ward": 41214
    }  # fmt: skip
    assert len(set(codes)) == len(codes) == 46_311


def test_a_place_is_found_by_one_code() -> None:
    """A ward has the name of what contains it, and the number is written in one way."""
    ward = find_place("30262500-07")
    assert ward is not None
    assert (ward.name_en, ward.parent) == ("Ward 7, Dhaka North City Corporation", "30262500")
    assert trail("U2393-4") == ("1004", "100409", "U2393", "U2393-4")
    for wrong in ("30262500-7", "U2393-04", "U2393-10", "30262500-55", "1004-1", "U0", "", "99"):
        assert (find_place(wrong), trail(wrong)) == (None, ())


def test_a_ward_stands_in_its_union() -> None:
    """A union of another upazila has none here, and an upazila has no wards of its own."""
    assert ward_code("100409", "U2393", 9) == "U2393-9"
    assert ward_code("30262500", None, 7) == "30262500-07"
    for area, union, ward in (("100419", "U2393", 1), ("100409", None, 1), ("30262500", None, 99)):
        assert ward_code(area, union, ward) is None
