"""What an office has is measured as at a centre: by its officers and the district's staff."""

from datetime import timedelta
from typing import Any

import pytest

from libs.database.pool import Database
from tests.services.programme.rollout.scenes import (
    CHATTOGRAM,
    DHAKA,
    ROLE,
    SOUTH,
    announce,
    centre,
    works,
)
from tests.services.programme.rollout.scenes import read as read_area
from tests.services.programme.running import NOW, Api

OFFICE = "dscc-zone-1"
PATH = f"/v1/programme/offices/{OFFICE}/measures"
OWN = "/v1/programme/offices/own/measures"
RAHIM = f"rahim officer lgd {OFFICE}"
EVIDENCE = "seen by the head of the office"
SEEN: dict[str, dict[str, Any]] = {
    "power_backup": {"minutes": 60},
    "line": {"down_kbit_s": 4_000, "round_trip_ms": 90},
    "devices": {"count": 2},
    "printer": {"passed": True},
    "premises": {"passed": True},
}


async def seen(api: Api, kind: str, *, days_ago: int = 0, path: str = PATH, **more: Any) -> Any:
    day = NOW.date() - timedelta(days=days_ago)
    body = {"kind": kind, "day": str(day), "evidence": EVIDENCE, **SEEN.get(kind, {})}
    return await api.call("POST", path, body, **more)


def states(found: Any) -> dict[str, str]:
    return {check["check"]: check["state"] for check in found["checks"]}


async def test_what_an_office_has_stands_on_the_page_of_its_area(database: Database) -> None:
    """Its own and those around it, and no other; what nobody has seen is not known."""
    api = Api(database)
    await works(database, OFFICE, SOUTH)
    for kind in SEEN:
        assert (await seen(api, kind)).status == 201
    for area in (SOUTH, DHAKA):
        found = await read_area(api, area)
        assert found["office_count"] == 1
        [office] = found["offices"]
        assert (office["office_id"], office["area"]) == (OFFICE, SOUTH)
        assert states(office) == dict.fromkeys(SEEN, "green")
    assert (await read_area(api, CHATTOGRAM))["offices"] == []
    await works(database, "ac-land-dhaka", DHAKA)
    [own, within] = (await read_area(api, DHAKA))["offices"]
    assert (own["office_id"], within["office_id"]) == ("ac-land-dhaka", OFFICE)
    assert states(own) == dict.fromkeys(SEEN, "not_known")


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        (79, ("green", False)),
        (80, ("green", True)),
        (90, ("green", True)),
        (91, ("expired", False)),
    ],
)
async def test_what_is_80_days_old_warns(
    database: Database, days_ago: int, expected: tuple[str, bool]
) -> None:
    """It counts up to the 90th day; then it is too old."""
    api = Api(database)
    await works(database, OFFICE, SOUTH)
    await seen(api, "printer", days_ago=days_ago)
    checks = (await api.call("GET", PATH)).json()["checks"]
    [printer] = [check for check in checks if check["check"] == "printer"]
    assert (printer["state"], printer["is_old"]) == expected


async def test_an_officer_records_at_the_own_office_only(database: Database) -> None:
    """By its id, or as `own`; another one is as if it were not there, to read and to write."""
    api = Api(database)
    await works(database, OFFICE, SOUTH)
    await works(database, "zone-2", SOUTH)
    for path in (PATH, OWN):
        assert (await seen(api, "printer", path=path, who=RAHIM)).status == 201
        assert (await api.call("GET", path, who=RAHIM)).json()["place"] == OFFICE
    other = PATH.replace(OFFICE, "zone-2")
    assert (await seen(api, "printer", path=other, who=RAHIM)).status == 404
    assert (await api.call("GET", other, who=RAHIM)).status == 404
    nowhere = "kamal officer lgd"
    for path in (PATH, OWN):
        assert (await api.call("GET", path, who=nowhere)).status == 404


async def test_staff_of_a_district_see_its_offices_only(database: Database) -> None:
    """One for the whole country is of no district."""
    api = Api(database)
    await works(database, OFFICE, SOUTH)
    await works(database, "ministry-desk", None)
    for district, status in ((DHAKA, 201), (CHATTOGRAM, 404)):
        assert (await seen(api, "printer", who=f"amina {ROLE} {district}")).status == status
    desk = PATH.replace(OFFICE, "ministry-desk")
    assert (await seen(api, "printer", path=desk, who=f"amina {ROLE} {DHAKA}")).status == 404
    assert (await seen(api, "printer", path=desk)).status == 201


async def test_an_office_is_known_by_its_officers(database: Database) -> None:
    """One where nobody works any more is not there, and says so."""
    api = Api(database)
    await works(database, OFFICE, SOUTH, active=False)
    refused = await seen(api, "printer")
    assert (refused.status, refused.json()["type"]) == (404, "/problems/office_without_officers")
    assert (await read_area(api, SOUTH))["offices"] == []


async def test_each_place_has_its_own_kinds(database: Database) -> None:
    """People measure the line of an office, and no price list hangs there."""
    api = Api(database)
    await works(database, OFFICE, SOUTH)
    await announce(database, centre("nilkhet"))
    at_centre = "/v1/programme/centres/nilkhet/measures"
    for kind, path in (("price_list", PATH), ("line", at_centre)):
        refused = await seen(api, kind, path=path)
        assert refused.json()["type"] == "/problems/measure_of_other_place"
    body = {"kind": "line", "day": str(NOW.date()), "evidence": EVIDENCE, "down_kbit_s": 300}
    missing = await api.call("POST", PATH, body)
    assert missing.json()["errors"][0]["pointer"] == "/round_trip_ms"
