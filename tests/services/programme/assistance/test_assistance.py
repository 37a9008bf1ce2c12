"""Help at centres, counted from events and shown to those who may know."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from libs.database.pool import Database
from tests.services.programme.assistance.scenes import closed, complaint, count
from tests.services.programme.rollout.scenes import DHAKA, NORTH, SOUTH, announce, centre, read
from tests.services.programme.running import NOW, Api

LEADS = "adviser leadership"


def shown(figures: Mapping[str, Any]) -> tuple[Any, ...]:
    names = ("sent", "median_cost_bdt", "complaints", "overcharged", "overcharged_per_10000")
    return tuple(figures[name] for name in names)


async def test_an_area_shows_what_help_costs_there(database: Database) -> None:
    """By centre and public service; what is in its areas adds up; older days are left out."""
    api = Api(database)
    await announce(database, centre("gulshan", NORTH), centre("nilkhet", SOUTH))
    assert (await read(api, NORTH))["assistance"]["since"] is None
    before = NOW - timedelta(days=30)
    await count(
        database,
        closed("gulshan"),
        closed("gulshan", public_service_id="S002", fee_bdt=200),
        closed("gulshan", outcome="refused"),
        closed("nilkhet", SOUTH),
        complaint("nilkhet", SOUTH),
        complaint("gulshan", kind="rude"),
        closed("gulshan", occurred_at=before, fee_bdt=9_000),
    )
    north, south, dhaka = [(await read(api, area))["assistance"] for area in (NORTH, SOUTH, DHAKA)]
    assert north["since"] == str(before.date())
    assert shown(north["whole"]) == (2, 230, 1, 0, 0)
    assert shown(south["whole"]) == (1, 80, 1, 1, 10_000)
    assert shown(dhaka["whole"]) == (3, 80, 2, 1, 3_334)
    assert [part["id"] for part in north["centres"]] == ["gulshan"]
    assert north["centres"][0]["name"]["en"] == "Centre gulshan"
    assert [part["id"] for part in north["public_services"]] == ["S001", "S002"]
    assert [part["figures"]["sent"] for part in dhaka["public_services"]] == [2, 1]
    assert dhaka["centres"] == []


async def test_a_smaller_area_has_what_its_centres_have(database: Database) -> None:
    """A ward of a city corporation."""
    await announce(database, centre("gulshan", NORTH, ward=19), centre("uttara", NORTH, ward=1))
    await count(database, closed("gulshan"), closed("uttara"), closed("uttara"))
    ward = (await read(Api(database), f"{NORTH}-19"))["assistance"]
    assert shown(ward["whole"]) == (1, 80, 0, 0, 0)
    assert [part["id"] for part in ward["centres"]] == ["gulshan"]


async def test_those_who_lead_see_cost_and_complaints(database: Database) -> None:
    """Today, in 7 and in 30 days, with the first day; nothing is known where nothing was sent."""
    week = NOW - timedelta(days=3)
    empty = (await Api(database).call("GET", "/v1/programme/figures", who=LEADS)).json()
    assert empty["assistance_since"] is None
    assert [shown(each) for each in empty["assistance"]] == [(0, None, 0, 0, None)] * 3
    await count(
        database, closed("gulshan", occurred_at=week), complaint("gulshan", occurred_at=week)
    )
    found = (await Api(database).call("GET", "/v1/programme/figures", who=LEADS)).json()
    assert found["assistance_since"] == str(week.date())
    assert [shown(each) for each in found["assistance"]] == [
        (0, None, 0, 0, None),
        (1, 80, 1, 1, 10_000),
        (1, 80, 1, 1, 10_000),
    ]
