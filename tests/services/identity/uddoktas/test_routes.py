from typing import Any

import pytest

from libs.contracts.identity import UddoktaChanged
from libs.ids import new_id
from services.identity.centres.capability import FIRST_CENTRES
from services.identity.centres.use_cases import add_first_centres
from services.identity.mandates.use_cases import disable_account
from tests.services.identity.offices.scenes import audited, first_login
from tests.services.identity.running import Identity, announced
from tests.services.identity.staff.scenes import Account

WANTED = {
    "username": "rahim",
    "first_name": {"bn": "রহিম", "en": "Rahim"},
    "service_centre_id": "gulshan",
    "licence_number": "L-2026-114",
    "licence_from": "2026-01-01",
    "licence_until": "2028-06-30",
    "certificate_number": "C-88231",
    "certificate_until": "2028-12-31",
    "phone": "০১৮১১-১১১১১১",
}


@pytest.fixture
async def salma(identity: Identity) -> str:
    """The token of a person of the programme; the first centres are there."""
    async with identity.database.transaction() as tx:
        await add_first_centres(tx, FIRST_CENTRES.read_bytes())
    reply = await (await Account.made(identity, "salma", role="programme")).log_in()
    return str(reply.body["access_token"])


async def create(identity: Identity, token: str, **changed: Any) -> Any:
    """Ask for an account for an uddokta."""
    return await identity.call("POST", "/v1/uddoktas", {**WANTED, **changed}, token=token)


async def test_an_uddokta_is_created_renewed_and_moved(identity: Identity, salma: str) -> None:
    """The password is shown once; a move ends the sessions; each is announced and in the audit."""
    added = await create(identity, salma)
    assert (added.status, added.headers["cache-control"]) == (201, "no-store")
    token = await first_login(identity, added.body)
    mine = (await identity.call("GET", "/v1/uddokta", token=token)).body
    assert (mine["service_centre_id"], mine["licence_until"]) == ("gulshan", "2028-06-30")
    path = f"/v1/uddoktas/{added.body['uddokta_id']}"
    dates = {"licence_until": "2030-06-30", "certificate_until": "2030-12-31"}
    renewed = await identity.call("PUT", f"{path}/licence", dates, token=salma)
    assert (renewed.status, renewed.body["licence_until"]) == (200, "2030-06-30")
    moved = await identity.call(
        "PUT", f"{path}/centre", {"service_centre_id": "uttara"}, token=salma
    )
    assert moved.body["service_centre_id"] == "uttara"
    assert (await identity.call("GET", "/v1/uddokta", token=token)).problem == "session_ended"
    events = [
        uddokta_changed
        for uddokta_changed in await announced(identity.database)
        if type(uddokta_changed) is UddoktaChanged
    ]
    places = [(event.service_centre_id, str(event.licensed_until)) for event in events]
    renewed_at = ("gulshan", "2030-06-30")
    assert places == [("gulshan", "2028-06-30"), renewed_at, ("uttara", "2030-06-30")]
    assert await audited(identity) == [
        "create uddokta", "add uddokta", "change password", "renew licence until 2030-06-30",
        "move to uttara",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"service_centre_id": "nowhere"}, "service_centre_unknown"),
        ({"licence_until": "2025-12-31"}, "licence_dates_wrong"),
        ({"certificate_until": "2025-12-31"}, "licence_dates_wrong"),
        ({"first_name": {"bn": " ", "en": "Rahim"}}, "text_missing"),
        ({"username": "Ra"}, "staff_username_malformed"),
        ({"username": "salma"}, "staff_username_taken"),
    ],
)
async def test_an_account_that_is_not_right_leaves_nothing(
    identity: Identity, salma: str, changed: dict[str, Any], problem: str
) -> None:
    """Neither an account nor an uddokta without one, and the right request works afterwards."""
    assert (await create(identity, salma, **changed)).problem == problem
    assert (await identity.call("GET", "/v1/uddoktas", token=salma)).body["items"] == []
    assert (await create(identity, salma)).status == 201


async def test_uddoktas_are_found_in_pages(identity: Identity, salma: str) -> None:
    """By part of a name or number, by centre; none is twice, with the names of their centres."""
    for number, (username, centre) in enumerate(
        [("anika", "gulshan"), ("bashir", "uttara"), ("rahim", "gulshan"), ("rumana", "gulshan")]
    ):
        wanted = {"licence_number": f"L-{number}%", "phone": f"0181111111{number}"}
        made = await create(identity, salma, username=username, service_centre_id=centre, **wanted)
        assert made.status == 201

    async def found(query: str) -> list[str]:
        listed = await identity.call("GET", f"/v1/uddoktas?{query}", token=salma)
        return [uddokta["username"] for uddokta in listed.body["items"]]

    first = (await identity.call("GET", "/v1/uddoktas?limit=3", token=salma)).body
    assert [uddokta["username"] for uddokta in first["items"]] == ["anika", "bashir", "rahim"]
    assert first["centres"]["uttara"]["en"]
    assert await found(f"after={first['next']}&limit=3") == ["rumana"]
    assert await found("centre=gulshan&q=L-") == ["anika", "rahim", "rumana"]
    assert await found("centre=gulshan&q=RUM") == ["rumana"]
    assert await found("q=L-1%25") == ["bashir"]
    assert await found("q=%25") == ["anika", "bashir", "rahim", "rumana"]
    assert await found("q=_") == []
    one = first["items"][0]
    path = f"/v1/uddoktas/{one['uddokta_id']}"
    assert (await identity.call("GET", path, token=salma)).body == one
    unknown = await identity.call("GET", f"/v1/uddoktas/{new_id()}", token=salma)
    assert (unknown.status, unknown.problem) == (404, "not_found")


async def test_a_disabled_uddokta_is_announced_as_suspended(identity: Identity, salma: str) -> None:
    """Readers of the topic learn it, not only whoever checks tokens; a repeat is harmless."""
    added = await create(identity, salma)
    await first_login(identity, added.body)
    for _ in range(2):
        async with identity.database.transaction() as tx:
            await disable_account(tx, "rahim", by="rafiq", at=identity.time())
    events = [each for each in await announced(identity.database) if type(each) is UddoktaChanged]
    assert [event.state for event in events] == ["active", "suspended", "suspended"]
    path = f"/v1/uddoktas/{added.body['uddokta_id']}"
    assert (await identity.call("GET", path, token=salma)).body["state"] == "suspended"
    async with identity.database.transaction() as tx:
        await disable_account(tx, "salma", by="rafiq", at=identity.time())
    assert (await identity.call("GET", path, token=salma)).problem == "session_ended"
