import re
from typing import Any

import asyncpg
import pytest

from libs.contracts.identity import MandateEnded, ServiceCentreChanged, UddoktaChanged
from libs.grievances import GRIEVANCE
from libs.ids import new_id
from services.identity.centres import routes as centres
from services.identity.flags import routes as flags
from services.identity.mandates import programme_routes
from services.identity.mandates import routes as mandates
from services.identity.offices import routes as offices
from services.identity.uddoktas import routes as uddoktas
from tests.services.identity.mandates.running import CITIZEN, Counter, one_by_one, public_service
from tests.services.identity.running import Identity, announced
from tests.services.identity.staff.scenes import Account

ROUTES = [
    declaration
    for module in (centres, flags, mandates, offices, programme_routes, uddoktas)
    for declaration in module.routes.declarations
    if declaration.roles
]


CHANGES = [
    route
    for route in ROUTES
    if route.method != "GET"
    and "/mandates" not in route.path
    and not route.path.endswith("/papers/tokens")  # a right of a mandate, too
]


async def token_of(identity: Identity, username: str, role: Any) -> str:
    """The token of a new person of staff."""
    reply = await (await Account.made(identity, username, role=role)).log_in()
    return str(reply.body["access_token"])


async def sanction(counter: Counter, kind: str, first: str, second: str) -> Any:
    """Have two people take a measure against the counter's uddokta."""
    path = f"/v1/uddoktas/{counter.uddokta_id}/sanctions"
    body = {"kind": kind, "reason": "complaints are being looked into"}
    proposed = await counter.identity.call("POST", path, body, token=first)
    assert proposed.status == 201, proposed.raw
    approval = f"{path}/{proposed.body['sanction_id']}/approval"
    return await counter.identity.call("POST", approval, token=second)


async def test_a_suspension_needs_two_people_and_ends_everything(identity: Identity) -> None:
    """Sessions and open mandates end, citizens are told, and no login opens the counter again."""
    counter = await Counter.opened(identity)
    active, waiting = await counter.active(), await counter.requested("+8801722222222")
    used = await counter.active("+8801733333333")
    await counter.used(used)
    salma = await token_of(identity, "salma", "programme")
    rafiq = await token_of(identity, "rafiq", "programme")
    alone = await sanction(counter, "suspension", salma, salma)
    assert (alone.status, alone.problem) == (403, "second_person_needed")
    assert (await counter.read(active))["state"] == "active"
    assert (await sanction(counter, "suspension", salma, rafiq)).status == 200
    refused = await counter.get_token(active)
    assert (refused.status, refused.problem) == (401, "session_ended")
    events = await announced(identity.database)
    ends = {str(event.mandate_id) for event in events if isinstance(event, MandateEnded)}
    assert ends == {active, waiting}
    told = [each for each in await counter.sms() if each.notice == "mandate_ended_by_us"]
    assert {each.phone for each in told} == {CITIZEN, "+8801722222222"}
    assert [event.state for event in events if isinstance(event, UddoktaChanged)] == [
        "active",
        "suspended",
    ]


async def test_who_is_paused_logs_in_and_helps_nobody_until_reinstated(identity: Identity) -> None:
    """By two people again."""
    counter = await Counter.opened(identity)
    salma = await token_of(identity, "salma", "programme")
    rafiq = await token_of(identity, "rafiq", "programme")
    assert (await sanction(counter, "pause", salma, rafiq)).status == 200
    identity.time.forward(seconds=30)
    await counter.log_in()
    assert (await counter.request()).problem == "uddokta_stopped"
    assert (await sanction(counter, "reinstatement", rafiq, salma)).status == 200
    assert (await counter.request()).status == 201
    path = f"/v1/uddoktas/{counter.uddokta_id}/sanctions"
    rows = await one_by_one(identity, path, salma)
    assert [row["kind"] for row in rows] == ["reinstatement", "pause"]


