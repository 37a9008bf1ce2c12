"""Which office is responsible, by the catalogue's rules."""

from datetime import date, timedelta
from typing import Any

import pytest

from libs.bangladesh.geography import city_corporations, unions, upazilas
from libs.contracts.catalogue import RoutingRule
from libs.contracts.language import Text
from libs.offices import Responsible, office_of_role, responsible

TODAY = date(2026, 11, 25)
OTHERWISE = Responsible("lgd", "hosted")
UNION = unions()[0]
UPAZILA = next(upazila for upazila in upazilas() if upazila.code == UNION.upazila_code)
CITY = city_corporations()[0]


def rule(rule_id: str, **fields: Any) -> RoutingRule:
    """Return a rule for the whole country, with some fields replaced."""
    return RoutingRule(
        **{
            "rule_id": rule_id,
            "version": 1,
            "valid_from": TODAY,
            "address": "home",
            "office_kind": "union",
            "office_id": rule_id,
            "office_name": Text(bn="কার্যালয়", en="Office"),
            **fields,
        }
    )


def by_level(level: str) -> RoutingRule:
    """Return a rule with one office for every area of a level."""
    return rule(level.replace("_", "-"), level=level, office_name=Text(bn="{area}", en="{area}"))


LEVELS = [by_level(each) for each in ("union", "municipality", "city_corporation", "district")]


def office(rules: list[RoutingRule], address: Any, on: date = TODAY) -> str | None:
    """Return the id of the office that is responsible for an address."""
    found = responsible(rules, {"home": address}, on, OTHERWISE).office
    return found.office_id if found else None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({"area": UPAZILA.code, "union": UNION.union_id}, f"union-{UNION.union_id}"),
        ({"area": UPAZILA.code, "ward": 3}, f"municipality-{UPAZILA.code}"),
        ({"area": CITY.code}, f"city-corporation-{CITY.code}"),
        ({"village": "no area"}, None),
        (None, None),
    ],
)
def test_an_address_has_one_office_at_its_level(address: Any, expected: str | None) -> None:
    """Union, municipality (an upazila without a union), or city corporation; else the district."""
    assert office(LEVELS, address) == expected
    assert office(LEVELS[-1:], {"area": CITY.code}) == f"district-{CITY.district_code}"


def test_the_office_has_the_areas_name() -> None:
    """In both languages, with the rule and its version that named it."""
    address = {"area": UPAZILA.code, "union": UNION.union_id}
    found = responsible(LEVELS, {"home": address}, TODAY, OTHERWISE).office
    assert found is not None
    assert found.name == Text(bn=UNION.name_bn, en=UNION.name_en)
    assert (found.rule_id, found.rule_version) == ("union", 1)


def test_the_rule_for_the_smallest_area_decides() -> None:
    """A zone's wards before its city corporation, that before the district, that before all."""
    everywhere = rule("all")
    district = rule("district-rule", area=CITY.district_code)
    city = rule("city", area=CITY.code)
    zone = rule("zone", area=CITY.code, wards=(1, 17))
    address = {"area": CITY.code, "ward": 17}
    rules = [everywhere, district, city, zone]
    for expected in ("zone", "city", "district-rule", "all"):
        assert office(rules, address) == expected
        rules = rules[:-1]
    assert office([everywhere, zone], {"area": CITY.code, "ward": 2}) == "all"
    assert office([zone], {"area": CITY.code}) is None


def test_a_version_holds_from_its_day_on() -> None:
    """The earlier one holds until then, and an ended rule decides nothing."""
    tomorrow = TODAY + timedelta(days=1)
    versions = [
        rule("r", office_id="old"),
        rule("r", version=2, valid_from=tomorrow, office_id="new"),
        rule("r", version=3, valid_from=tomorrow + timedelta(days=1), ended=True),
    ]
    address = {"area": CITY.code}
    assert office(versions, address, TODAY - timedelta(days=1)) is None
    assert office(versions, address, TODAY) == "old"
    assert office(versions, address, tomorrow) == "new"
    assert office(versions, address, tomorrow + timedelta(days=1)) is None


def test_a_rule_may_name_another_ministry() -> None:
    """Then its adapter counts, too; else the public service's own ministry stays responsible."""
    moved = rule("r", ministry="minland", ministry_adapter="own")
    found = responsible([moved], {"home": {"area": CITY.code}}, TODAY, OTHERWISE)
    assert (found.ministry, found.adapter) == ("minland", "own")
    stays = responsible([rule("r")], {"home": {"area": CITY.code}}, TODAY, OTHERWISE)
    assert (stays.ministry, stays.adapter) == ("lgd", "hosted")


def test_an_office_may_have_an_adapter_of_its_own() -> None:
    """Whatever serves its ministry, or the public service."""
    here = {"home": {"area": CITY.code}}
    own = rule("r", adapter="desk")
    assert responsible([own], here, TODAY, OTHERWISE).adapter == "desk"
    of_other = rule("r", ministry="minland", ministry_adapter="own", adapter="hosted")
    assert responsible([of_other], here, TODAY, OTHERWISE).adapter == "hosted"


@pytest.mark.parametrize(
    ("level", "address", "expected", "name"),
    [
        (
            "ward",
            {"area": UPAZILA.code, "union": UNION.union_id, "ward": 3},
            f"ward-{UNION.union_id}-3",
            f"{UNION.name_en}, ward 3",
        ),
        ("ward", {"area": CITY.code, "ward": 9}, f"ward-{CITY.code}-9", f"{CITY.name_en}, ward 9"),
        ("geo_division", {"area": CITY.code}, f"geo-division-{CITY.code[:2]}", "Barishal"),
    ],
)
def test_a_role_has_an_office_of_its_own(
    level: str, address: Any, expected: str, name: str
) -> None:
    """Also of a ward and of a geo division; it is never the responsible office."""
    rules = [*LEVELS, by_level(level).model_copy(update={"role": "member", "told": False})]
    found = office_of_role(rules, "member", {"home": address}, TODAY)
    assert found is not None
    assert (found.office.office_id, found.office.name.en) == (expected, name)
    assert (found.is_told, found.ministry) == (False, None)
    assert office(rules[-1:], address) is None
    assert office_of_role(rules, "secretary", {"home": address}, TODAY) is None
    assert office_of_role(rules, "member", {}, TODAY) is None
