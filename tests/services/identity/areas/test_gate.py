"""Centres run in open areas only, and stop with their area."""

from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.identity import MandateEnded, ServiceCentreChanged
from libs.contracts.programme import AreaStage, AreaStageChanged
from libs.ids import new_id
from services.identity.mandates.use_cases import follow_areas
from tests.services.identity.mandates.running import Counter
from tests.services.identity.running import Identity, announced
from tests.services.identity.staff.scenes import Account

NORTH, SOUTH = "30262500", "30262000"
BODY: dict[str, Any] = {
    "name": {"bn": "নীলক্ষেত", "en": "Nilkhet"},
    "address": {"bn": "নীলক্ষেত, ঢাকা", "en": "Nilkhet, Dhaka"},
    "area": SOUTH,
    "opens_at": "09:00",
    "closes_at": "17:00",
    "open_days": [7, 1, 2, 3, 4],
    "state": "running",
    "ward": 18,
}


async def salma_of(identity: Identity) -> str:
    """The token of Salma of the programme."""
    reply = await (await Account.made(identity, "salma", role="programme")).log_in()
    return str(reply.body["access_token"])


async def change(identity: Identity, area: str, stage: AreaStage, *, later_s: int = 0) -> None:
    """The programme announces an area."""
    at = identity.time() + timedelta(seconds=later_s)
    async with identity.database.transaction() as tx:
        event = AreaStageChanged(area=area, stage=stage, occurred_at=at)
        await follow_areas(tx, [event], identity.time())


async def put(identity: Identity, token: str, centre: str = "nilkhet", **more: Any) -> Any:
    return await identity.call("PUT", f"/v1/centres/{centre}", {**BODY, **more}, token=token)


async def states(identity: Identity) -> dict[str, str]:
    listed = await identity.call("GET", "/v1/centres")
    return {centre["service_centre_id"]: centre["state"] for centre in listed.body["items"]}


async def test_a_centre_runs_only_in_an_open_ward(identity: Identity) -> None:
    """The ward is said first, and it and all around it are open; the city alone is not enough."""
    await Counter.opened(identity)
    salma = await salma_of(identity)
    assert (await put(identity, salma, ward=None)).problem == "ward_missing"
    assert (await put(identity, salma)).problem == "area_not_open"
    await change(identity, SOUTH, "open")
    assert (await put(identity, salma)).problem == "area_not_open"
    await change(identity, f"{SOUTH}-18", "open")
    reply = await put(identity, salma)
    assert (reply.status, reply.body["state"], reply.body["ward"]) == (200, "running", 18)
    moved = await put(identity, salma, ward=19)
    assert moved.problem == "area_not_open"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"ward": 200}, "ward_unknown"),
        ({"union_id": "U2393"}, "union_unknown"),
        ({"area": "100409", "union_id": None, "ward": 1}, "ward_unknown"),
    ],
)
async def test_a_ward_is_one_of_its_union(identity: Identity, more: Any, problem: str) -> None:
    """Or of its city corporation."""
    salma = await salma_of(identity)
    assert (await put(identity, salma, state="planned", **more)).problem == problem
    known: dict[str, Any] = {"area": "100409", "union_id": "U2393", "ward": 9, "state": "planned"}
    assert (await put(identity, salma, **known)).status == 200


async def test_a_paused_area_stops_its_centres(identity: Identity) -> None:
    """No consent is asked for or used there, open ones end, and it is announced.

    What a person paused does not run again with its area.
    """
    counter = await Counter.opened(identity)
    salma = await salma_of(identity)
    active = await counter.active()
    uttara: dict[str, Any] = {**BODY, "area": NORTH, "state": "paused", "ward": None}
    assert (await put(identity, salma, "uttara", **uttara)).status == 200
    await change(identity, NORTH, "paused")
    assert (await counter.request("+8801722222222")).problem == "service_centre_not_running"
    assert (await counter.get_token(active)).problem == "service_centre_not_running"
    assert (await states(identity))["gulshan"] == "paused"
    details = await identity.call("GET", "/v1/centres/gulshan", token=salma)
    assert (details.body["state"], details.body["state_set"]) == ("paused", "running")
    found = await identity.call("GET", "/v1/centres?state=running")
    assert found.body["items"] == []
    events = await announced(identity.database)
    assert [str(event.mandate_id) for event in events if isinstance(event, MandateEnded)] == [
        active
    ]
    await change(identity, NORTH, "open", later_s=1)
    assert await states(identity) == {
        "gulshan": "running", "uttara": "paused", "nilkhet": "planned"
    }  # fmt: skip
    assert (await counter.request("+8801722222222")).status == 201
    of_gulshan = [
        event.state
        for event in await announced(identity.database)
        if isinstance(event, ServiceCentreChanged) and event.service_centre_id == "gulshan"
    ]
    assert of_gulshan == ["running", "paused", "running"]


async def test_a_pause_around_an_area_stops_what_is_within_it(identity: Identity) -> None:
    """An older event does not open it again; its centre keeps what people change meanwhile."""
    await Counter.opened(identity)
    salma = await salma_of(identity)
    await change(identity, SOUTH, "open")
    await change(identity, f"{SOUTH}-18", "open")
    assert (await put(identity, salma)).status == 200
    await change(identity, "3026", "paused", later_s=1)
    await change(identity, "3026", "open")
    assert await states(identity) == {
        "gulshan": "paused", "uttara": "paused", "nilkhet": "paused"
    }  # fmt: skip
    reply = await put(identity, salma, opens_at="10:00")
    assert (reply.status, reply.body["state"]) == (200, "paused")
    await change(identity, "3026", "open", later_s=2)
    assert set((await states(identity)).values()) == {"running"}


@pytest.mark.parametrize("asked_first", [True, False])
async def test_what_was_sent_before_a_pause_is_corrected_after_it(
    identity: Identity, asked_first: bool
) -> None:
    """With a consent that was asked for before, and with one of afterwards."""
    counter = await Counter.opened(identity)
    sent = await counter.active()
    await counter.used(sent)
    wanted = {"correction_id": str(new_id()), "changes": ["name"]}

    async def asked() -> Any:
        return await counter.send(f"/v1/mandates/{sent}/corrections", wanted)

    before = (await asked()).body["mandate_id"] if asked_first else None
    await change(identity, NORTH, "paused")
    assert (await counter.request("+8801722222222")).problem == "service_centre_not_running"
    reply = await asked()
    assert reply.status == 201, reply.raw
    consent = reply.body["mandate_id"]
    assert before in {None, consent}
    assert (await counter.confirm(consent)).body["state"] == "active"
    assert (await counter.get_token(consent)).status == 200
