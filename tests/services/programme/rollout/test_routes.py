"""Areas opened by two people, and paused by one."""

from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.programme import AreaStageChanged
from libs.database.pool import Database
from services.programme.infrastructure.rules import checks_of
from tests.ciphers import outbox_rows
from tests.services.programme.rollout.scenes import (
    KARIM,
    NORTH,
    SOUTH,
    TODAY,
    announce,
    approve,
    centre,
    equip,
    first_areas,
    measure_of_day,
    pause,
    propose,
    read,
)
from tests.services.programme.running import NOW, Api


async def announced(database: Database) -> list[tuple[str, str]]:
    """What was announced of areas, the oldest first."""
    async with database.transaction() as tx:
        rows = await outbox_rows(tx)
    events = [AreaStageChanged.model_validate_json(row.value or b"") for row in rows]
    return [(event.area, event.stage) for event in events]


async def ready(database: Database, number: int = 2, without: str = "") -> Api:
    """Nilkhet has all that Dhaka South needs, or all but something."""
    api = Api(database)
    await announce(database, centre("nilkhet"))
    await equip(api, "nilkhet", without=without, uddoktas=number)
    return api


def problem(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def opened(api: Api, area: str = SOUTH) -> None:
    """Two people open an area."""
    assert (await approve(api, await propose(api, area))).status == 200


async def test_two_people_open_an_area(database: Database) -> None:
    """Nothing opens before the second one, who is another; a repeat is the same proposal."""
    api = await ready(database)
    proposed = await propose(api)
    assert (proposed.status, (await propose(api)).json()) == (201, proposed.json())
    own = await approve(api, proposed, "salma programme")
    assert (own.status, problem(own)) == (403, "second_person_needed")
    assert ((await read(api))["summary"]["stage"], await announced(database)) == ("planned", [])
    assert (await approve(api, proposed)).json()["state"] == "approved"
    area = await read(api)
    assert (area["summary"]["stage"], area["proposals"][0]["state"]) == ("open", "approved")
    assert [len(fact["by"]) for fact in area["history"]] == [2]
    assert await announced(database) == [(SOUTH, "open")]
    assert problem(await approve(api, proposed)) in {"area_open_before", "approved_before"}


@pytest.mark.parametrize(
    "without",
    ["power_backup", "line", "devices", "printer", "premises", "prices", "price_list",
     "test_application", "complaint_line"],
)  # fmt: skip
async def test_each_thing_on_the_list_is_needed(database: Database, without: str) -> None:
    """What nobody has seen is not known, and nothing opens."""
    api = await ready(database, without=without)
    checks = {check["check"]: check["state"] for check in (await read(api))["centre"]["checks"]}
    assert checks.pop(without) == "not_known"
    assert set(checks.values()) == {"green"}
    assert problem(await propose(api)) == "area_list_not_green"


@pytest.mark.parametrize(("number", "state"), [(0, "red"), (1, "red"), (2, "green")])
async def test_two_uddoktas_are_qualified(database: Database, number: int, state: str) -> None:
    """One alone does not open a centre."""
    api = await ready(database, number)
    (check,) = (
        check for check in (await read(api))["centre"]["checks"] if check["check"] == "uddoktas"
    )
    assert (check["state"], check["count"]) == (state, number)
    assert (await propose(api)).status == (201 if state == "green" else 409)


async def test_what_was_measured_counts_for_90_days(database: Database) -> None:
    """Also between proposal and approval: the list is green on the day when it opens."""
    api = await ready(database)
    api.now = NOW + timedelta(days=90)
    assert (await read(api))["is_green"]
    proposed = await propose(api)
    api.now = NOW + timedelta(days=91)
    area = await read(api)
    states = {check["check"]: check["state"] for check in area["centre"]["checks"]}
    assert (area["is_green"], states.pop("uddoktas"), set(states.values())) == (
        False, "green", {"expired"}
    )  # fmt: skip
    assert problem(await approve(api, proposed)) == "area_list_not_green"


@pytest.mark.parametrize(
    ("kind", "content", "enough"),
    [
        ("power_backup", {"minutes": 60}, True),
        ("power_backup", {"minutes": 59}, False),
        ("devices", {"count": 2}, True),
        ("devices", {"count": 1}, False),
        ("line", {"down_kbit_s": 256, "round_trip_ms": 1_000}, True),
        ("line", {"down_kbit_s": 255, "round_trip_ms": 1_000}, False),
        ("line", {"down_kbit_s": 256, "round_trip_ms": 1_001}, False),
        ("printer", {"passed": True}, True),
        ("printer", {"passed": False}, False),
    ],
)
def test_what_is_enough(kind: Any, content: Any, *, enough: bool) -> None:
    """An hour of power, two devices, a line that carries papers; and what works."""
    measure = measure_of_day(kind, TODAY, **content)
    (check,) = checks_of({kind: measure}, TODAY, (kind,))
    assert check.state == ("green" if enough else "red")


async def test_the_newest_day_counts(database: Database) -> None:
    """Of a day what was recorded last, in whichever order it came."""
    api = await ready(database)
    path = "/v1/programme/centres/nilkhet/measures"
    for day, count, state in (
        ("2026-06-29", 1, "green"), ("2026-06-30", 1, "red"), ("2026-06-30", 3, "green")
    ):  # fmt: skip
        api.now += timedelta(seconds=1)
        body = {"kind": "devices", "day": day, "evidence": "seen there", "count": count}
        assert (await api.call("POST", path, body)).status == 201
        states = {check["check"]: check["state"] for check in (await read(api))["centre"]["checks"]}
        assert states["devices"] == state


async def test_the_centre_that_has_most_is_shown(database: Database) -> None:
    """Of equal ones the first; two qualified uddoktas are one thing of ten."""
    api = Api(database)
    await announce(database, *(centre(centre_id) for centre_id in ("b", "a", "c")))

    async def shown() -> str:
        return str((await read(api))["centre"]["service_centre_id"])

    assert await shown() == "a"
    await equip(api, "b", without="line", uddoktas=0)
    assert await shown() == "b"
    await equip(api, "c", uddoktas=1)
    assert await shown() == "c"
    await equip(api, "b", uddoktas=2)
    assert ((await read(api))["is_green"], await shown()) == (True, "b")


async def test_an_area_opens_after_the_one_around_it(database: Database) -> None:
    """A ward after its city, and a district when the pilot has passed."""
    api = Api(database)
    await announce(database, centre("nilkhet", ward=18))
    await equip(api, "nilkhet")
    ward = f"{SOUTH}-18"
    assert problem(await propose(api, ward)) == "area_parent_closed"
    assert problem(await propose(api, "3026")) == "area_parent_closed"
    await opened(api)
    await opened(api, ward)
    area = await read(api, ward)
    assert (area["summary"]["stage"], area["parent_open"]) == ("open", True)
    assert [around["area"] for around in area["around"]] == ["3026", SOUTH]


async def test_a_centre_elsewhere_opens_nothing(database: Database) -> None:
    """Neither does one that was closed."""
    api = Api(database)
    await announce(database, centre("uttara", NORTH), centre("nilkhet", state="closed"))
    await equip(api, "uttara")
    await equip(api, "nilkhet")
    assert (await read(api))["centre"] is None
    assert problem(await propose(api)) == "area_list_not_green"


async def test_centres_ran_before_there_was_a_gate(database: Database) -> None:
    """Their area is open once, and stays as people say later."""
    api = Api(database)
    await first_areas(database)
    assert (await read(api, NORTH))["summary"]["stage"] == "open"
    await pause(api, NORTH)
    await first_areas(database)
    assert (await read(api, NORTH))["summary"]["stage"] == "paused"
    assert await announced(database) == [(NORTH, "open"), (NORTH, "paused")]


async def test_a_pause_counts_first(database: Database) -> None:
    """Where the count is another one by now, nothing is paused."""
    api = Api(database)
    await first_areas(database)
    running = [centre(name, NORTH, state="running") for name in ("gulshan", "uttara")]
    await announce(database, *running)
    seen = (await read(api, NORTH))["stops"]
    assert seen == {"areas": 1, "centres": 2}
    await announce(database, centre("gulshan", NORTH, state="paused", occurred_at=NOW))
    late = await pause(api, NORTH, seen)
    assert (late.status, problem(late)) == (409, "stops_changed")
    assert (await read(api, NORTH))["summary"]["stage"] == "open"
    paused = await pause(api, NORTH)
    assert paused.json()["summary"]["stage"] == "paused"
    assert paused.json()["history"][0]["stopped"] == {"areas": 1, "centres": 1}
    assert problem(await pause(api, NORTH)) == "nothing_to_pause"


async def test_below_a_paused_area_nothing_is_open(database: Database) -> None:
    """What is open below stays so, and is open again with it; nothing opens meanwhile."""
    api = Api(database)
    await announce(database, centre("nilkhet", ward=18))
    await equip(api, "nilkhet")
    ward = f"{SOUTH}-18"
    await opened(api)
    waiting = await propose(api, ward)
    assert (await pause(api, SOUTH)).status == 200
    assert problem(await approve(api, waiting)) == "area_parent_closed"
    api.now += timedelta(minutes=1)
    await opened(api)
    await opened(api, ward)
    assert (await read(api))["stops"]["areas"] == 2
    assert (await pause(api, SOUTH)).status == 200
    below = (await read(api, ward))["summary"]
    assert (below["stage"], below["paused_with"]) == ("open", SOUTH)
    assert (await read(api))["stops"]["areas"] == 0


async def test_a_proposal_of_before_a_pause_opens_nothing(database: Database) -> None:
    """Somebody looks again first."""
    api = await ready(database)
    first, second = await propose(api), await propose(api, who=KARIM)
    api.now = NOW + timedelta(minutes=1)
    assert (await approve(api, first)).status == 200
    assert (await pause(api, SOUTH)).status == 200
    old = await approve(api, second, "salma programme")
    assert problem(old) == "opening_older_than_pause"
    api.now += timedelta(minutes=1)
    await opened(api)


async def test_what_was_rejected_opens_nothing(database: Database) -> None:
    """The other one says why."""
    api = await ready(database)
    proposed = (await propose(api)).json()
    path = f"/v1/programme/openings/{proposed['act_id']}/rejection"
    assert (await api.call("POST", path, {"reason": None}, who=KARIM)).status == 422
    said = await api.call("POST", path, {"reason": "no price list hangs there"}, who=KARIM)
    assert said.json()["rejected_because"] == "no price list hangs there"
    assert problem(await approve(api, await propose(api), "salma programme")) == (
        "second_person_needed"
    )
    assert (await read(api))["summary"]["stage"] == "planned"


async def test_areas_are_listed_paged_and_searched(database: Database) -> None:
    """Districts, what is within one, and all that have words in their name."""
    api = await ready(database)
    await opened(api)
    path = "/v1/programme/areas"
    first = (await api.call("GET", f"{path}?limit=60")).json()
    rest = (await api.call("GET", f"{path}?limit=60&after={first['next']}")).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (60, 4, None)
    within = (await api.call("GET", f"{path}?within=3026&stage=open")).json()["items"]
    assert [area["area"] for area in within] == [SOUTH]
    words = (await api.call("GET", f"{path}?q=dhaka%20south")).json()["items"]
    assert [(area["area"], area["stage"]) for area in words] == [(SOUTH, "open")]
    for stage, areas in (("open", [SOUTH]), ("paused", [])):
        found = (await api.call("GET", f"{path}?stage={stage}")).json()["items"]
        assert [area["area"] for area in found] == areas
    planned = (await api.call("GET", f"{path}?stage=planned&limit=100")).json()["items"]
    assert SOUTH not in {area["area"] for area in planned}
    assert {"district", "upazila", "city_corporation"} <= {area["kind"] for area in planned}
    for unknown in (f"{path}?within=99", f"{path}/99", f"{path}/99/nothing"):
        assert (await api.call("GET", unknown)).status == 404


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"kind": "printer", "count": 2}, "fact_field_of_other_kind"),
        ({"kind": "printer"}, "fact_field_missing"),
        ({"kind": "printer", "passed": True, "day": "2026-07-01"}, "fact_ahead"),
    ],
)
async def test_what_is_no_measure(database: Database, more: Any, expected: str) -> None:
    """A field of another kind, none at all, and a day that lies ahead."""
    api = await ready(database)
    body = {"day": "2026-06-30", "evidence": "seen there"} | more
    answer = await api.call("POST", "/v1/programme/centres/nilkhet/measures", body)
    assert problem(answer) == expected


