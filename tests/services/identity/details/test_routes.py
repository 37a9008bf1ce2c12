"""What citizens save to be offered in forms, and what nobody gets without their consent."""

from typing import Any

import pytest

from tests.services.identity.running import Identity

UPAZILA, ITS_UNION, OTHER_UPAZILA = "100409", "U2393", "302614"
ADDRESS = {"area": UPAZILA, "union": ITS_UNION, "ward": 5, "village": "উত্তর পাড়া"}
GIVEN: dict[str, Any] = {
    "name_bn": "রহিমা  খাতুন",
    "name_en": "Rahima Khatun",
    "birth_date": "1990-12-16",
    "sex": "female",
    "present_address": {**ADDRESS, "area": "১০০৪০৯", "post_code": "৮৭১০"},
    "consent": True,
}
KEPT = {
    "name_bn": "রহিমা খাতুন",
    "name_en": "Rahima Khatun",
    "birth_date": "1990-12-16",
    "sex": "female",
}


async def save(identity: Identity, token: str, **details: Any) -> Any:
    """Save details."""
    return await identity.call("PUT", "/v1/me/details", details, token=token)


async def shown(identity: Identity, token: str) -> dict[str, Any]:
    """What the citizen is shown, without what is null."""
    reply = await identity.call("GET", "/v1/me/details", token=token)
    assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
    return {name: value for name, value in reply.body.items() if value is not None}


async def test_details_are_saved_with_consent_and_deleted(identity: Identity) -> None:
    """In normal form; a later save replaces all; after a deletion nothing is shown."""
    token = (await identity.log_in())["access_token"]
    await identity.call("PATCH", "/v1/me", {"nid": "1234567890"}, token=token)
    assert await shown(identity, token) == {}
    for consent in ({}, {"consent": False}):
        reply = await save(identity, token, name_bn="রহিমা", **consent)
        assert (reply.status, reply.body["errors"][0]["pointer"]) == (422, "/consent")
    assert await shown(identity, token) == {}
    assert (await save(identity, token, **GIVEN)).status == 200
    kept = await shown(identity, token)
    assert kept.items() >= {**KEPT, "nid": "1234567890"}.items()
    assert kept["present_address"].items() >= {**ADDRESS, "post_code": "8710"}.items()
    await save(identity, token, name_en="Rahima", consent=True)
    assert set(await shown(identity, token)) == {"name_en", "nid", "saved_at"}
    for _ in range(2):
        reply = await identity.call("DELETE", "/v1/me/details", token=token)
        assert reply.status == 204
    assert await shown(identity, token) == {}


@pytest.mark.parametrize(
    ("name", "value", "pointer"),
    [
        ("name_bn", "Rahima", "/name_bn"),
        ("name_en", "রহিমা", "/name_en"),
        ("birth_date", "2999-01-01", "/birth_date"),
        ("birth_date", "1990-02-30", "/birth_date"),
        ("sex", "x", "/sex"),
        ("nid", "1234567890", "/nid"),
        ("present_address", {"area": "999999"}, "/present_address/area"),
        ("present_address", {"village": "x"}, "/present_address/area"),
        ("permanent_address", {**ADDRESS, "area": OTHER_UPAZILA}, "/permanent_address/union"),
        ("permanent_address", {**ADDRESS, "union": "U99999"}, "/permanent_address/union"),
        ("permanent_address", {**ADDRESS, "ward": 100}, "/permanent_address/ward"),
        ("permanent_address", {**ADDRESS, "village": "x\ny"}, "/permanent_address/village"),
    ],
)
async def test_a_wrong_detail_is_told_at_its_field(
    identity: Identity, name: str, value: Any, pointer: str
) -> None:
    """And nothing is saved."""
    token = (await identity.log_in())["access_token"]
    reply = await save(identity, token, **{name: value}, consent=True)
    assert (reply.status, reply.body["errors"][0]["pointer"]) == (422, pointer)
    assert await shown(identity, token) == {}


async def test_details_are_their_citizens_only_and_encrypted(identity: Identity) -> None:
    """Another citizen has none; the table has no readable word of them."""
    token = (await identity.log_in())["access_token"]
    await save(identity, token, **GIVEN)
    other = (await identity.log_in("+8801812345678"))["access_token"]
    assert await shown(identity, other) == {}
    assert (await identity.call("GET", "/v1/me/details")).status == 401
    async with identity.database.transaction() as tx:
        stored = await tx.fetchval("SELECT details FROM saved_details")
    assert not [word for word in ("রহিমা", "Rahima", "1990", "8710") if word in stored]
