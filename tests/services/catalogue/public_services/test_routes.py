import pytest

from libs.contracts.catalogue import LifeEventList, ServiceList, ServiceView
from tests.services.catalogue.running import (
    Client,
    reference_client,
)
from tests.services.catalogue.scenes import with_service

PAYMENTS = ["S012", "S026", "S075", "S076"]
"""They cannot be made here yet."""


@pytest.fixture
def client() -> Client:
    return reference_client()


async def ids(client: Client, **params: str) -> list[str]:
    reply = await client.get("/v1/services", params=params)
    assert reply.status == 200
    return [item.public_service_id for item in ServiceList.model_validate(reply.json()).items]


async def test_all_services_are_listed(client: Client) -> None:
    """Without a query the list is complete, ordered by id."""
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
async def test_a_service_is_found_in_any_spelling(client: Client, q: str, first: str) -> None:
    """A query may be in Bangla, English or Latin letters, and have typing errors."""
    assert (await ids(client, q=q))[0] == first


async def test_filters_combine(client: Client) -> None:
    """Search, category, body and state all apply, and `total` counts the result."""
    land = await ids(client, category="land")
    ministry = await ids(client, body="minland")
    found = await ids(client, q="খতিয়ান", category="land", body="minland", open="true")
    assert found
    assert set(found) < set(land) & set(ministry)
    assert await ids(client, q="জন্ম", category="land") == []
    assert await ids(client, open="false") == PAYMENTS
    first = (await client.get("/v1/services", params={"category": "land", "limit": "২"})).json()
    assert (len(first["items"]), first["total"]) == (2, len(land))


async def test_closed_services_are_listed_as_closed() -> None:
    """A closed service is listed, unless the filter is for open services."""
    client = reference_client(with_service("S001", open=False))
    rows = (await client.get("/v1/services")).json()["items"]
    assert [row["public_service_id"] for row in rows if not row["open"]] == [
        "S001",
        *PAYMENTS,
    ]
    assert len(await ids(client, open="true")) == 76
    assert await ids(client, open="false") == ["S001", *PAYMENTS]


async def test_an_empty_search_is_no_search(client: Client) -> None:
    """A blank query lists all services; a query without words lists none."""
    assert len(await ids(client, q="  ")) == 81
    assert await ids(client, q="?!") == []


@pytest.mark.parametrize(
    ("params", "code", "pointer"),
    [
        ({"category": "nonsense"}, "category_not_found", "/category"),
        ({"life_event": "nonsense"}, "life_event_not_found", "/life_event"),
        ({"body": "nobody"}, "body_not_found", "/body"),
        ({"open": "maybe"}, "bad_query", "/open"),
        ({"limit": "0"}, "bad_query", "/limit"),
        ({"limit": "101"}, "bad_query", "/limit"),
        ({"limit": "ten"}, "bad_query", "/limit"),
        ({"limit": "9" * 30}, "bad_query", "/limit"),
    ],
)
async def test_a_wrong_query_is_refused(
    client: Client, params: dict[str, str], code: str, pointer: str
) -> None:
    """An unknown category or a limit out of range is a problem, not an empty list."""
    reply = await client.get("/v1/services", params=params)
    status = 404 if code.endswith("_not_found") else 422
    assert (reply.status, reply.code, reply.pointers) == (status, code, [pointer])


async def test_next_leads_through_the_whole_list(client: Client) -> None:
    """Page after page shows each service once, and the last page has no `next`."""
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        params = {"limit": "30", "after": str(after)}
        page = (await client.get("/v1/services", params=params)).json()
        seen += [each["public_service_id"] for each in page["items"]]
        after = page["next"]
    whole = (await client.get("/v1/services", params={"limit": "100"})).json()
    assert seen == [each["public_service_id"] for each in whole["items"]]
    assert whole["next"] is None


async def test_life_events_lead_to_every_service_in_the_order_of_need(client: Client) -> None:
    """Each event lists its services as often as they are needed; filters and search combine."""
    reply = await client.get("/v1/life-events")
    events = LifeEventList.model_validate(reply.json()).items
    assert {key for event in events for key in event.public_services} == set(await ids(client))
    for event in events:
        assert await ids(client, life_event=event.life_event) == event.public_services
    assert (await ids(client, life_event="birth"))[0] == "S001"
    assert await ids(client, life_event="birth", category="land") == []
    assert (await ids(client, life_event="death", q="মৃত্যু নিবন্ধন"))[0] == "S004"


