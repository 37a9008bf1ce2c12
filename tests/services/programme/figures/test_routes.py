"""Figures for those who lead, and for everybody."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from libs.database.pool import Database
from services.programme.bodies.use_cases import record_connections, record_services
from services.programme.figures.use_cases import count
from tests.services.programme.bodies.scenes import LAND, announced, connected
from tests.services.programme.figures.scenes import AT, SERVICE, TODAY, decided, rated, submitted
from tests.services.programme.running import Api

LEADER = "adviser leadership"
DAY = timedelta(days=1)


@pytest.fixture
def api(database: Database) -> Api:
    return Api(database)


async def happened(database: Database, events: Sequence[Any]) -> None:
    """Let things happen to applications."""
    async with database.transaction() as tx:
        await count(tx, events)


async def live_service(database: Database) -> None:
    """Let a service be online and connected."""
    async with database.transaction() as tx:
        await record_services(tx, [announced(SERVICE, published=True), announced("S002")])
        await record_connections(tx, [connected()])


async def test_the_page_of_leaders_adds_up_to_what_happened(api: Api, database: Database) -> None:
    """Today, in 7 and in 30 days; of nothing that is older."""
    await live_service(database)
    await happened(
        database,
        [
            submitted(),
            submitted(occurred_at=AT - 6 * DAY),
            submitted(occurred_at=AT - 29 * DAY),
            submitted(occurred_at=AT - 30 * DAY),
            decided(submitted_at=AT - 2 * DAY, due_on=TODAY),
            decided(submitted_at=AT - 9 * DAY, due_on=TODAY - DAY, outcome="refused"),
            rated(5),
            rated(2),
        ],
    )
    found = (await api.call("GET", "/v1/programme/figures", who=LEADER)).json()
    day, week, month = found["periods"]
    assert [period["submitted"] for period in (day, week, month)] == [1, 2, 3]
    assert (month["approved"], month["refused"]) == (1, 1)
    assert (month["in_time"], month["late"], month["median_days"]) == (1, 1, 2)
    assert (month["rated"], month["rated_well"]) == (2, 1)
    assert (found["bodies"]["owing"], found["bodies"]["live"]) == (53, 1)
    assert (found["bodies"]["services"], found["bodies"]["not_asked"]) == (2, 53)
    assert found["counted_since"] == str(TODAY - 30 * DAY)


async def test_the_longest_overdue_bodies_are_named(api: Api) -> None:
    """With the step, and since when."""
    letter = {
        "kind": "letter_sent",
        "day": "2026-06-01",
        "evidence": "letter 03.00 of 1 June",
        "asks": ["list"],
        "due_on": "2026-06-10",
    }
    await api.call("POST", f"/v1/programme/bodies/{LAND}/facts", letter)
    found = (await api.call("GET", "/v1/programme/figures", who=LEADER)).json()
    (body,) = found["most_overdue"]
    assert (body["body"], body["overdue"]["step"]) == (LAND, "list")
    assert (found["bodies"]["overdue"], found["counted_since"]) == (1, None)


async def test_everybody_sees_how_far_each_body_is(api: Api, database: Database) -> None:
    """Those that owe two services; the most live ones first."""
    await live_service(database)
    await happened(database, [decided()])
    found = (await api.call("GET", "/v1/progress", who="")).json()
    assert len(found["items"]) == found["bodies"]["owing"] == 53
    first = found["items"][0]
    assert (first["body"], first["online"], first["connected"], first["live"]) == (LAND, 1, 2, 1)
    assert (await api.call("GET", "/v1/progress/nobody", who="")).status == 404


@pytest.mark.parametrize(
    ("who", "status"),
    [(LEADER, 200), ("salma programme", 200), ("rahim officer minland", 403), ("", 401)],
)
async def test_who_sees_the_page_of_leaders(api: Api, who: str, status: int) -> None:
    """Leaders, who only read, and the programme."""
    assert (await api.call("GET", "/v1/programme/figures", who=who)).status == status
    recorded = await api.call("POST", f"/v1/programme/bodies/{LAND}/facts", {}, who=LEADER)
    assert recorded.status == 403
