"""A citizen against a played platform: logs in, finds, applies, and clicks until answered."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from tools.ledger.ledger import Ledger

from libs.telemetry.tracing import Tracing
from tests.tools.playing import Played, playing
from tools.virtual_users.citizen import SERVICE_CENTRES, Api, Citizen, NotServed

FORM = {"name_bn": "লেখা"}


async def logged_in(played: Played, http: aiohttp.ClientSession, **given: Any) -> Citizen:
    """A citizen who has read the code off the phone."""
    ledger, stop = Ledger(http, played.url), asyncio.Event()
    visitor = Citizen(Api(http, played.url), ledger, Tracing("citizen"), **given)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ledger.follow(stop))
        await visitor.log_in()
        stop.set()
    return visitor


async def test_a_citizen_logs_in_with_the_code_from_the_phone() -> None:
    """The code comes by SMS, and the token goes with every later request."""
    async with playing() as (played, http):
        visitor = await logged_in(played, http)
        await visitor.applications()
    assert "authorization" not in played.asked[0].headers
    assert len(played.codes) == 1
    assert played.asked[-1].headers["authorization"] == "Bearer a"


async def test_the_same_click_is_made_again_until_it_is_answered() -> None:
    """An answer that was lost is asked for with the same key: one application."""
    async with playing(fails=1) as (played, http):
        visitor = await logged_in(played, http)
        before = datetime.now(UTC)
        accepted = await visitor.apply("S002", FORM, SERVICE_CENTRES[0])
    clicks = [each for each in played.asked if each.path == "/v1/applications"]
    assert len({each.headers["idempotency-key"] for each in clicks}) == 1
    assert (len(clicks), len(played.by_key)) == (2, 1)
    assert accepted.tracking_number == next(iter(played.by_key.values()))["tracking_number"]
    assert before <= accepted.clicked_at <= datetime.now(UTC)
    assert accepted.answered_in_s > 0.5  # from the first click, the pause with it


async def test_two_clicks_of_one_citizen_are_two_applications() -> None:
    """Each application has a key of its own."""
    async with playing() as (played, http):
        visitor = await logged_in(played, http)
        made = {(await visitor.apply("S002", FORM, "uttara")).application_id for _ in range(2)}
    assert len(made) == 2


async def test_a_refusal_names_the_problem_and_the_fields_and_no_content() -> None:
    """What a demo prints of a refusal has nothing of what was written."""
    async with playing(refuses=True) as (played, http):
        visitor = await logged_in(played, http)
        with pytest.raises(NotServed) as refused:
            await visitor.apply("S002", FORM, "gulshan")
    assert "/problems/form_invalid" in str(refused.value)
    assert "/form/name_bn" in str(refused.value)
    assert "লেখা" not in str(refused.value)


async def test_a_visit_is_one_trace_and_most_are_not_sampled() -> None:
    """Every request of a visit has the trace's id; the flag says whether it is sampled."""
    async with playing() as (played, http):
        traced = await (await logged_in(played, http)).apply("S002", FORM, "nilkhet")
        first = {each.headers["traceparent"] for each in played.asked if each.path[:4] == "/v1/"}
        played.asked.clear()
        plain = await (await logged_in(played, http, traced=False)).apply("S002", FORM, "nilkhet")
        second = {each.headers["traceparent"] for each in played.asked if each.path[:4] == "/v1/"}
    assert [each.split("-")[1] for each in first] == [traced.trace_id]
    assert [each.rpartition("-")[2] for each in (*first, *second)] == ["01", "00"]
    assert plain.trace_id == ""


async def test_a_service_is_found_by_its_name_and_opened() -> None:
    """A service that the search does not find is not applied for."""
    async with playing() as (played, http):
        visitor = await logged_in(played, http)
        await visitor.find("S002", "জন্ম নিবন্ধন")
        assert played.asked[-2].query["q"] == "জন্ম নিবন্ধন"
        assert played.asked[-1].path == "/v1/services/S002"
        with pytest.raises(NotServed, match="S999"):
            await visitor.find("S999", "জন্ম নিবন্ধন")


async def test_live_events_are_read_with_their_names() -> None:
    """Comments that keep the connection open are no events."""
    async with playing() as (played, http):
        visitor = await logged_in(played, http)
        seen = [event async for event in visitor.watch("NS-7K4M9-PXRT3-HC2D3")]
    assert seen == [("snapshot", {"status": "approved"})]


async def test_what_is_ones_own_and_single_clicks_give_their_status() -> None:
    """For tests of refusals: the status and the body as they come."""
    async with playing(refuses=True) as (played, http):
        visitor = await logged_in(played, http)
        status, problem = await visitor.post_application({"form": {}}, "key")
        assert (status, problem["type"]) == (422, "/problems/form_invalid")
        assert await visitor.get("/v1/applications") == (200, {"items": []})
