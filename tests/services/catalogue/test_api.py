"""What frontends read: services, categories, bodies and areas, from memory and with entity tags."""

from typing import Any

import pytest

from libs.contracts.catalogue import ServiceList, ServiceView
from libs.database.pool import Database
from services.catalogue.serving import Stock
from services.catalogue.shelf import Shelf
from tests.services.catalogue.running import Caller, caller_of, reference_stock, serving_from
from tests.services.catalogue.scenes import with_service


@pytest.fixture
def client() -> Caller:
    return caller_of(reference_stock)


async def ids(client: Caller, **params: str) -> list[str]:
    answer = await client.get("/v1/services", params=params)
    assert answer.status == 200
    return [item.public_service_id for item in ServiceList.model_validate(answer.json()).items]


async def test_all_services_are_listed(client: Caller) -> None:
    """Without a question the list is whole, in the order of the ids."""
    listed = await ids(client)
    assert len(listed) == 81
    assert listed == sorted(listed)


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("জন্ম নিবন্ধন", "S001"),
        ("birth registration", "S001"),
        ("jonmo nibondhon", "S001"),
        ("জন্ম নিবন্দন", "S001"),
        ("passport", "S020"),
        ("pasport", "S020"),
    ],
)
async def test_a_service_is_found_however_it_is_written(client: Caller, q: str, first: str) -> None:
    """Bangla, English, Bangla in Latin letters, and slips of the hand."""
    assert (await ids(client, q=q))[0] == first


async def test_filters_combine(client: Caller) -> None:
    """Search, category, body and state narrow one another, and total counts what is left."""
    land = await ids(client, category="land")
    ministry = await ids(client, body="minland")
    found = await ids(client, q="খতিয়ান", category="land", body="minland", open="true")
    assert found
    assert set(found) < set(land) & set(ministry)
    assert await ids(client, q="জন্ম", category="land") == []
    assert await ids(client, open="false") == []
    first = (await client.get("/v1/services", params={"category": "land", "limit": "২"})).json()
    assert (len(first["items"]), first["total"]) == (2, len(land))


async def test_an_empty_search_is_no_search(client: Caller) -> None:
    """A search box that is left empty shows everything; one with nonsense shows nothing."""
    assert len(await ids(client, q="  ")) == 81
    assert await ids(client, q="?!") == []


@pytest.mark.parametrize(
    ("params", "code", "pointer"),
    [
        ({"category": "nonsense"}, "category_not_found", "/category"),
        ({"body": "nobody"}, "body_not_found", "/body"),
        ({"open": "maybe"}, "bad_query", "/open"),
        ({"limit": "0"}, "bad_query", "/limit"),
        ({"limit": "101"}, "bad_query", "/limit"),
        ({"limit": "ten"}, "bad_query", "/limit"),
        ({"limit": "9" * 30}, "bad_query", "/limit"),
    ],
)
async def test_a_wrong_question_names_what_is_wrong(
    client: Caller, params: dict[str, str], code: str, pointer: str
) -> None:
    """An unknown category or a limit out of bounds is told, not answered with an empty list."""
    answer = await client.get("/v1/services", params=params)
    assert answer.problem == (422, code, [pointer])


async def test_a_service_says_what_is_official(client: Caller) -> None:
    """Fee, time and documents each say whether they are sourced, and where from."""
    answer = await client.get("/v1/services/S001")
    view = ServiceView.model_validate(answer.json())
    assert view.fee.amount_bdt == 50
    assert view.fee.claim.status == "sourced"
    assert view.fee.claim.source
    invented = ServiceView.model_validate((await client.get("/v1/services/S002")).json())
    assert invented.service_deadline.claim.model_dump() == {
        "status": "illustrative",
        "source": None,
    }
    assert invented.required_documents.claim.status == "illustrative"


async def test_every_service_can_be_shown(client: Caller) -> None:
    """Each of the 81 has a view of the promised shape, and agrees with its row in the list."""
    rows = (await client.get("/v1/services")).json()["items"]
    for row in rows:
        answer = await client.get(f"/v1/services/{row['public_service_id']}")
        view = ServiceView.model_validate(answer.json())
        assert view.fee.claim.status == row["fee_status"]
        assert view.service_deadline.claim.status == row["service_deadline_status"]
        assert view.name.bn == row["name"]["bn"]
        assert view.ministry_name.bn == row["ministry_name"]["bn"]
        assert "$defs" in view.form
        assert view.form_sections


@pytest.mark.parametrize(
    "path", ["S999", "s001", "S001 ", "%E0%A7%A6", "x" * 2000, "S001%00", "%F0%9F%8F%A0"]
)
async def test_an_unknown_service_is_a_problem_in_plain_words(client: Caller, path: str) -> None:
    """Whatever stands in the address, the answer is 404 and says what to do."""
    answer = await client.get(f"/v1/services/{path}", headers={"accept-language": "bn"})
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_problem_of_an_unknown_service_is_its_own(client: Caller) -> None:
    """The code tells a frontend that the service, not the address, is unknown."""
    assert (await client.get("/v1/services/S999")).problem == (404, "public_service_not_found", [])


