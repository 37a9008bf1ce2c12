"""Operators' routes to moves of open applications."""

from libs.database.pool import Database
from libs.ids import new_id
from services.applications.moves import use_cases
from tests.services.applications.moves.scenes import rule
from tests.services.applications.running import running_api
from tests.services.applications.scenes import NOW, public_service

MOVES = "/v1/operations/moves"


async def test_an_operator_plans_starts_and_cancels_a_move(database: Database) -> None:
    """The service counts it meanwhile; who planned and started it is kept."""
    async with running_api(database) as api:
        await api.submit()
        new_rules = public_service("S001", routing=(rule("office-a", 1),), event_id=new_id())
        api.cache.put([new_rules])
        body = {"public_service_id": "S001", "reason": "zones"}
        planned = await api.post(MOVES, body, who="operator")
        assert (planned.status, planned.json()["state"]) == (200, "counting")
        path = f"{MOVES}/{planned.json()['move_id']}"
        for _ in range(2):
            async with database.transaction() as tx:
                await use_cases.go_on(tx, api.cache, at=NOW)
        (move,) = (await api.get(MOVES, who="operator")).json()["items"]
        assert move["planned"] == [
            {
                "from_ministry": "lgd",
                "from_office": None,
                "to_ministry": "lgd",
                "to_office": "office-a",
                "applications": 1,
            }
        ]
        wrong = await api.post(f"{path}/start", {"expected": 5}, who="operator")
        assert (wrong.status, wrong.json()["type"].rpartition(":")[2]) != (200, "")
        started = await api.post(f"{path}/start", {"expected": 1}, who="operator")
        assert started.json()["state"] == "moving"
        assert started.json()["started_by"].startswith("staff:")
        cancelled = await api.post(f"{path}/cancellation", who="operator")
        assert cancelled.json()["state"] == "cancelled"


async def test_moves_are_read_a_page_at_a_time(database: Database) -> None:
    """The newest first, each once."""
    async with running_api(database) as api:
        api.cache.put([public_service("S005", event_id=new_id())])
        for service in ("S001", "S005"):
            body = {"public_service_id": service, "reason": "zones"}
            assert (await api.post(MOVES, body, who="operator")).status == 200
        first = (await api.get(f"{MOVES}?limit=1", who="operator")).json()
        last = (await api.get(f"{MOVES}?limit=1&after={first['next']}", who="operator")).json()
    assert last["next"] is None
    listed = [one["public_service_id"] for one in first["items"] + last["items"]]
    assert sorted(listed) == ["S001", "S005"]


async def test_nobody_else_sees_or_moves_anything(database: Database) -> None:
    """A citizen has no role for it."""
    async with running_api(database) as api:
        body = {"public_service_id": "S001", "reason": "zones"}
        assert (await api.get(MOVES)).status == 403
        assert (await api.post(MOVES, body)).status == 403
