"""Longer for a step: proposed by one person, given by another, twice at most."""

from datetime import date, timedelta
from typing import Any

import pytest

from libs.bangladesh.calendar import reference_calendar
from libs.database.pool import Database
from services.programme.bodies.facts import Extension
from services.programme.bodies.rules import states_of
from tests.services.programme.bodies.scenes import LAND, letter
from tests.services.programme.running import Api

BODY = f"/v1/programme/bodies/{LAND}"
LETTER = {
    "kind": "letter_sent",
    "day": "2026-06-22",
    "evidence": "letter 03.00 of 22 June",
    "asks": ["list"],
    "due_on": "2026-06-29",
}
WANTED = {"step": "list", "due_on": "2026-07-05", "reason": "letter 05.00 of 28 June"}
KARIM = "karim programme"


@pytest.fixture
async def api(database: Database) -> Api:
    """The Ministry of Land was asked for its list, which is a day late."""
    api = Api(database)
    assert (await api.call("POST", f"{BODY}/facts", LETTER)).status == 201
    return api


async def propose(api: Api, **more: Any) -> Any:
    return await api.call("POST", f"{BODY}/extensions", {**WANTED, **more})


async def step(api: Api) -> dict[str, Any]:
    steps = (await api.call("GET", BODY)).json()["steps"]
    (found,) = (step for step in steps if step["step"] == "list")
    return dict(found)


async def approve(api: Api, proposed: Any, who: str = KARIM) -> Any:
    path = f"/v1/programme/extensions/{proposed.json()['act_id']}/approval"
    return await api.call("POST", path, who=who)


async def test_two_people_give_longer(api: Api) -> None:
    """Nothing moves before the second one; a repeat is the same proposal, and counts once."""
    assert (await step(api))["is_overdue"]
    proposed = await propose(api)
    assert (proposed.status, (await propose(api)).json()) == (201, proposed.json())
    own = await approve(api, proposed, "salma programme")
    assert (own.status, own.json()["type"]) == (403, "/problems/second_person_needed")
    assert (await step(api))["due_on"] == "2026-06-29"
    assert (await approve(api, proposed)).json()["state"] == "approved"
    moved = await step(api)
    assert (moved["due_on"], moved["extensions"], moved["is_overdue"]) == ("2026-07-05", 1, False)
    again = await approve(api, proposed)
    assert (again.status, again.json()["type"]) == (409, "/problems/approved_before")
    listed = (await api.call("GET", f"{BODY}/extensions")).json()["items"]
    assert [proposal["state"] for proposal in listed] == ["approved"]


async def test_twice_at_most(api: Api) -> None:
    """Also of three that wait at once."""
    days = ("2026-07-05", "2026-07-06", "2026-07-07")
    proposed = [await propose(api, due_on=day) for day in days]
    done = [await approve(api, proposal) for proposal in proposed]
    assert [answer.status for answer in done] == [200, 200, 409]
    assert done[2].json()["type"] == "/problems/extended_twice"
    assert (await step(api))["due_on"] == "2026-07-06"
    assert (await propose(api, due_on="2026-08-01")).json()["type"] == "/problems/extended_twice"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"step": "vendor"}, "extension_of_nothing"),
        ({"due_on": "2026-06-29"}, "extension_not_later"),
        ({"due_on": "2026-06-30"}, "extension_not_later"),
    ],
)
async def test_what_cannot_be_extended(api: Api, more: dict[str, Any], problem: str) -> None:
    """A step that nobody asked for, and a day that gives no time."""
    assert (await propose(api, **more)).json()["type"] == f"/problems/{problem}"


async def test_what_was_rejected_moves_nothing(api: Api) -> None:
    """The other one says why."""
    proposed = (await propose(api)).json()
    path = f"/v1/programme/extensions/{proposed['act_id']}/rejection"
    assert (await api.call("POST", path, {"reason": None}, who=KARIM)).status == 422
    said = await api.call("POST", path, {"reason": "late twice before"}, who=KARIM)
    assert (said.json()["state"], said.json()["rejected_because"]) == (
        "rejected",
        "late twice before",
    )
    assert (await step(api))["due_on"] == "2026-06-29"


async def test_a_step_that_is_done_meanwhile_needs_no_extension(api: Api) -> None:
    """The proposal cannot be approved any more."""
    proposed = await propose(api)
    done = {"kind": "list_received", "day": "2026-06-30", "evidence": "letter", "others": ["Well"]}
    await api.call("POST", f"{BODY}/facts", done)
    answer = await approve(api, proposed)
    assert (answer.status, answer.json()["type"]) == (409, "/problems/extension_of_nothing")


def test_an_extension_holds_from_its_day() -> None:
    """What was late before it was; a step of another body stays."""
    asked = letter(date(2026, 6, 1), date(2026, 6, 10))
    given = [Extension(LAND, "list", date(2026, 6, 21), date(2026, 6, 15))]
    for day, is_late in ((14, True), (15, False), (21, False), (22, True)):
        states = states_of([asked], {}, date(2026, 6, day), reference_calendar(), given)
        assert states[LAND].steps["list"].is_overdue(date(2026, 6, day)) is is_late
    other = [Extension("mopa", "list", date(2026, 6, 21), date(2026, 6, 15))]
    states = states_of([asked], {}, date(2026, 6, 20), reference_calendar(), other)
    assert states[LAND].steps["list"].due_on == date(2026, 6, 1) + timedelta(days=9)
