import asyncio
from datetime import timedelta

import orjson
import pytest

from libs.database.pool import Database
from services.applications.public_services.cache import PublicServiceCache
from tests.libs.web.running import Answer
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.running import Api, running_api
from tests.services.applications.scenes import (
    NOTE,
    correction_asked,
    outbox_events,
    outbox_types,
    public_service,
    row_count,
    submission_body,
)


def errors(reply: Answer) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in reply.json()["errors"]]


async def rows(database: Database, table: str) -> int:
    async with database.transaction() as tx:
        return await row_count(tx, table)


async def test_a_submission_is_answered_with_a_tracking_number_and_announced(
    database: Database,
) -> None:
    """The application is stored, and announced to the ministry with its form, to others without."""
    async with running_api(database) as api:
        reply = await api.submit()
        async with database.transaction() as tx:
            number = await tx.fetchval("SELECT tracking_number FROM applications")
            submission, fact = await outbox_events(tx)
    assert reply.status == 201
    assert reply.json()["tracking_number"] == number
    assert (reply.json()["status"], reply.json()["due_on"]) == ("submitted", "2026-12-06")
    assert submission["topic"] == "submissions.hosted.v1"
    assert submission["value"]["form"]["name_bn"] == "নমুনা নাগরিক"
    assert (fact["topic"], fact["type"]) == ("applications.v1", "application_submitted")
    assert "form" not in fact["value"]
    assert fact["trace_id"] == submission["trace_id"] is not None


async def test_a_repeat_gets_the_first_response_to_the_byte(database: Database) -> None:
    """The same key and body give one application and one response."""
    async with running_api(database) as api:
        first, second = await api.submit(), await api.submit()
    assert (second.status, second.body) == (first.status, first.body)
    assert await rows(database, "applications") == 1
    assert await rows(database, "outbox") == 2


async def test_a_hundred_concurrent_repeats_are_one_application(database: Database) -> None:
    """Concurrent requests with the same key get the same response."""
    async with running_api(database) as api:
        replies = await asyncio.gather(*(api.submit() for _ in range(100)))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body for reply in replies}) == 1
    assert await rows(database, "applications") == 1


async def test_different_citizens_and_keys_are_different_applications(database: Database) -> None:
    """Submissions in a shared commit with other citizens or keys are separate."""
    async with running_api(database) as api:
        replies = await asyncio.gather(
            *(api.submit(key=f"{n}", who=who) for n in range(40) for who in ("rahima", "karim"))
        )
    assert len({reply.json()["tracking_number"] for reply in replies}) == 80
    assert await rows(database, "submissions") == 80


async def test_a_key_with_another_body_is_refused(database: Database) -> None:
    """A second body with the same key is 422, also if both are concurrent."""
    async with running_api(database) as api:
        await api.submit()
        changed = {**submission_body()["form"], "name_en": "Another Name"}
        other = await api.submit(form=changed)
        at_once = await asyncio.gather(api.submit(key="b"), api.submit(key="b", form=changed))
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert sorted(reply.status for reply in at_once) == [201, 422]


async def test_a_repeat_gets_its_response_after_the_service_has_closed(database: Database) -> None:
    """A repeat gets the first response, a new submission 409."""
    async with running_api(database) as api:
        first = await api.submit()
        api.cache.put([public_service("S001", open=False)])
        assert (await api.submit()).body == first.body
        assert (await api.submit(key="second")).status == 409
    assert await rows(database, "idempotency") == 1


async def test_a_key_is_required_and_is_visible_ascii(database: Database) -> None:
    """A missing or blank key is 400."""
    async with running_api(database) as api:
        missing = await api.post("/v1/applications", submission_body())
        odd = await api.submit(key=" ")
    assert (missing.status, odd.status) == (400, 400)


@pytest.mark.parametrize(
    ("public_service_id", "status", "code"),
    [("S999", 404, "public_service_unknown"), ("S010", 409, "public_service_closed")],
)
async def test_unknown_and_closed_services_are_refused(
    database: Database, public_service_id: str, status: int, code: str
) -> None:
    """Nothing is stored for a service that is unknown or closed."""
    async with running_api(database) as api:
        reply = await api.submit(public_service_id=public_service_id)
    assert (reply.status, reply.code) == (status, code)
    assert await rows(database, "applications") == 0


async def test_nobody_names_a_centre_without_a_mandate(database: Database) -> None:
    """An application through a centre needs the citizen's mandate."""
    async with running_api(database) as api:
        reply = await api.submit(service_centre_id="gulshan")
    assert (reply.status, reply.code) == (403, "mandate_needed")


