from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import KeySet
from pyotp import TOTP

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.offices import Post
from libs.web.callers.tokens import Staff, verify
from tests.services.identity.mandates.running import one_by_one
from tests.services.identity.offices.scenes import CHOSEN, audited, first_login
from tests.services.identity.running import Identity, Reply
from tests.services.identity.staff.scenes import Account, secret_in

ZONE = {
    "name": {"bn": "ঢাকা উত্তর সিটি কর্পোরেশন, অঞ্চল-৬", "en": "Dhaka North, zone 6"},
    "kind": "city_corporation_zone",
    "ministry": "lgd",
    "area": "30262500",
}


@pytest.fixture
async def salma(identity: Identity) -> str:
    """The token of a person of the programme."""
    reply = await (await Account.made(identity, "salma", role="programme")).log_in()
    return str(reply.body["access_token"])


async def put(identity: Identity, token: str, office_id: str = "zone-6", **changed: Any) -> Reply:
    """Create or change an office."""
    return await identity.call("PUT", f"/v1/offices/{office_id}", {**ZONE, **changed}, token=token)


async def created(identity: Identity, token: str, username: str = "karim") -> Any:
    """An officer of the zone's office."""
    assert (await put(identity, token)).status == 200
    wanted = {"username": username, "office_id": "zone-6"}
    reply = await identity.call("POST", "/v1/officers", wanted, token=token)
    assert (reply.status, reply.headers["cache-control"]) == (201, "no-store")
    return reply.body


async def caller(identity: Identity, token: str) -> Staff:
    """The person in a token, as every service reads it."""
    keys = KeySet.import_key_set((await identity.call("GET", "/.well-known/jwks.json")).body)
    found = verify(token, keys)
    assert isinstance(found, Staff)
    return found


async def test_an_officers_token_says_ministry_office_and_area(
    identity: Identity, salma: str
) -> None:
    """From the first login on, after a refresh and a confirmation too; nobody else's says it."""
    added = await created(identity, salma)
    token = await first_login(identity, added)
    zone = Post("lgd", "zone-6", "30262500")
    assert (await caller(identity, token)).post == zone
    identity.time.forward(seconds=30)
    body = {"username": "karim", "password": CHOSEN}
    body["code"] = TOTP(secret_in(added["authenticator_address"])).at(identity.time())
    opened = (await identity.call("POST", "/v1/staff/login", body)).body
    refreshed = await identity.refresh(opened["refresh_token"])
    assert (await caller(identity, refreshed.body["access_token"])).post == zone
    assert (await caller(identity, salma)).post is None
    assert await audited(identity) == [
        "put office: running", "create officer", "place at zone-6", "change password",
    ]  # fmt: skip


async def test_an_officer_who_goes_elsewhere_logs_in_again(identity: Identity, salma: str) -> None:
    """The token of before is out at once, since it names the office of before."""
    added = await created(identity, salma)
    token = await first_login(identity, added)
    union = {"kind": "union", "area": "U2393", "name": {"bn": "ইউনিয়ন", "en": "Union"}}
    assert (await put(identity, salma, "union-U2393", **union)).status == 200
    path = f"/v1/officers/{added['officer_id']}/office"
    placed = await identity.call("PUT", path, {"office_id": "union-U2393"}, token=salma)
    assert (placed.body["office_id"], placed.body["area"]) == ("union-U2393", "U2393")
    assert (await identity.call("GET", "/v1/sessions", token=token)).problem == "session_ended"
    listed = (await identity.call("GET", "/v1/officers", token=salma)).body["items"]
    assert [(each["username"], each["office_id"]) for each in listed] == [("karim", "union-U2393")]


async def test_an_office_closes_after_its_last_officer(identity: Identity, salma: str) -> None:
    """An account whose role has ended works there no more."""
    added = await created(identity, salma)
    today = dhaka_date(identity.time())
    path = f"/v1/staff/{added['officer_id']}/roles/officer"
    until = {"until": (today - timedelta(days=1)).isoformat()}
    assert (await put(identity, salma, state="closed")).problem == "office_has_officers"
    assert (await identity.call("PUT", path, until, token=salma)).status == 200
    assert (await put(identity, salma, state="closed")).status == 200


