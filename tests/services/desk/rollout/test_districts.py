"""Pages of the programme before its own routes: staff of a district see theirs only."""

import json
from collections.abc import Mapping
from typing import Final

import pytest
from aiohttp import web

from libs.contracts.offices import OfficeNames
from libs.database.pool import Database
from services.desk.rollout import routes as rollout
from services.desk.training import routes as training
from tests.conftest import DatabaseFor
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import answer
from tests.services.desk.counter.running import play as play_counter
from tests.services.desk.programme.scenes import CENTRE
from tests.services.desk.running import desk, log_in, refused
from tests.services.programme.rollout.scenes import DHAKA, ROLE, Place, made
from tests.services.programme.running import Api

PAGES: Final = [
    declared
    for declared in (*rollout.routes.declarations, *training.routes.declarations)
    if declared.method == "GET" and declared.path.startswith("/programme/")
]
NOT_THEIRS: Final = {"/programme/training/tests/{test_id}"}
CENTRES: Final = "/v1/centres/"


@pytest.fixture
async def database(database_for: DatabaseFor) -> Database:
    return await database_for("programme")


def playing(api: Api, roles: list[str], place: str) -> Play:
    """A gateway that hands on to the programme, for a person with these roles."""
    who = f"amina {roles[0]} {place}".strip()

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return answer(json.dumps({**tokens, "device_token": "device", "roles": roles}))
        if request.path == "/v1/staff":
            return answer(json.dumps({"items": [], "next": None}))
        if request.path == "/v1/office-names":
            return answer(OfficeNames(names={}).model_dump_json())
        if request.path.startswith(CENTRES):
            return answer(CENTRE.model_dump_json())
        if not request.path.startswith(("/v1/programme/", "/v1/training/")):
            return await play_counter(request)
        found = await api.call(request.method, request.path_qs, who=who)
        if found.status >= 400:
            return refused(found.json()["type"].removeprefix("/problems/"))
        return web.Response(
            body=found.body, status=found.status, content_type=found.headers["content-type"]
        )

    return answering


def page_of(path: str, place: Place) -> str:
    values: Mapping[str, str] = {
        **place.values,
        "centre": place.values["service_centre_id"],
        "office": place.values["office_id"],
    }
    return "/en" + path.format(**values, test_id="01900000-0000-7000-8000-000000000000")


async def test_a_page_shows_the_own_district_only(database: Database, unused_tcp_port: int) -> None:
    """The first page is the areas; what one can only read has no form of those who may do it."""
    api = Api(database)
    dhaka = await made(api, DHAKA, "30262000", "nilkhet")
    other = await made(api, "2015", "20151600", "agrabad")
    async with desk(playing(api, [ROLE], DHAKA), unused_tcp_port) as scene:
        page = await log_in(scene, "amina")
        assert page.path.endswith("/programme/areas")
        for declared in PAGES:
            own = await scene.browser.open(page_of(declared.path, dhaka))
            assert (own.status == 200) is (declared.path not in NOT_THEIRS), declared.path
            words = {word for word in other.words - {"2015"} if word in own.html}
            assert words == set(), declared.path
            if "{" in declared.path:
                refused = await scene.browser.open(page_of(declared.path, other))
                assert refused.status in {403, 404, 422}, declared.path
        area = await scene.browser.open("/en/programme/areas/30262000")
        assert [form.action for form in area.forms if "openings" in form.action] == []
        session = await scene.browser.open(
            f"/en/programme/training/sessions/{dhaka.values['session_id']}"
        )
        assert "Hall of nilkhet" in session.text


async def test_who_sees_the_country_sees_all_of_it(
    database: Database, unused_tcp_port: int
) -> None:
    """With the forms."""
    api = Api(database)
    dhaka = await made(api, DHAKA, "30262000", "nilkhet")
    other = await made(api, "2015", "20151600", "agrabad")
    async with desk(playing(api, ["programme"], ""), unused_tcp_port) as scene:
        await log_in(scene, "salma")
        listed = await scene.browser.open("/en/programme/training")
        for place in (dhaka, other):
            assert place.values["session_id"] in listed.html
        assert listed.form("seats")
        area = await scene.browser.open("/en/programme/areas/20151600")
        assert [form.action for form in area.forms if "openings" in form.action]