async def test_nobody_types_the_speed_of_a_line(database: Database) -> None:
    """It is measured by a device of the centre; and a centre that was not announced has none."""
    api = await ready(database)
    path = "/v1/programme/centres/{}/measures"
    body = {"kind": "line", "day": "2026-06-30", "evidence": "seen there", "down_kbit_s": 2000}
    assert (await api.call("POST", path.format("nilkhet"), body)).status == 422
    listed = (await api.call("GET", path.format("nilkhet"))).json()["items"]
    assert len(listed) == 9
    assert problem(await api.call("GET", path.format("nowhere"))) == "service_centre_unknown"


async def test_only_the_programme_opens_areas(database: Database) -> None:
    """Nor does anybody else read what a centre has."""
    api = await ready(database)
    for method, path in (
        ("GET", "/v1/programme/areas"),
        ("GET", f"/v1/programme/areas/{SOUTH}"),
        ("GET", "/v1/programme/centres/nilkhet/measures"),
        ("POST", f"/v1/programme/areas/{SOUTH}/openings"),
        ("POST", f"/v1/programme/areas/{SOUTH}/pause"),
    ):
        for who in ("rahim uddokta", "nasrin focal_point minland", "x citizen"):
            answer = await api.call(method, path, who=who)
            assert answer.status == 403, (method, path, who)
