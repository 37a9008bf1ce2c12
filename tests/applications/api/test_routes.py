import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest

from libs.bangladesh.text import bangla_digits
from libs.contracts.ministries import CorrectionAsked, MinistryDecided
from libs.database.pool import Database
from libs.ids import new_id, new_tracking_number
from libs.messaging.batch import Batch
from services.applications.consumers import on_ministry_events
from tests.applications.filling import right_answers
from tests.applications.scenes import (
    MINISTRY,
    NOTE,
    Desk,
    Reply,
    count,
    desk,
    public_service,
    told,
    wish,
)

KEY = {"idempotency-key": "k"}


def codes(reply: Reply) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in reply.json["errors"]]


async def ministry_says(database: Database, event: Any) -> Batch[Any]:
    batch = Batch.of(event)
    async with database.transaction() as tx:
        await on_ministry_events(batch, tx)
    return batch


async def with_correction_asked(one: Desk, database: Database) -> str:
    applied = (await one.apply()).json
    asked = CorrectionAsked(application_id=applied["application_id"], ministry=MINISTRY, note=NOTE)
    await ministry_says(database, asked)
    return f"/v1/applications/{applied['tracking_number']}"


async def test_applying_answers_with_a_tracking_number_and_tells_ministry_and_everyone(
    database: Database,
) -> None:
    """201 means: on disk, on its way to its ministry with the form, to all others without."""
    async with desk(database) as one:
        reply = await one.apply()
    assert reply.status == 201
    assert reply.json["status"] == "submitted"
    assert reply.json["due_on"] == "2026-12-06"
    submission, fact = await told(database)
    assert submission["topic"] == f"submissions.{MINISTRY}.v1"
    assert submission["value"]["form"]["name_bn"] == "রহিমা খাতুন"
    assert (fact["topic"], fact["type"]) == ("applications.v1", "application_submitted")
    assert "form" not in fact["value"]
    assert fact["trace_id"] == submission["trace_id"] is not None


async def test_a_repeated_click_gets_the_first_answer_to_the_byte(database: Database) -> None:
    """Same key and same body: one application, one answer."""
    async with desk(database) as one:
        first, second = await one.apply(), await one.apply()
    assert (second.status, second.body) == (first.status, first.body)
    assert await count(database, "applications") == 1
    assert len(await told(database)) == 2


async def test_a_hundred_clicks_at_once_are_one_application(database: Database) -> None:
    """Repeats that overtake the first answer ride in its group or wait for it."""
    async with desk(database) as one:
        replies = await asyncio.gather(*(one.apply() for _ in range(100)))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body for reply in replies}) == 1
    assert await count(database, "applications") == 1


async def test_different_people_and_keys_are_different_applications(database: Database) -> None:
    """A key belongs to its caller; concurrent submissions share commits, never answers."""
    async with desk(database) as one:
        replies = await asyncio.gather(
            *(one.apply(key=f"{n}", who=who) for n in range(40) for who in ("rahima", "karim"))
        )
    assert len({reply.json["tracking_number"] for reply in replies}) == 80
    assert await count(database, "submissions") == 80


async def test_a_key_with_another_body_is_refused(database: Database) -> None:
    """A reused key never silently loses the second application."""
    async with desk(database) as one:
        await one.apply()
        other = await one.apply(service_centre_id="uttara")
        at_once = await asyncio.gather(
            one.apply(key="b"), one.apply(key="b", service_centre_id="uttara")
        )
    assert other.status == 422
    assert other.json["type"].endswith("idempotency_key_reused")
    assert sorted(reply.status for reply in at_once) == [201, 422]


async def test_a_repeat_is_answered_though_the_service_has_closed_since(
    database: Database,
) -> None:
    """What was accepted stays accepted."""
    async with desk(database) as one:
        first = await one.apply()
        one.book.put([public_service("S001", open=False)])
        assert (await one.apply()).body == first.body
        assert (await one.apply(key="second")).status == 409
    assert await count(database, "idempotency") == 1


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


async def test_one_application_with_its_timeline(database: Database) -> None:
    """Status, titles in both languages, the ministry's word, and the trace of each step."""
    async with desk(database) as one:
        applied = (await one.apply()).json
        decided = MinistryDecided(
            application_id=applied["application_id"],
            ministry=MINISTRY,
            outcome="refused",
            note=NOTE,
        )
        await ministry_says(database, decided)
        seen = (await one.get(f"/v1/applications/{applied['tracking_number']}")).json
    assert (seen["status"], seen["decision_note"], seen["correction_note"]) == (
        "refused",
        NOTE.model_dump(),
        None,
    )
    assert [entry["title"]["en"] for entry in seen["timeline"]] == [
        "Application submitted",
        "Application refused",
    ]
    assert len(seen["timeline"][0]["trace_id"]) == 32
    assert seen["timeline"][1]["note"] == NOTE.model_dump()


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


