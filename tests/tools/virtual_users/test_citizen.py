"""A virtual citizen against a fake platform."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from typing_extensions import override

from libs.ids import new_id
from libs.telemetry.tracing import Tracing
from tests.tools.fake_platform import FakePlatform, fake_platform
from tools.ledger import LedgerReader
from tools.virtual_users.citizen import Api, Citizen, NotServed, log_in_all
from tools.virtual_users.forms import NO_PAPER

FORM = {"name_bn": "লেখা"}


async def logged_in(fake: FakePlatform, http: aiohttp.ClientSession, **given: Any) -> Citizen:
    """A citizen who is logged in."""
    reader = LedgerReader(http, fake.url)
    citizen = Citizen(Api(http, fake.url), reader, Tracing("citizen"), **given)
    async with reader.following():
        await citizen.log_in()
    return citizen


async def test_a_citizen_logs_in_with_the_code_from_the_phone() -> None:
    """The code comes by SMS, and the token goes with every later request."""
    async with fake_platform() as (fake, http):
        citizen = await logged_in(fake, http)
        await citizen.applications()
    assert "authorization" not in fake.requests[0].headers
    assert len(fake.codes) == 1
    assert fake.requests[-1].headers["authorization"] == "Bearer a"


class Uploader(Citizen):
    """A citizen whose uploads take a moment, and each of whose papers is another one."""

    @override
    async def upload(self, media_type: str, content: bytes) -> tuple[int, dict[str, Any]]:
        await asyncio.sleep(0)
        return 201, {"document_id": str(new_id()), "receipt": "receipt"}


async def test_an_application_that_is_sent_twice_at_once_names_the_same_paper() -> None:
    """Otherwise the second has another body under the same key, and is refused."""
    command = {"public_service_id": "S024", "form": {"photo": {"document_id": NO_PAPER}}}
    async with fake_platform() as (fake, http):
        citizen = Uploader(Api(http, fake.url), LedgerReader(http, fake.url), Tracing("citizen"))
        sent = await asyncio.gather(*(citizen.with_papers(command) for _ in range(2)))
    assert sent[0] == sent[1]
    assert sent[0] != command


async def test_many_citizens_log_in_and_those_that_cannot_are_named() -> None:
    """A citizen who is not logged in does not hold up the others."""
    async with fake_platform(refused_logins=1) as (fake, http):
        reader, tracing = LedgerReader(http, fake.url), Tracing("citizen")
        api = Api(http, fake.url)
        citizens = [Citizen(api, reader, tracing, traced=False) for _ in range(21)]
        async with reader.following():
            logged_in, failures = await log_in_all(citizens)
    assert (len(logged_in), len(fake.codes), len(failures)) == (20, 20, 1)
    assert {citizen.authorization for citizen in logged_in} == {"Bearer a"}


async def test_a_request_is_repeated_until_it_is_answered() -> None:
    """A request whose answer is lost is repeated with the same key: one application."""
    async with fake_platform(fails=1) as (fake, http):
        citizen = await logged_in(fake, http)
        before = datetime.now(UTC)
        accepted = await citizen.apply("S002", FORM)
    clicks = [request for request in fake.requests if request.path == "/v1/applications"]
    assert len({each.headers["idempotency-key"] for each in clicks}) == 1
    assert (len(clicks), len(fake.by_key)) == (2, 1)
    assert accepted.tracking_number == next(iter(fake.by_key.values()))["tracking_number"]
    assert before <= accepted.clicked_at <= datetime.now(UTC)
    assert accepted.answered_in_s > 0.5  # from the first click, the pause with it


async def test_two_clicks_of_one_citizen_are_two_applications() -> None:
    """Each application has a key of its own."""
    async with fake_platform() as (fake, http):
        citizen = await logged_in(fake, http)
        made = {(await citizen.apply("S002", FORM)).application_id for _ in range(2)}
    assert len(made) == 2


async def test_a_refusal_names_the_problem_and_the_fields_and_no_content() -> None:
    """What a demo prints of a refusal has nothing of what was written."""
    async with fake_platform(refuses=True) as (fake, http):
        citizen = await logged_in(fake, http)
        with pytest.raises(NotServed) as refused:
            await citizen.apply("S002", FORM)
    assert "/problems/form_invalid" in str(refused.value)
    assert "/form/name_bn" in str(refused.value)
    assert "লেখা" not in str(refused.value)


async def test_a_visit_is_one_trace_and_most_are_not_sampled() -> None:
    """Every request of a visit has the trace's id; the flag says whether it is sampled."""
    async with fake_platform() as (fake, http):
        traced = await (await logged_in(fake, http)).apply("S002", FORM)
        first = {
            request.headers["traceparent"]
            for request in fake.requests
            if request.path[:4] == "/v1/"
        }
        fake.requests.clear()
        plain = await (await logged_in(fake, http, traced=False)).apply("S002", FORM)
        second = {
            request.headers["traceparent"]
            for request in fake.requests
            if request.path[:4] == "/v1/"
        }
    assert [each.split("-")[1] for each in first] == [traced.trace_id]
    assert [each.rpartition("-")[2] for each in (*first, *second)] == ["01", "00"]
    assert plain.trace_id == ""


async def test_a_service_is_found_by_its_name_and_opened() -> None:
    """A service that the search does not find is an error."""
    async with fake_platform() as (fake, http):
        citizen = await logged_in(fake, http)
        await citizen.find("S002", "জন্ম নিবন্ধন")
        assert fake.requests[-2].query["q"] == "জন্ম নিবন্ধন"
        assert fake.requests[-1].path == "/v1/services/S002"
        with pytest.raises(NotServed, match="S999"):
            await citizen.find("S999", "জন্ম নিবন্ধন")


async def test_live_events_are_read_with_their_names() -> None:
    """Comments that keep the connection open are no events."""
    async with fake_platform() as (fake, http):
        citizen = await logged_in(fake, http)
        seen = [event async for event in citizen.watch("NS-7K4M9-PXRT3-HC2D3")]
    assert seen == [("snapshot", {"status": "approved"})]


async def test_single_requests_return_status_and_body() -> None:
    """For tests of refusals."""
    async with fake_platform(refuses=True) as (fake, http):
        citizen = await logged_in(fake, http)
        status, problem = await citizen.post_application({"form": {}}, "key")
        assert (status, problem["type"]) == (422, "/problems/form_invalid")
        assert await citizen.get("/v1/applications") == (200, {"items": []})
