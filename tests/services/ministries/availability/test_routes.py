"""A focal point announces outages and sets the hours of the own system only."""

from datetime import datetime
from math import inf
from typing import Any, Final

import orjson
import pytest
from starlette.requests import Request
from typing_extensions import override

from libs.bangladesh.calendar import DHAKA
from libs.clock import Clock
from libs.contracts.offices import Post
from libs.database.pool import Database
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import Caller, Staff, TokenChecker, bearer_token
from libs.web.calling.client import HttpClient
from services.ministries.availability.routes import routes
from services.ministries.status import use_cases as status
from tests.libs.web.running import Answer, app_with, ask
from tests.services.ministries.scenes import HEALTH, LAND

NOW: Final = datetime(2026, 11, 26, 12, tzinfo=DHAKA)
OWN: Final = "/v1/own-system"
NIGHT: Final = {
    "starts_at": "2026-11-27T18:00:00Z",
    "ends_at": "2026-11-28T02:00:00Z",
    "reason": {"bn": "সার্ভার বদলানো হবে", "en": "The server is replaced"},
}
HOURS: Final = {"days": [1, 7], "opens_at": "09:00:00", "closes_at": "17:00:00"}


class Tokens(TokenChecker):
    """Accepts `role ministry` as a token; who has it has just logged in."""

    @override
    async def check(self, request: Request) -> Caller:
        role, _, ministry = (bearer_token(request) or "").partition(" ")
        post = Post(ministry) if ministry else None
        roles = frozenset({role})
        return Staff(new_id(), roles, new_id(), expires_at_s=inf, authenticated_at_s=inf, post=post)


async def call(
    database: Database, method: str, path: str, body: Any = None, who: str = f"focal_point {LAND}"
) -> Answer:
    client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
    provided = [Tokens("http://127.0.0.1:9", client=client), database, Clock(lambda: NOW)]
    app = app_with(*routes.bind("ministries", provided))
    headers = {"authorization": f"Bearer {who}", "content-type": "application/json"}
    chunks = [] if body is None else [orjson.dumps(body)]
    return await ask(app, method, OWN + path, headers=headers, chunks=chunks)


async def test_an_outage_is_announced_and_cancelled(database: Database) -> None:
    """Only by its own ministry; another one does not even see it."""
    announced = (await call(database, "POST", "/outages", NIGHT)).json()
    (outage,) = announced["outages"]
    assert (outage["reason"], announced["hours"]) == (NIGHT["reason"], None)
    health = f"focal_point {HEALTH}"
    assert (await call(database, "GET", "", who=health)).json()["outages"] == []
    path = f"/outages/{outage['outage_id']}"
    refused = await call(database, "DELETE", path, who=health)
    assert (refused.status, refused.json()["type"]) == (404, "/problems/outage_unknown")
    assert (await call(database, "GET", "")).json()["outages"] == [outage]
    assert (await call(database, "DELETE", path)).json()["outages"] == []
    assert (await call(database, "DELETE", path)).status == 404


async def test_citizens_are_told_of_it(database: Database) -> None:
    """What is announced of the system's status has the outage and the hours."""
    await call(database, "POST", "/outages", NIGHT)
    await call(database, "PUT", "/hours", HOURS)
    async with database.transaction() as tx:
        await status.measure(tx, at=NOW, asked_every_s=60.0)
        found = (await status.read_statuses(tx, at=NOW)).items
    (land,) = (each for each in found if each.ministry == LAND)
    assert [outage.reason.en for outage in land.outages if outage.reason] == [
        "The server is replaced"
    ]
    assert land.hours is not None
    assert land.hours.days == (1, 7)


async def test_hours_are_set_and_taken_away(database: Database) -> None:
    """Those of another ministry stay."""
    health = f"focal_point {HEALTH}"
    await call(database, "PUT", "/hours", HOURS, who=health)
    assert (await call(database, "PUT", "/hours", HOURS)).json()["hours"] == HOURS
    assert (await call(database, "DELETE", "/hours")).json()["hours"] is None
    assert (await call(database, "GET", "", who=health)).json()["hours"] == HOURS


@pytest.mark.parametrize(
    ("path", "method", "body", "problem"),
    [
        ("/outages", "POST", {**NIGHT, "ends_at": NIGHT["starts_at"]}, "outage_times_wrong"),
        ("/outages", "POST", {**NIGHT, "reason": {"bn": "", "en": "x"}}, "text_missing"),
        ("/hours", "PUT", {**HOURS, "closes_at": "09:00"}, "service_hours_wrong"),
        ("/hours", "PUT", {**HOURS, "days": []}, "service_hours_wrong"),
    ],
)
async def test_what_cannot_be_is_refused(
    database: Database, path: str, method: str, body: Any, problem: str
) -> None:
    """An outage without length, a reason in one language, hours that never begin."""
    refused = await call(database, method, path, body)
    assert (refused.status, refused.json()["type"]) == (422, f"/problems/{problem}")


@pytest.mark.parametrize("who", ["focal_point", f"officer {LAND}", "operator", "vendor"])
async def test_only_a_focal_point_of_a_ministry_may(database: Database, who: str) -> None:
    """Neither others, nor one whose account has no ministry."""
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/outages", NIGHT),
        ("PUT", "/hours", HOURS),
        ("DELETE", "/hours", None),
    ):
        assert (await call(database, method, path, body, who)).status == 403