async def test_my_applications_come_newest_first_page_by_page(database: Database) -> None:
    """`next` continues where the page ended; other people's do not appear."""
    async with desk(database) as one:
        made = [(await one.apply(key=f"{n}")).json["tracking_number"] for n in range(5)]
        await one.apply(key="x", who="karim")
        seen: list[str] = []
        path = "/v1/applications?limit=2"
        while path:
            page = (await one.get(path)).json
            seen += [item["tracking_number"] for item in page["items"]]
            path = f"/v1/applications?limit=2&after={page['next']}" if page["next"] else ""
    assert seen == made[::-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "after=x", "limit=-1"])
async def test_a_wrong_page_is_said_so(database: Database, query: str) -> None:
    """A query that we cannot have given is 422 with the parameter named."""
    async with desk(database) as one:
        reply = await one.get(f"/v1/applications?{query}")
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, f"/{query.split('=')[0]}")


async def test_a_correction_goes_back_to_the_ministry_with_new_time(database: Database) -> None:
    """The corrected form is handed over, and the ministry's days count from now."""
    async with desk(database) as one:
        path = await with_correction_asked(one, database)
        asked = (await one.get(path)).json
        one.clock.at += timedelta(days=30)
        form = right_answers("S001") | {"name_en": "Rahima Begum"}
        reply = await one.post(f"{path}/corrections", {"form": form})
        seen = (await one.get(path)).json
    assert (asked["status"], asked["correction_note"]) == (
        "correction_requested",
        NOTE.model_dump(),
    )
    assert (reply.status, reply.json["status"]) == (200, "with_ministry")
    assert reply.json["due_on"] > asked["due_on"]
    assert seen["correction_note"] is None
    corrected = [event for event in await told(database) if "corrected" in event["type"]]
    assert [event["type"] for event in corrected] == [
        "submission_corrected",
        "application_corrected",
    ]
    assert corrected[0]["value"]["form"]["name_en"] == "Rahima Begum"


async def test_a_correction_that_nobody_asked_for_is_refused(database: Database) -> None:
    """409, whatever the form; and nothing is told."""
    async with desk(database) as one:
        number = (await one.apply()).json["tracking_number"]
        reply = await one.post(f"/v1/applications/{number}/corrections", {"form": {}})
    assert (reply.status, reply.json["type"]) == (409, "/problems/correction_not_asked")
    assert len(await told(database)) == 2


async def test_a_wrong_correction_leaves_the_request_open(database: Database) -> None:
    """The citizen corrects the correction."""
    async with desk(database) as one:
        path = await with_correction_asked(one, database)
        wrong = await one.post(f"{path}/corrections", {"form": {}}, headers=KEY)
        right = await one.post(f"{path}/corrections", {"form": right_answers("S001")}, headers=KEY)
    assert (wrong.status, right.status) == (422, 200)


async def test_a_repeated_correction_with_its_key_gets_the_first_answer(
    database: Database,
) -> None:
    """With a key a lost answer can be asked for again; without one the repeat is 409."""
    async with desk(database) as one:
        path = await with_correction_asked(one, database)
        body = {"form": right_answers("S001")}
        first, second = [await one.post(f"{path}/corrections", body, headers=KEY) for _ in range(2)]
        bare = await one.post(f"{path}/corrections", body)
        other = await one.post(f"{path}/corrections", {"form": {}}, headers=KEY)
    assert first.body == second.body
    assert (first.status, second.status, bare.status, other.status) == (200, 200, 409, 422)
    assert await count(database, "submissions") == 2


async def test_withdrawing_twice_tells_once(database: Database) -> None:
    """A repeat is answered alike."""
    async with desk(database) as one:
        number = (await one.apply()).json["tracking_number"]
        path = f"/v1/applications/{number}/withdrawal"
        replies = await asyncio.gather(*(one.post(path) for _ in range(5)))
    assert {reply.status for reply in replies} == {200}
    assert {reply.json["status"] for reply in replies} == {"withdrawn"}
    types = [event["type"] for event in await told(database)]
    assert types[2:] == ["submission_withdrawn", "application_withdrawn"]


async def test_a_decided_application_cannot_be_withdrawn(database: Database) -> None:
    """409: the decision stands."""
    async with desk(database) as one:
        applied = (await one.apply()).json
        decided = MinistryDecided(
            application_id=applied["application_id"], ministry=MINISTRY, outcome="approved"
        )
        await ministry_says(database, decided)
        path = f"/v1/applications/{applied['tracking_number']}/withdrawal"
        reply = await one.post(path)
    assert (reply.status, reply.json["type"]) == (409, "/problems/application_closed")


async def test_an_answer_is_given_after_the_commit(database: Database) -> None:
    """When 201 is out, another connection sees the application."""
    async with desk(database) as one:
        number = orjson.loads((await one.apply()).body)["tracking_number"]
        async with database.transaction() as tx:
            found = await tx.fetchval("SELECT tracking_number FROM applications")
    assert found == number
