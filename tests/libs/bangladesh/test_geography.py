"""Places are complete, have names in both languages, and their codes are nested."""

import unicodedata
from collections import Counter

from libs.bangladesh import geography


def test_the_country_is_complete() -> None:
    """All places of the reference are there, each once."""
    codes = {
        8: [place.code for place in geography.geo_divisions()],
        64: [place.code for place in geography.districts()],
        495: [place.code for place in geography.upazilas()],
        12: [place.code for place in geography.city_corporations()],
        4526: [place.union_id for place in geography.unions()],
    }
    for count, found in codes.items():
        assert len(found) == len(set(found)) == count
    assert len(geography.postcodes()) == 1343


def test_each_place_lies_in_the_one_around_it() -> None:
    """A code begins with the codes of its district and geo division, which exist."""
    geo_divisions = {place.code for place in geography.geo_divisions()}
    districts = {district.code for district in geography.districts()}
    for district in geography.districts():
        assert district.code == district.geo_division_code + district.district_code2
        assert district.geo_division_code in geo_divisions
    for area in geography.areas_by_code().values():
        assert area.code.startswith(area.district_code)
        assert area.district_code in districts
        assert area.geo_division_code == area.district_code[:2]
    for union in geography.unions():
        assert union.upazila_code in geography.areas_by_code()
    for office in geography.postcodes():
        assert office.district_code in districts


def test_an_nid_prefix_names_one_district() -> None:
    """The two digits of a 13-digit NID are unique over the 64 districts."""
    prefixes = Counter(district.district_code2 for district in geography.districts())
    assert max(prefixes.values()) == 1


def test_an_upazila_and_a_city_share_no_code() -> None:
    """An address has one area code for both kinds."""
    assert len(geography.areas_by_code()) == 495 + 12
    assert geography.areas_by_code()["100409"].name_bn == "আমতলী"
    assert geography.unions_by_id()["U2393"].name_en == "Amtali"


def test_bangla_names_are_kept_in_one_form() -> None:
    """Names are NFC and in Bangla letters, so comparing them works."""
    names = [place.name_bn for place in geography.areas_by_code().values()]
    names += [district.name_bn for district in geography.districts()]
    names += [union.name_bn for union in geography.unions()]
    for name in names:
        assert unicodedata.is_normalized("NFC", name)
        assert any("\u0980" <= letter <= "\u09ff" for letter in name)


def test_every_point_lies_in_the_country() -> None:
    """Latitude and longitude are not swapped."""
    points = [(place.lat, place.lon) for place in geography.geo_divisions()]
    points += [(place.lat, place.lon) for place in geography.districts()]
    points += [(place.lat, place.lon) for place in geography.areas_by_code().values()]
    for lat, lon in points:
        assert 20.5 < lat < 26.7
        assert 88.0 < lon < 92.7
