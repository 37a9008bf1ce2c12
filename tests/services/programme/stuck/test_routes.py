"""What is stuck: what, where, since when, and with whom."""

from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.identity import OfficerChanged
from libs.database.pool import Database
from libs.ids import new_id
from services.programme.bodies.use_cases import record_connections, record_services
from services.programme.figures.use_cases import count
from services.programme.people.use_cases import save
from tests.services.programme.bodies.scenes import LAND, announced, connected
from tests.services.programme.figures.scenes import SERVICE, decided
from tests.services.programme.running import NOW, Api

FACTS = f"/v1/programme/bodies/{LAND}/facts"
FACT = {"day": "2026-06-01", "evidence": "letter 03.00 of 1 June"}
LETTER = {**FACT, "kind": "letter_sent", "asks": ["list"], "due_on": "2026-06-10"}
VENDOR = {**FACT, "kind": "vendor_named", "vendor": "Deshi Soft"}
PERSON = {
    **FACT,
    "duty": "focal_point",
    "post": "Joint Secretary (Administration)",
    "name": "Rahima Khatun",
    "mail": "js.admin@example.gov.bd",
    "phone": "+8801712345678",
}


@pytest.fixture
def api(database: Database) -> Api:
    return Api(database)


async def found(api: Api) -> list[dict[str, Any]]:
    answer = await api.call("GET", "/v1/programme/stuck", who="adviser leadership")
    assert "Rahima" not in answer.body.decode()
    return list(answer.json()["items"])


async def test_a_service_is_stuck_at_each_step_until_it_is_live(
    api: Api, database: Database
) -> None:
    """Not online, not connected, not decided; and since when it is so."""

    async def kinds() -> list[tuple[str, str | None]]:
        api.provides = Api(database).provides
        return [(row["kind"], row["since"]) for row in await found(api)]

    assert await kinds() == []
    at = NOW - timedelta(days=5)
    async with database.transaction() as tx:
        await record_services(tx, [announced(SERVICE, occurred_at=at)])
    assert await kinds() == [("not_online", "2026-06-25")]
    async with database.transaction() as tx:
        later = at + timedelta(days=1)
        await record_services(tx, [announced(SERVICE, published=True, occurred_at=later)])
        await record_services(tx, [announced(SERVICE, published=True, occurred_at=NOW)])
    assert await kinds() == [("not_connected", "2026-06-26")]
    async with database.transaction() as tx:
        await record_connections(tx, [connected()])
    assert await kinds() == [("not_decided", None)]
    async with database.transaction() as tx:
        await count(tx, [decided()])
    assert await kinds() == []


async def test_it_is_said_with_whom_it_is(api: Api) -> None:
    """The post and the vendor, or that nobody answers; no person."""
    await api.call("POST", FACTS, LETTER)
    (row,) = await found(api)
    assert (row["kind"], row["step"], row["since"]) == ("step_overdue", "list", "2026-06-10")
    assert (row["body"], row["post"], row["vendor"], row["told"]) == (LAND, None, None, None)
    await api.call("POST", FACTS, VENDOR)
    people = f"/v1/programme/bodies/{LAND}/focal-points"
    assert (await api.call("POST", people, PERSON)).status == 201
    (row,) = await found(api)
    assert (row["post"], row["vendor"]) == ("Joint Secretary (Administration)", "Deshi Soft")


@pytest.mark.parametrize(
    ("who", "status"), [("salma programme", 200), ("rahim officer minland", 403), ("", 401)]
)
async def test_who_sees_what_is_stuck(api: Api, who: str, status: int) -> None:
    """Leaders and the programme."""
    assert (await api.call("GET", "/v1/programme/stuck", who=who)).status == status


async def test_a_body_at_which_nobody_answers_grievances_is_named(
    api: Api, database: Database
) -> None:
    """Until an active officer has the duty at its office for them; one that was replaced is not."""

    async def named() -> set[str]:
        answer = await api.call("GET", "/v1/programme/stuck", who="salma programme")
        bodies: dict[str, Any] = answer.json()["without_grievance_officer"]
        return set(bodies)

    first = await named()
    assert "lgd" in first
    at_office = OfficerChanged(
        officer_id=new_id(),
        ministry="lgd",
        office_id="grievance-lgd",
        area=None,
        duties=("secretary",),
        active=True,
        occurred_at=NOW,
    )
    for changes, is_named in (
        ({}, True),
        ({"duties": ("secretary", "grievance_officer")}, False),
        ({"office_id": "union-U2393", "duties": ("grievance_officer",)}, True),
        ({"duties": ("grievance_officer",), "active": False}, True),
    ):
        async with database.transaction() as tx:
            await save(tx, [at_office.model_copy(update=changes)])
        assert ("lgd" in await named()) is is_named, changes
    assert first - await named() == set()
