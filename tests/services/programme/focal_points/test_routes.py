"""Focal points: named by the programme, and at work for their own body."""

from datetime import timedelta

import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.programme import NameFocalPoint
from libs.database.pool import Database
from libs.ids import NAMESPACE, derived_id
from services.programme.bodies.overview import Overview
from services.programme.focal_points.queries import read_named, read_people
from services.programme.focal_points.use_cases import forget
from tests.services.programme.bodies.scenes import LAND
from tests.services.programme.focal_points.scenes import POINTS, RAHIMA
from tests.services.programme.running import Api

OWN = f"rahima focal_point {LAND}"


@pytest.fixture
def api(database: Database) -> Api:
    return Api(database)


async def in_office(api: Api) -> dict[str, str]:
    """Who has which duty today."""
    found = (await api.call("GET", POINTS)).json()["items"]
    return {point["duty"]: point["person"]["name"] for point in found}


async def test_the_last_one_named_has_the_duty_until_it_ends(api: Api) -> None:
    """The same again adds nothing; each duty has a person of its own."""
    for _ in range(2):
        assert (await api.call("POST", POINTS, RAHIMA)).status == 201
    await api.call("POST", POINTS, {**RAHIMA, "duty": "deputy", "name": "Karim"})
    assert await in_office(api) == {"focal_point": "Rahima Khatun", "deputy": "Karim"}
    await api.call("POST", POINTS, {**RAHIMA, "name": "Salma", "day": "2026-06-25"})
    assert await in_office(api) == {"focal_point": "Salma", "deputy": "Karim"}
    ended = {"duty": "deputy", "day": "2026-06-30", "evidence": "mail of today"}
    assert (await api.call("POST", f"{POINTS}/end", ended)).status == 200
    assert await in_office(api) == {"focal_point": "Salma"}


async def test_a_duty_ends_with_its_last_day(api: Api) -> None:
    """Also of whoever was named before."""
    assert (await api.call("POST", POINTS, {**RAHIMA, "until": "2026-06-30"})).status == 201
    assert await in_office(api) == {"focal_point": "Rahima Khatun"}
    api.now += timedelta(seconds=1)
    await api.call("POST", POINTS, {**RAHIMA, "until": "2026-06-29", "name": "Salma"})
    assert await in_office(api) == {}
    wrong = await api.call("POST", POINTS, {**RAHIMA, "until": "2026-06-19"})
    assert (wrong.status, wrong.json()["type"]) == (422, "/problems/until_before_day")


async def test_that_somebody_was_named_is_a_fact_without_the_person(
    api: Api, database: Database
) -> None:
    """It does the step; name, mail and phone are in no table in plain."""
    await api.call("POST", POINTS, RAHIMA)
    body = (await api.call("GET", f"/v1/programme/bodies/{LAND}")).json()
    (fact,) = body["facts"]
    assert (fact["kind"], fact["duty"], fact["post"]) == (
        "focal_point_named",
        "focal_point",
        "Joint Secretary",
    )
    done = {step["step"]: step["done_on"] for step in body["steps"]}
    assert done["focal_point"] == "2026-06-20"
    async with database.transaction() as tx:
        for table in ("facts", "named_people", "audit_log"):
            rows = await tx.fetch(f"SELECT * FROM {table}")  # noqa: S608 -- names of this test
            stored = repr([dict(row) for row in rows])
            for personal in ("Rahima", "js@example", "1712345678"):
                assert personal not in stored


async def names_left(api: Api, days: int) -> set[str]:
    """Who is stored some days from now, as an operator would read it."""
    async with api.database.transaction() as tx:
        today = dhaka_date(api.now) + timedelta(days=days)
        await forget(tx, Overview(), today)
        people = await read_people(tx, await read_named(tx))
    return {person.name for person in people.values()}


async def test_a_person_is_forgotten_thirty_days_after_the_duty(api: Api) -> None:
    """After the last day, or whoever followed, or nobody did; the fact stays."""
    await api.call("POST", POINTS, RAHIMA)
    await api.call("POST", POINTS, {**RAHIMA, "duty": "deputy", "name": "Karim"})
    assert await names_left(api, 4000) == {"Rahima Khatun", "Karim"}
    salma = {**RAHIMA, "name": "Salma", "day": "2026-06-25", "until": "2026-07-05"}
    await api.call("POST", POINTS, salma)
    ended = {"duty": "deputy", "day": "2026-06-30", "evidence": "mail of today"}
    await api.call("POST", f"{POINTS}/end", ended)
    assert await names_left(api, 25) == {"Rahima Khatun", "Karim", "Salma"}
    assert await names_left(api, 26) == {"Karim", "Salma"}
    assert await names_left(api, 31) == {"Salma"}
    assert await names_left(api, 36) == set()
    body = (await api.call("GET", f"/v1/programme/bodies/{LAND}")).json()
    assert len(body["facts"]) == 4


async def test_a_person_whose_naming_was_not_so_is_forgotten_at_once(api: Api) -> None:
    """It names nobody any more; the same words have another id on another platform."""
    await api.call("POST", POINTS, RAHIMA)
    (fact,) = (await api.call("GET", f"/v1/programme/bodies/{LAND}")).json()["facts"]
    said = NameFocalPoint(**RAHIMA).model_dump_json()
    assert fact["fact_id"] != str(derived_id(NAMESPACE, f"fact/{LAND}/{said}"))
    wanted = {"kind": "not_so", "day": "2026-06-20", "evidence": "a mistake"}
    wanted["corrects"] = fact["fact_id"]
    path = f"/v1/programme/bodies/{LAND}/facts"
    assert (await api.call("POST", path, wanted)).status == 201
    assert await names_left(api, 0) == set()


async def test_a_focal_point_reads_and_records_the_own_body_only(api: Api) -> None:
    """The list and the instructions; no letter, no correction, and no person."""
    own = "/v1/programme/own"
    wanted = {
        "kind": "list_received",
        "day": "2026-06-25",
        "evidence": "letter",
        "others": ["Well"],
    }
    recorded = await api.call("POST", f"{own}/facts", wanted, who=OWN)
    assert recorded.status == 201
    body = (await api.call("GET", own, who=OWN)).json()
    assert (body["summary"]["body"], body["summary"]["listed"]) == (LAND, 1)
    letter = {**wanted, "kind": "letter_sent"}
    corrected = {**wanted, "corrects": recorded.json()["fact_id"]}
    for refused in (letter, corrected):
        answer = await api.call("POST", f"{own}/facts", refused, who=OWN)
        assert (answer.status, answer.json()["type"]) == (403, "/problems/fact_of_programme")
    for path in (POINTS, f"/v1/programme/bodies/{LAND}"):
        assert (await api.call("GET", path, who=OWN)).status == 403
    assert (await api.call("GET", own)).status == 403


@pytest.mark.parametrize("mail", ["", "analyst", "a@b\nBcc: c@d", "a@", "@b", "a b@c.d"])
async def test_what_is_no_address_is_refused(api: Api, mail: str) -> None:
    """When somebody is named, not when that person has to be told."""
    assert (await api.call("POST", POINTS, {**RAHIMA, "mail": mail})).status == 422
