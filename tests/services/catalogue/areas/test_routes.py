from typing import Any

import pytest

from tests.services.catalogue.running import Client, reference_client


@pytest.fixture
def client() -> Client:
    return reference_client()


async def total(client: Client, path: str, **params: str) -> int:
    reply: dict[str, Any] = (await client.get(f"/v1/areas/{path}", params=params)).json()
    return int(reply["total"])


async def test_areas_can_be_listed_inside_other_areas(client: Client) -> None:
    """The areas of all geo divisions together are all areas; filters combine."""
    totals = {
        "districts": 64,
        "upazilas": 495,
        "city-corporations": 12,
        "unions": 4526,
        "postcodes": 1343,
    }
    divisions = (await client.get("/v1/areas/geo-divisions")).json()["items"]
    assert len(divisions) == 8
    for path, expected in totals.items():
        assert await total(client, path) == expected
        inside = [
            await total(client, path, geo_division=division["code"]) for division in divisions
        ]
        assert sum(inside) == expected
    assert await total(client, "unions", upazila="100409", district="1004") > 0
    assert await total(client, "unions", upazila="100409", district="3026") == 0
    assert await total(client, "districts", geo_division="১০") == await total(
        client, "districts", geo_division="10"
    )


async def test_post_offices_are_found_by_their_upazila(client: Client) -> None:
    """Its name is that of their thana, however it is spelled; no office is in two."""
    upazilas = (await client.get("/v1/areas/upazilas", params={"limit": "500"})).json()["items"]
    savar = next(upazila["code"] for upazila in upazilas if upazila["name"]["en"] == "Savar")
    found = (await client.get("/v1/areas/postcodes", params={"upazila": savar})).json()["items"]
    assert {office["thana_en"] for office in found} == {"Savar"}
    assert "1340" in {office["post_code"] for office in found}
    inside = [await total(client, "postcodes", upazila=upazila["code"]) for upazila in upazilas]
    assert sum(inside) > 1343 * 3 / 4


async def test_all_pages_together_are_the_list(client: Client) -> None:
    """Every union is on exactly one page."""
    seen: list[str] = []
    while len(seen) < 4526:
        page = (
            await client.get("/v1/areas/unions", params={"limit": "500", "offset": str(len(seen))})
        ).json()
        assert page["items"]
        seen += [union["code"] for union in page["items"]]
    assert len(set(seen)) == 4526
    first = (await client.get("/v1/areas/unions", params={"limit": "500"})).json()
    after = {"limit": "500", "after": str(first["next"])}
    second = (await client.get("/v1/areas/unions", params=after)).json()
    both = [union["code"] for page in (first, second) for union in page["items"]]
    assert both == seen[:1000]
    beyond = (await client.get("/v1/areas/unions", params={"offset": "5000"})).json()
    assert beyond["next"] is None
    assert beyond["items"] == []


async def test_a_post_office_is_found_by_its_code(client: Client) -> None:
    """A code may be in Bangla digits; the office is in its own district only."""
    reply = (await client.get("/v1/areas/postcodes", params={"post_code": "১০০০"})).json()
    assert [office["office_en"] for office in reply["items"]] == ["Dhaka GPO"]
    assert await total(client, "postcodes", post_code="1000", district="3026") == 1
    assert await total(client, "postcodes", post_code="1000", district="1004") == 0
    assert await total(client, "postcodes", post_code="9999") == 0


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("districts", {"geo_division": "99"}, (404, "area_not_found", ["/geo_division"])),
        ("unions", {"upazila": "3026"}, (404, "area_not_found", ["/upazila"])),
        ("unions", {"district": ""}, (404, "area_not_found", ["/district"])),
        ("unions", {"limit": "501"}, (422, "bad_query", ["/limit"])),
        ("unions", {"limit": "1_0"}, (422, "bad_query", ["/limit"])),
        ("unions", {"offset": "-1"}, (422, "bad_query", ["/offset"])),
        ("villages", {}, (404, "not_found", [])),
    ],
)
async def test_an_unknown_area_is_refused(
    client: Client,
    path: str,
    params: dict[str, str],
    expected: tuple[int, str, list[str]],
) -> None:
    """The problem points to the wrong parameter."""
    reply = await client.get(f"/v1/areas/{path}", params=params)
    assert (reply.status, reply.code, reply.pointers) == expected