async def test_an_officer_comes_back_without_the_office_of_before(
    identity: Identity, salma: str
) -> None:
    """It may be of another ministry by then; a role that lasts longer keeps its office."""
    added = await created(identity, salma)
    path = f"/v1/staff/{added['officer_id']}/roles/officer"
    assert (await identity.call("PUT", path, {"until": "2100-01-01"}, token=salma)).status == 200
    listed = (await identity.call("GET", "/v1/officers", token=salma)).body["items"]
    assert [(officer["office_id"], officer["active"]) for officer in listed] == [("zone-6", True)]
    today = dhaka_date(identity.time())
    ended = {"until": (today - timedelta(days=1)).isoformat()}
    assert (await identity.call("PUT", path, ended, token=salma)).status == 200
    listed = (await identity.call("GET", "/v1/officers", token=salma)).body["items"]
    assert [officer["active"] for officer in listed] == [False]
    assert (await put(identity, salma, ministry="cabinet", area="30262000")).status == 200
    assert (await identity.call("PUT", path, {}, token=salma)).status == 200
    token = await first_login(identity, added)
    assert (await caller(identity, token)).post == Post("lgd")


async def test_an_operator_who_was_an_officer_too_is_not_disabled(
    identity: Identity, salma: str
) -> None:
    """The programme takes what it gave: the operator stays, and is no officer."""
    operator = await Account.made(identity, "jamal", role="operator")
    path = f"/v1/staff/{operator.staff.staff_id}/roles/officer"
    assert (await identity.call("PUT", path, {"ministry": "lgd"}, token=salma)).status == 200
    officer = f"/v1/officers/{operator.staff.staff_id}"
    assert (await identity.call("DELETE", officer, token=salma)).status == 204
    assert (await operator.log_in()).body["roles"] == ["operator"]


async def test_an_office_does_not_leave_its_officers_alone(identity: Identity, salma: str) -> None:
    """It neither closes nor changes its ministry under them; another area ends their sessions."""
    added = await created(identity, salma)
    token = await first_login(identity, added)
    for change in ({"state": "closed"}, {"ministry": "cabinet"}):
        assert (await put(identity, salma, **change)).problem == "office_has_officers"
    assert (await identity.call("GET", "/v1/sessions", token=token)).status == 200
    assert (await put(identity, salma, area="30262000")).status == 200
    assert (await identity.call("GET", "/v1/sessions", token=token)).problem == "session_ended"
    gone = await identity.call("DELETE", f"/v1/officers/{added['officer_id']}", token=salma)
    assert gone.status == 204
    assert (await put(identity, salma, state="closed")).status == 200
    wanted = {"username": "selim", "office_id": "zone-6"}
    refused = await identity.call("POST", "/v1/officers", wanted, token=salma)
    assert (refused.status, refused.problem) == (409, "office_closed")


async def test_nobody_chooses_the_own_place_of_work(identity: Identity, salma: str) -> None:
    """A colleague places a person of the programme who is an officer, too, and sets her area."""
    await put(identity, salma)
    rafiq = await Account.made(identity, "rafiq", role="programme")
    officer = f"/v1/staff/{rafiq.staff.staff_id}/roles/officer"
    assert (await identity.call("PUT", officer, {"ministry": "lgd"}, token=salma)).status == 200
    token = str((await rafiq.log_in()).body["access_token"])
    path, wanted = f"/v1/officers/{rafiq.staff.staff_id}/office", {"office_id": "zone-6"}
    assert (await identity.call("PUT", path, wanted, token=token)).problem == "own_account"
    assert (await identity.call("PUT", path, wanted, token=salma)).status == 200
    identity.time.forward(seconds=30)
    token = str((await rafiq.log_in()).body["access_token"])
    assert (await put(identity, token, area="30262000")).problem == "own_account"
    assert (await put(identity, token, population=1, population_source="census")).status == 200
    assert (await put(identity, salma, area="30262000")).status == 200


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"ministry": "nobody"}, "staff_ministry_unknown"),
        ({"area": "999999"}, "area_unknown"),
        ({"population": 48_000}, "office_malformed"),
        ({"population_source": "census"}, "office_malformed"),
    ],
)
async def test_an_office_that_is_not_right_is_refused(
    identity: Identity, salma: str, changed: dict[str, Any], problem: str
) -> None:
    """Also a population without its source, since nobody could check it."""
    reply = await put(identity, salma, **changed)
    assert (reply.status, reply.problem) == (422, problem)
    assert (await identity.call("GET", "/v1/offices", token=salma)).body["items"] == []