@pytest.mark.parametrize(
    "path",
    [
        "/v1/services",
        "/v1/services/S020",
        "/v1/categories",
        "/v1/bodies",
        "/v1/areas/districts",
        "/v1/areas/postcodes",
    ],
)
async def test_who_has_the_answer_is_not_sent_it_again(client: Caller, path: str) -> None:
    """An entity tag that still holds is answered with 304 and no body."""
    first = await client.get(path)
    tag = first.headers["etag"]
    assert first.headers["cache-control"].startswith("public, max-age=60")
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await client.get(path, headers={"if-none-match": known})
        assert (again.status, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await client.get(path, headers={"if-none-match": '"other"'})
    assert (other.status, other.content) == (200, first.content)


async def test_a_change_changes_the_entity_tag(client: Caller) -> None:
    """After a new fee the old tag no longer holds, and only where the fee is shown."""
    of_changed = (await client.get("/v1/services/S001")).headers["etag"]
    of_other = (await client.get("/v1/services/S002")).headers["etag"]
    reference = with_service("S001", fee_bdt=75)
    shelf = Shelf(reference.services, reference.bodies)
    later = caller_of(lambda: Stock(2, shelf, reference_stock().atlas))
    changed = await later.get("/v1/services/S001", headers={"if-none-match": of_changed})
    other = await later.get("/v1/services/S002", headers={"if-none-match": of_other})
    assert (changed.status, changed.json()["fee"]["amount_bdt"]) == (200, 75)
    assert other.status == 304


async def test_categories_and_bodies_count_their_services(client: Caller) -> None:
    """Every service is counted once in its category and once with its body."""
    categories = (await client.get("/v1/categories")).json()["items"]
    bodies = (await client.get("/v1/bodies")).json()["items"]
    assert len(categories) == 23
    assert len(bodies) == 67
    assert sum(each["public_services"] for each in categories) == 81
    assert sum(each["public_services"] for each in bodies) == 81
    assert all(each["public_services"] for each in categories)
    for each in categories:
        assert len(await ids(client, category=each["category"])) == each["public_services"]


async def total(client: Caller, path: str, **params: str) -> int:
    answer: dict[str, Any] = (await client.get(f"/v1/areas/{path}", params=params)).json()
    return int(answer["total"])


async def test_areas_are_counted_whole_and_inside_of_others(client: Caller) -> None:
    """A frontend walks from geo division to district to upazila to union."""
    whole = {
        path: await total(client, path)
        for path in (
            "geo-divisions",
            "districts",
            "upazilas",
            "city-corporations",
            "unions",
            "postcodes",
        )
    }
    assert whole == {
        "geo-divisions": 8,
        "districts": 64,
        "upazilas": 495,
        "city-corporations": 12,
        "unions": 4526,
        "postcodes": 1343,
    }
    divisions = (await client.get("/v1/areas/geo-divisions")).json()["items"]
    for path in ("districts", "upazilas", "city-corporations", "unions", "postcodes"):
        inside = [await total(client, path, geo_division=each["code"]) for each in divisions]
        assert sum(inside) == whole[path]
    assert await total(client, "unions", upazila="100409", district="1004") > 0
    assert await total(client, "unions", upazila="100409", district="3026") == 0
    assert await total(client, "districts", geo_division="১০") == await total(
        client, "districts", geo_division="10"
    )


async def test_pages_together_are_the_whole(client: Caller) -> None:
    """Walking the pages meets every union once."""
    seen: list[str] = []
    while len(seen) < 4526:
        page = (
            await client.get("/v1/areas/unions", params={"limit": "500", "offset": str(len(seen))})
        ).json()
        assert page["items"]
        seen += [each["code"] for each in page["items"]]
    assert len(set(seen)) == 4526
    beyond = (await client.get("/v1/areas/unions", params={"offset": "5000"})).json()
    assert beyond["items"] == []


async def test_a_post_office_is_found_by_its_code(client: Caller) -> None:
    """A code in Bangla digits is the same code."""
    answer = (await client.get("/v1/areas/postcodes", params={"post_code": "১০০০"})).json()
    assert [each["office_en"] for each in answer["items"]] == ["Dhaka GPO"]


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("districts", {"geo_division": "99"}, (422, "area_not_found", ["/geo_division"])),
        ("unions", {"upazila": "3026"}, (422, "area_not_found", ["/upazila"])),
        ("unions", {"limit": "501"}, (422, "bad_query", ["/limit"])),
        ("unions", {"offset": "-1"}, (422, "bad_query", ["/offset"])),
        ("villages", {}, (404, "not_found", [])),
    ],
)
async def test_an_unknown_area_is_told(
    client: Caller,
    path: str,
    params: dict[str, str],
    expected: tuple[int, str, list[str]],
) -> None:
    """A code of another kind, or none, is named."""
    assert (await client.get(f"/v1/areas/{path}", params=params)).problem == expected


async def test_before_the_first_reading_callers_are_told_to_wait() -> None:
    """A process that has read nothing says 503 with Retry-After, not an empty list."""
    serving = serving_from(Database("postgresql://nobody@127.0.0.1:1/none"))
    answer = await caller_of(serving.stock).get("/v1/services")
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