async def test_what_a_fee_depends_on_is_said_in_both_languages(client: Client) -> None:
    """No note is in one language only."""
    noted = 0
    for key in await ids(client):
        view = ServiceView.model_validate((await client.get(f"/v1/services/{key}")).json())
        assert (view.fee.note is None) is (view.fee.note_bn is None)
        assert not any("a" <= letter <= "z" for letter in view.fee.note_bn or "")
        noted += view.fee.note is not None
    assert noted > 30


async def test_a_view_shows_the_status_of_each_value(client: Client) -> None:
    """Fee, time and documents have a status and a source."""
    reply = await client.get("/v1/services/S001")
    view = ServiceView.model_validate(reply.json())
    assert view.fee.amount_bdt == 50
    assert view.fee.claim.status == "sourced"
    assert view.fee.claim.source
    illustrative = ServiceView.model_validate((await client.get("/v1/services/S002")).json())
    assert illustrative.service_deadline.claim.model_dump() == {
        "status": "illustrative",
        "source": None,
    }
    assert illustrative.required_documents.claim.status == "illustrative"


async def test_every_service_can_be_shown(client: Client) -> None:
    """All 81 views conform to the contract and agree with the list."""
    rows = (await client.get("/v1/services")).json()["items"]
    for row in rows:
        reply = await client.get(f"/v1/services/{row['public_service_id']}")
        view = ServiceView.model_validate(reply.json())
        assert view.fee.claim.status == row["fee_status"]
        assert view.service_deadline.claim.status == row["service_deadline_status"]
        assert view.name.bn == row["name"]["bn"]
        assert view.ministry_name.bn == row["ministry_name"]["bn"]
        assert "$defs" in view.form
        assert view.form_sections


@pytest.mark.parametrize(
    "path", ["S999", "s001", "S001 ", "%E0%A7%A6", "x" * 2000, "S001%00", "%F0%9F%8F%A0"]
)
async def test_any_unknown_id_is_not_found(client: Client, path: str) -> None:
    """Any text in the path that is not an id gives a 404 problem."""
    reply = await client.get(f"/v1/services/{path}", headers={"accept-language": "bn"})
    assert reply.status == 404
    assert reply.headers["content-type"] == "application/problem+json"


async def test_an_unknown_service_has_its_own_problem(client: Client) -> None:
    """An unknown service has another problem code than an unknown path."""
    reply = await client.get("/v1/services/S999")
    assert (reply.status, reply.code) == (404, "public_service_not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/services",
        "/v1/services/S020",
        "/v1/categories",
        "/v1/life-events",
        "/v1/bodies",
        "/v1/areas/districts",
        "/v1/areas/postcodes",
    ],
)
async def test_a_matching_entity_tag_gives_304(client: Client, path: str) -> None:
    """A response that the caller has already is not sent again."""
    first = await client.get(path)
    tag = first.headers["etag"]
    assert first.headers["cache-control"].startswith("public, max-age=60")
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await client.get(path, headers={"if-none-match": known})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    other = await client.get(path, headers={"if-none-match": '"other"'})
    assert (other.status, other.body) == (200, first.body)


async def test_a_change_changes_the_entity_tag(client: Client) -> None:
    """A new fee changes the tag only of responses that contain the fee."""
    of_changed = (await client.get("/v1/services/S001")).headers["etag"]
    of_other = (await client.get("/v1/services/S002")).headers["etag"]
    later = reference_client(with_service("S001", fee_bdt=75))
    changed = await later.get("/v1/services/S001", headers={"if-none-match": of_changed})
    other = await later.get("/v1/services/S002", headers={"if-none-match": of_other})
    assert (changed.status, changed.json()["fee"]["amount_bdt"]) == (200, 75)
    assert other.status == 304


async def test_categories_and_bodies_count_their_services(client: Client) -> None:
    """Every service is counted once in its category and once with its body."""
    categories = (await client.get("/v1/categories")).json()["items"]
    bodies = (await client.get("/v1/bodies")).json()["items"]
    assert len(categories) == 23
    assert len(bodies) == 67
    assert sum(category["public_services"] for category in categories) == 81
    assert sum(body["public_services"] for body in bodies) == 81
    assert all(category["public_services"] for category in categories)
    for category in categories:
        found = await ids(client, category=category["category"])
        assert len(found) == category["public_services"]