async def test_an_officer_needs_an_office(identity: Identity, salma: str) -> None:
    """One that is there, under its id."""
    wanted = {"username": "karim", "office_id": "zone-6"}
    assert (
        await identity.call("POST", "/v1/officers", wanted, token=salma)
    ).problem == "office_unknown"
    assert (await put(identity, salma, "Zone 6")).problem == "office_malformed"


async def test_offices_and_officers_go_on_after_one_answer(identity: Identity, salma: str) -> None:
    """Each once, by id and by username."""
    await created(identity, salma, "karim")
    await put(identity, salma, "zone-7")
    await created(identity, salma, "anika")
    offices = await one_by_one(identity, "/v1/offices", salma)
    officers = await one_by_one(identity, "/v1/officers", salma)
    assert [office["office_id"] for office in offices] == ["zone-6", "zone-7"]
    assert [officer["username"] for officer in officers] == ["anika", "karim"]


@pytest.mark.parametrize("role", ["operator", "uddokta", "programme"])
async def test_only_officers_are_reached_as_officers(
    identity: Identity, salma: str, role: str
) -> None:
    """The account of another role is neither placed nor disabled."""
    await put(identity, salma)
    other = await Account.made(identity, "jamal", role=role)
    async with identity.database.transaction() as tx:
        staff_id = await tx.fetchval("SELECT staff_id FROM staff WHERE username = 'jamal'")
    path = f"/v1/officers/{staff_id}"
    assert (await identity.call("DELETE", path, token=salma)).problem == "not_found"
    placed = await identity.call("PUT", f"{path}/office", {"office_id": "zone-6"}, token=salma)
    assert placed.problem == "not_found"
    assert (await other.log_in()).status == 200


async def test_offices_and_officers_are_found_by_words(identity: Identity, salma: str) -> None:
    """By part of an id, a name or a username; each is read on its own, too."""
    added = await created(identity, salma)
    union = {"kind": "union", "area": "U2393", "name": {"bn": "ইউনিয়ন", "en": "Union"}}
    assert (await put(identity, salma, "union-U2393", **union)).status == 200

    async def found(path: str) -> list[str]:
        listed = (await identity.call("GET", path, token=salma)).body["items"]
        return [one.get("username") or one["office_id"] for one in listed]

    assert await found("/v1/offices?q=dhaka") == ["zone-6"]
    assert await found("/v1/offices?q=2393") == ["union-U2393"]
    assert await found("/v1/officers?q=north") == ["karim"]
    assert await found("/v1/officers?q=union") == []
    assert await found("/v1/staff?q=ari") == ["karim"]
    office = await identity.call("GET", "/v1/offices/zone-6", token=salma)
    assert (office.status, office.body["area"]) == (200, "30262500")
    officer = await identity.call("GET", f"/v1/officers/{added['officer_id']}", token=salma)
    assert (officer.body["username"], officer.body["office_id"]) == ("karim", "zone-6")
    assert (await identity.call("GET", "/v1/offices/nowhere", token=salma)).status == 404
    account = f"/v1/staff/{added['officer_id']}/account"
    roles = (await identity.call("GET", account, token=salma)).body["roles_here"]
    assert roles == [
        "officer", "editor", "focal_point", "leadership", "district_staff", "vendor"
    ]  # fmt: skip
    [own] = (await identity.call("GET", "/v1/staff?q=salma", token=salma)).body["items"]
    account = f"/v1/staff/{own['staff_id']}/account"
    assert (await identity.call("GET", account, token=salma)).body["roles_here"] == []


async def test_officers_read_names_of_offices(identity: Identity, salma: str) -> None:
    """Of those that are entered; others have none. The programme reads them, too."""
    token = await first_login(identity, await created(identity, salma))
    found = await identity.call("GET", "/v1/office-names?ids=zone-6,union-U1", token=token)
    assert (found.status, found.body) == (200, {"names": {"zone-6": ZONE["name"]}})
    assert (await identity.call("GET", "/v1/office-names?ids=zone-6", token=salma)).status == 200
    assert (await identity.call("GET", "/v1/office-names?ids=zone 6", token=token)).status == 422