async def test_wrong_answers_are_explained_in_bangla_and_nothing_is_stored(
    database: Database,
) -> None:
    """The field errors are in Bangla; no application and no key is stored."""
    form = right_answers("S001") | {"mobile": "12"}
    del form["name_bn"]
    async with running_api(database) as api:
        reply = await api.submit(form=form)
    assert reply.status == 422
    assert errors(reply) == [("/form/name_bn", "required"), ("/form/mobile", "pattern")]
    assert reply.json()["errors"][0]["message"] == "“শিশুর নাম (বাংলায়)” পূরণ করুন।"
    assert await rows(database, "applications") == 0
    assert await rows(database, "idempotency") == 0


async def test_a_submission_before_public_services_are_copied_is_503(database: Database) -> None:
    """The response has Retry-After; the service is not reported as unknown."""
    async with running_api(database, PublicServiceCache()) as api:
        reply = await api.submit()
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
    """Bad input gets a specific 4xx problem, and no application is stored."""
    headers = {
        "authorization": "Bearer rahima",
        "content-type": "application/json",
        "idempotency-key": "k",
    }
    async with running_api(database) as api:
        reply = await api.send("POST", "/v1/applications", body, headers)
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert await rows(database, "applications") == 0


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
async def test_every_route_needs_a_token(database: Database, method: str, path: str) -> None:
    """A missing and an unknown token are 401 on every route of the service."""
    async with running_api(database) as api:
        missing = await api.send(method, path, b"{}", {"content-type": "application/json"})
        unknown = await api.send(method, path, b"{}", {"authorization": "Bearer mallory"})
    assert (missing.status, unknown.status) == (401, 401)


async def with_correction_asked(api: Api) -> str:
    submitted = (await api.submit()).json()
    await api.consume(correction_asked(submitted["application_id"]))
    return f"/v1/applications/{submitted['tracking_number']}"


async def test_a_correction_goes_to_the_ministry_and_gets_a_new_deadline(
    database: Database,
) -> None:
    """The corrected form is announced, and the deadline is counted from now."""
    async with running_api(database) as api:
        path = await with_correction_asked(api)
        before = (await api.get(path)).json()
        api.now += timedelta(days=7)
        form = right_answers("S001") | {"name_en": "Rahima Begum"}
        reply = await api.post(f"{path}/corrections", {"form": form})
        after = (await api.get(path)).json()
    assert before["status"] == "correction_requested"
    assert before["correction_note"] == NOTE.model_dump()
    assert (reply.status, reply.json()["status"]) == (200, "with_ministry")
    assert reply.json()["due_on"] > before["due_on"]
    assert after["correction_note"] is None
    async with database.transaction() as tx:
        corrected, fact = (await outbox_events(tx))[-2:]
    assert (corrected["type"], fact["type"]) == ("submission_corrected", "application_corrected")
    assert corrected["value"]["form"]["name_en"] == "Rahima Begum"


async def test_a_correction_without_a_request_is_refused(database: Database) -> None:
    """It is 409 for any form, and nothing is announced."""
    async with running_api(database) as api:
        number = (await api.submit()).json()["tracking_number"]
        reply = await api.post(f"/v1/applications/{number}/corrections", {"form": {}})
    assert (reply.status, reply.code) == (409, "correction_not_asked")
    async with database.transaction() as tx:
        assert await outbox_types(tx) == ["submission_made", "application_submitted"]


async def test_a_correction_before_public_services_are_copied_is_503_only_if_requested(
    database: Database,
) -> None:
    """The status is checked first: 409 without a request, otherwise 503."""
    async with running_api(database) as api:
        path = await with_correction_asked(api)
        other = (await api.submit(key="other")).json()["tracking_number"]
    async with running_api(database, PublicServiceCache()) as api:
        requested = await api.post(f"{path}/corrections", {"form": {}})
        not_requested = await api.post(f"/v1/applications/{other}/corrections", {"form": {}})
    assert (requested.status, not_requested.status) == (503, 409)


async def test_a_wrong_correction_leaves_the_request_open(database: Database) -> None:
    """After a wrong form a valid one is accepted with the same key."""
    async with running_api(database) as api:
        path = f"{await with_correction_asked(api)}/corrections"
        wrong = await api.post(path, {"form": {}}, key="k")
        right = await api.post(path, {"form": right_answers("S001")}, key="k")
    assert (wrong.status, right.status) == (422, 200)


async def test_a_repeated_correction_with_its_key_gets_the_first_response(
    database: Database,
) -> None:
    """Without the key a repeat is 409; with another body it is 422."""
    async with running_api(database) as api:
        path = f"{await with_correction_asked(api)}/corrections"
        body = {"form": right_answers("S001")}
        first, second = [await api.post(path, body, key="k") for _ in range(2)]
        without = await api.post(path, body)
        other = await api.post(path, {"form": {}}, key="k")
    assert first.body == second.body
    assert orjson.loads(first.body)["status"] == "with_ministry"
    assert [answer.status for answer in (first, second, without, other)] == [200, 200, 409, 422]
    assert await rows(database, "submissions") == 2