async def test_a_centre_that_is_paused_ends_its_mandates(identity: Identity) -> None:
    """Nobody can go on there, and the state is announced."""
    counter = await Counter.opened(identity)
    other = await Counter.opened(identity, "selim", centre="uttara")
    here, there = await counter.active(), await other.active("+8801722222222")
    salma = await token_of(identity, "salma", "programme")
    body = {
        "name": {"bn": "গুলশান", "en": "Gulshan"},
        "address": {"bn": "গুলশান, ঢাকা", "en": "Gulshan, Dhaka"},
        "area": "30262500",
        "opens_at": "09:00",
        "closes_at": "17:00",
        "open_days": [7, 1, 2, 3, 4],
        "state": "paused",
    }
    reply = await identity.call("PUT", "/v1/centres/gulshan", body, token=salma)
    assert (reply.status, reply.body["state"]) == (200, "paused")
    assert (await counter.get_token(here)).problem == "service_centre_not_running"
    assert (await other.get_token(there)).status == 200
    events = await announced(identity.database)
    states = [event.state for event in events if isinstance(event, ServiceCentreChanged)]
    assert sorted(states) == ["paused", "planned", "running", "running"]
    listed = await identity.call("GET", "/v1/centres")
    assert {each["service_centre_id"]: each["state"] for each in listed.body["items"]} == {
        "gulshan": "paused",
        "uttara": "running",
        "nilkhet": "planned",
    }


async def test_centres_are_found_in_pages(identity: Identity) -> None:
    """By part of id, name or address in both languages, and by state; figures are paged alike."""
    await Counter.opened(identity)
    salma = await token_of(identity, "salma", "programme")

    async def found(query: str, path: str = "/v1/centres") -> list[str]:
        listed = await identity.call("GET", f"{path}?{query}", token=salma)
        return [centre["service_centre_id"] for centre in listed.body["items"]]

    first = (await identity.call("GET", "/v1/centres?limit=2")).body
    assert [centre["service_centre_id"] for centre in first["items"]] == ["gulshan", "nilkhet"]
    assert await found(f"after={first['next']}&limit=2") == ["uttara"]
    assert await found("q=UTT") == ["uttara"]
    assert await found("state=planned") == ["nilkhet"]
    figures = "/v1/centres-figures"
    assert await found("q=utt", figures) == ["uttara"]
    assert await found("limit=2", figures) == ["gulshan", "nilkhet"]
    assert await found(f"after={first['next']}", figures) == ["uttara"]
    one = await identity.call("GET", "/v1/centres/gulshan", token=salma)
    assert one.body == {**first["items"][0], "source": None, "state_set": "running"}
    unknown = await identity.call("GET", "/v1/centres/nowhere", token=salma)
    assert unknown.problem == "service_centre_unknown"


async def test_a_centre_charges_nothing_for_a_grievance(identity: Identity) -> None:
    """On its price list and in the consent, without a fee to ask for; the programme may set one."""
    services = [public_service(), public_service(GRIEVANCE, fee_bdt=0)]
    counter = await Counter.opened(identity, services=services)
    board = await identity.call("GET", "/v1/centres/gulshan/rates")
    charges = {
        each["public_service_id"]: (each["fee_bdt"], each["charge_bdt"])
        for each in board.body["items"]
    }
    assert charges == {GRIEVANCE: (0, 0), "S001": (50, 30)}
    mandate_id = await counter.requested(public_service_id=GRIEVANCE)
    assert (await counter.read(mandate_id))["total_bdt"] == 0
    salma = await token_of(identity, "salma", "programme")
    path = f"/v1/centres/gulshan/rates/{GRIEVANCE}"
    assert (await identity.call("PUT", path, {"charge_bdt": 20}, token=salma)).status == 204
    mandate_id = await counter.requested(public_service_id=GRIEVANCE)
    assert (await counter.read(mandate_id))["total_bdt"] == 20


