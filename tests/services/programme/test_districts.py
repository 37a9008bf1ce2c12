"""Staff of a district reach the own district in each route, and nothing of another one."""

from typing import Any, Final

import pytest

from libs.database.pool import Database
from libs.web.handling.routes import Declaration, Routes
from tests.services.programme.rollout.scenes import CHATTOGRAM, DHAKA, ROLE, Place, made
from tests.services.programme.running import ROUTES, Api, account_of

OPENED: Final = [
    declared for declared in Routes.joined(*ROUTES).declarations if ROLE in declared.roles
]
OF_NO_DISTRICT: Final = {"/v1/training/courses"}
NOWHERE: Final = Place(
    {
        "area": "99999999",
        "service_centre_id": "nowhere",
        "office_id": "nowhere",
        "session_id": str(account_of("nobody")),
    }
)


@pytest.fixture
async def api(database: Database) -> Api:
    return Api(database)


@pytest.fixture
async def dhaka(api: Api) -> Place:
    return await made(api, DHAKA, "30262000", "nilkhet")


@pytest.fixture
async def chattogram(api: Api) -> Place:
    return await made(api, CHATTOGRAM, "20151600", "agrabad")


async def called(api: Api, declared: Declaration, place: Place, who: str) -> Any:
    body = None if declared.method == "GET" else declared.example or {}
    return await api.call(declared.method, declared.path.format(**place.values), body, who=who)


def named(answer: Any, place: Place) -> set[str]:
    """Words about a place that an answer has."""
    text = answer.body.decode()
    return {word for word in place.words if word in text}


@pytest.mark.parametrize("declared", OPENED, ids=lambda each: f"{each.method} {each.path}")
async def test_a_route_answers_about_the_own_district_only(
    declared: Declaration, api: Api, dhaka: Place, chattogram: Place
) -> None:
    """What is of another district is as if it were not there, in lists and by its address."""
    for own, other, code in ((dhaka, chattogram, DHAKA), (chattogram, dhaka, CHATTOGRAM)):
        answer = await called(api, declared, own, f"amina {ROLE} {code}")
        assert answer.status in {200, 201}, answer.body
        assert named(answer, other) == set()
        if declared.path in OF_NO_DISTRICT:
            continue
        is_list = "{" not in declared.path
        if is_list:
            assert named(answer, own)
        else:
            refused = await called(api, declared, other, f"amina {ROLE} {code}")
            unknown = await called(api, declared, NOWHERE, f"amina {ROLE} {code}")
            assert (refused.status, refused.json()["type"]) == (
                unknown.status,
                unknown.json()["type"],
            )
            assert (unknown.status in {404, 422}, named(refused, other)) == (True, set())


async def test_areas_of_another_district_are_found_neither_by_words_nor_within(
    api: Api, dhaka: Place, chattogram: Place
) -> None:
    """Nor is one of the own district left out."""
    assert dhaka
    assert chattogram
    who = f"amina {ROLE} {DHAKA}"
    for query, found in (
        ("q=City+Corporation", ["30262000", "30262500"]),
        ("within=2015", []),
        ("within=20151600", []),
        ("q=20151600", []),
    ):
        answer = await api.call("GET", f"/v1/programme/areas?{query}", who=who)
        assert [area["area"] for area in answer.json()["items"]] == found
    listed = (await api.call("GET", "/v1/programme/areas?within=3026&limit=100", who=who)).json()
    assert {"30262000", "30262500"} <= {area["area"] for area in listed["items"]}


async def test_a_token_without_its_district_opens_nothing(
    api: Api, dhaka: Place, chattogram: Place
) -> None:
    """One that a release signed which does not know districts."""
    assert chattogram
    for declared in OPENED:
        if declared.path not in OF_NO_DISTRICT:
            answer = await called(api, declared, dhaka, f"amina {ROLE}")
            assert (answer.status, named(answer, dhaka)) == (403, set()), declared.path
