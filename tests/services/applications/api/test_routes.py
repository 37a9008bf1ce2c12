import pytest

from libs.bangladesh.text import bangla_digits
from libs.database.pool import Database
from libs.ids import new_id, new_tracking_number
from tests.services.applications.filling import right_answers
from tests.services.applications.scenes import (
    Reply,
    count,
    desk,
    wish,
)

KEY = {"idempotency-key": "k"}


def codes(reply: Reply) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in reply.json["errors"]]


async def test_a_key_is_needed_and_has_to_be_plain(database: Database) -> None:
    """Without a key a repeat could not be told from a second application."""
    async with desk(database) as one:
        missing = await one.post("/v1/applications", wish())
        odd = await one.apply(key=" ")
    assert (missing.status, odd.status) == (400, 400)


@pytest.mark.parametrize(
    ("public_service_id", "status", "code"),
    [("S999", 404, "public_service_unknown"), ("S010", 409, "public_service_closed")],
)
async def test_unknown_and_closed_services(
    database: Database, public_service_id: str, status: int, code: str
) -> None:
    """Nothing is stored for a service that cannot be applied for."""
    async with desk(database) as one:
        reply = await one.apply(public_service_id=public_service_id)
    assert (reply.status, reply.json["type"].rpartition("/")[2]) == (status, code)
    assert await count(database, "applications") == 0


async def test_an_unknown_centre_is_a_wrong_field(database: Database) -> None:
    """The pilot has three centres."""
    async with desk(database) as one:
        reply = await one.apply(service_centre_id="chittagong")
        known = [await one.apply(key=c, service_centre_id=c) for c in ("gulshan", "nilkhet")]
    assert reply.status == 422
    assert codes(reply) == [("/service_centre_id", "service_centre_unknown")]
    assert [each.status for each in known] == [201, 201]


async def test_wrong_answers_are_named_in_bangla_and_nothing_is_stored(
    database: Database,
) -> None:
    """The citizen reads which field, why, and what to do, in the language asked for."""
    form = right_answers("S001") | {"mobile": "12"}
    del form["name_bn"]
    async with desk(database) as one:
        reply = await one.apply(form=form)
    assert reply.status == 422
    assert codes(reply) == [("/form/name_bn", "required"), ("/form/mobile", "pattern")]
    assert reply.json["errors"][0]["message"] == "“শিশুর নাম (বাংলায়)” পূরণ করুন।"
    assert await count(database, "applications") == 0
    assert await count(database, "idempotency") == 0


async def test_an_empty_catalogue_is_not_an_unknown_service(database: Database) -> None:
    """Before the copy has arrived the answer is: try again, not: there is no such service."""
    async with desk(database) as one:
        one.book._offers.clear()
        reply = await one.apply()
    assert reply.status == 503
    assert "retry-after" in reply.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[" * 10_000 + b"]" * 10_000, 400),
        (b'"text"', 422),
        (b'{"public_service_id": 1, "form": []}', 422),
        (b'{"public_service_id": "S001", "form": {"name_bn": "\\u0000"}}', 422),
        (b'{"public_service_id": "S001", "form": {"name_bn": "\\u0007"}}', 422),
        (b'{"public_service_id": "S001", "form": {"x": 1e400}}', 400),
        (b'{"public_service_id": "S001", "form": {"x": 123456789012345678901234567890}}', 422),
        (b'{"public_service_id": "S001", "form": {"x": "\\ud800"}}', 400),
        (b'{"public_service_id": "S001\\u200b", "form": {}}', 404),
        (b'{"public_service_id": "S001", "form": {}, "extra": 1}', 422),
        (b'{"public_service_id": "S001", "form": {"x": "' + b"x" * 70_000 + b'"}}', 413),
    ],
)
async def test_bad_input_is_a_clear_problem_and_stores_nothing(
    database: Database, body: bytes, status: int
) -> None:
    """Whatever is sent, it is never our defect and never half an application."""
    headers = {"authorization": "Bearer rahima", "content-type": "application/json", **KEY}
    async with desk(database) as one:
        reply = await one.ask("POST", "/v1/applications", body, headers)
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert await count(database, "applications") == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/applications"),
        ("GET", "/v1/applications"),
        ("GET", "/v1/applications/NS-1"),
        ("POST", "/v1/applications/NS-1/corrections"),
        ("POST", "/v1/applications/NS-1/withdrawal"),
    ],
)
async def test_every_route_asks_who_is_there(database: Database, method: str, path: str) -> None:
    """No token and a foreign token are both 401, on every route."""
    async with desk(database) as one:
        missing = await one.ask(method, path, b"{}", {"content-type": "application/json"})
        foreign = await one.ask(method, path, b"{}", {"authorization": "Bearer mallory"})
    assert (missing.status, foreign.status) == (401, 401)


async def test_a_tracking_number_is_read_however_it_is_written(database: Database) -> None:
    """Small letters, spaces and Bangla digits name the same application."""
    async with desk(database) as one:
        number = (await one.apply()).json["tracking_number"]
        ways = [
            number.lower(),
            number.replace("-", "%20"),
            bangla_digits(number),
            number.removeprefix("NS-"),
        ]
        replies = [await one.get(f"/v1/applications/{way}") for way in ways]
    assert [reply.status for reply in replies] == [200] * 4


async def test_someone_elses_a_wrong_and_an_impossible_number_look_alike(
    database: Database,
) -> None:
    """404 in all three cases: nobody learns which numbers exist."""
    async with desk(database) as one:
        number = (await one.apply()).json["tracking_number"]
        free = new_tracking_number(new_id())
        replies = [
            await one.get(f"/v1/applications/{number}", who="karim"),
            await one.get(f"/v1/applications/{free}"),
            await one.get("/v1/applications/hello"),
            await one.post(f"/v1/applications/{number}/withdrawal", who="karim"),
            await one.post(f"/v1/applications/{number}/corrections", {"form": {}}, who="karim"),
        ]
    assert {(reply.status, reply.json["type"]) for reply in replies} == {
        (404, "/problems/application_unknown")
    }


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "after=x", "limit=-1"])
async def test_a_wrong_page_is_said_so(database: Database, query: str) -> None:
    """A query that we cannot have given is 422 with the parameter named."""
    async with desk(database) as one:
        reply = await one.get(f"/v1/applications?{query}")
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, f"/{query.split('=')[0]}")