async def test_no_centre_charges_more_than_the_cap(identity: Identity) -> None:
    """Refused by rule, and by the database whatever the rule says; the rate board shows it."""
    counter = await Counter.opened(identity)
    salma = await token_of(identity, "salma", "programme")
    path = "/v1/centres/gulshan/rates/S001"
    too_much = await identity.call("PUT", path, {"charge_bdt": 51}, token=salma)
    assert (too_much.status, too_much.problem) == (422, "charge_above_cap")
    assert (await identity.call("PUT", path, {"charge_bdt": 40}, token=salma)).status == 204
    board = await identity.call("GET", "/v1/centres/gulshan/rates")
    assert [(each["fee_bdt"], each["charge_bdt"]) for each in board.body["items"]] == [(50, 40)]
    mandate_id = await counter.requested()
    assert (await counter.read(mandate_id))["total_bdt"] == 90
    for sql in (
        "UPDATE mandates SET charge_bdt = 51",
        "UPDATE service_charges SET charge_bdt = 51",
        "UPDATE mandates SET state = 'active'",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            async with identity.database.transaction() as tx:
                await tx.execute(sql)


async def test_a_device_is_enrolled_once_and_removed(identity: Identity) -> None:
    """Its code is used up; a removed device asks for no consent."""
    counter = await Counter.opened(identity)
    salma = await token_of(identity, "salma", "programme")
    path = "/v1/centres/gulshan/devices"
    added = await identity.call("POST", path, {"name": "counter 2"}, token=salma)
    wanted = {"enrolment_code": added.body["enrolment_code"]}
    again = await counter.send("/v1/devices/enrolments", wanted)
    assert (again.status, again.problem) == (409, "device_enrolled_before")
    listed = await identity.call("GET", path, token=salma)
    [mine] = [each for each in listed.body["items"] if each["enrolled_at"]]
    gone = await identity.call("DELETE", f"{path}/{mine['device_id']}", token=salma)
    assert gone.status == 204
    assert (await counter.request()).problem == "device_unknown"
    identity.time.forward(hours=25)
    await counter.log_in()
    late = await counter.send("/v1/devices/enrolments", wanted)
    assert late.problem == "enrolment_code_wrong"


async def test_flags_are_raised_and_closed_by_a_person(identity: Identity) -> None:
    """A code that comes back at once, one phone for many, outside opening hours: none refuses."""
    counter = await Counter.opened(identity)
    for number in range(1, 8):
        wanted = {"consent": "guardian_phone", "number": f"123456789{number}"}
        mandate_id = await counter.requested(**wanted)
        assert (await counter.confirm(mandate_id)).status == 200
    salma = await token_of(identity, "salma", "programme")
    listed = (await identity.call("GET", "/v1/flags", token=salma)).body["items"]
    kinds = {each["kind"] for each in listed}
    assert {"code_returned_fast", "one_phone_many_citizens"} <= kinds
    path = f"/v1/flags/{listed[0]['flag_id']}/closing"
    body = {"outcome": "a family, all of them came along"}
    assert (await identity.call("POST", path, body, token=salma)).status == 200
    assert (await identity.call("POST", path, body, token=salma)).status == 404
    left = (await identity.call("GET", "/v1/flags", token=salma)).body["items"]
    assert len(left) == len(listed) - 1
    figures = (await identity.call("GET", "/v1/centres-figures", token=salma)).body["items"]
    [gulshan] = [figure for figure in figures if figure["service_centre_id"] == "gulshan"]
    assert (gulshan["requested"], gulshan["uddoktas"]) == (7, 1)


def test_only_the_programme_changes_centres_offices_and_people() -> None:
    """No other role has a route with which anything of them changes."""
    assert {change.path for change in CHANGES} >= {
        "/v1/uddoktas",
        "/v1/officers",
        "/v1/offices/{office_id}",
    }
    assert {change.path: change.roles for change in CHANGES if change.roles != {"programme"}} == {}


@pytest.mark.parametrize("declared", ROUTES, ids=lambda one: f"{one.method} {one.path}")
async def test_a_route_of_staff_is_closed_to_all_others(identity: Identity, declared: Any) -> None:
    """Citizens and other roles get 403 from every route, and nobody without a token anything."""
    path = re.sub(r"\{[a-z_]+\}", str(new_id()), declared.path)
    others = {"officer", "operator", "dead_letter_viewer", "uddokta", "programme"}
    tokens = [
        (await identity.log_in())["access_token"],
        *[
            await token_of(identity, role.replace("_", "-"), role)
            for role in sorted(others - declared.roles)[:2]
        ],
    ]
    for token in tokens:
        reply = await identity.call(declared.method, path, {}, token=token)
        assert (reply.status, reply.problem) == (403, "role_missing")
    assert (await identity.call(declared.method, path, {})).problem == "token_missing"
