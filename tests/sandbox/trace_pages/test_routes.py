"""Pages of traces."""

import asyncio

import aiohttp
from lxml import html

from libs.ids import new_id
from libs.telemetry.spans import OFFICER_DECIDES, VISIT, request
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, new_context
from tests.sandbox.running import Platform, Sandbox

NUMBER = "NS-7K4M9-PXRT3-HC2D3"


async def page(running: Sandbox, path: str) -> tuple[int, str, set[str]]:
    """Status, text and addresses of a page."""
    async with aiohttp.ClientSession() as http, http.get(f"{running.url}{path}") as answer:
        text = await answer.text()
    if answer.content_type != "text/html":
        return answer.status, text, set()
    parsed = html.fromstring(text)
    links = {str(link.attrib["href"]) for link in parsed.iter("a")}
    return answer.status, " ".join(map(str, parsed.itertext())), links


async def traced(running: Sandbox) -> tuple[TraceContext, TraceContext]:
    """A citizen's trace, and that of an officer who decided and so links to it."""
    tracing = Tracing("ministries", endpoint=f"{running.url}/v1/traces")
    with tracing.root_span(VISIT) as citizen:
        pass
    officer = tracing.start(
        OFFICER_DECIDES, parent=new_context().with_sampled(sampled=True), links=[citizen]
    )
    officer.end(ValueError("Rahim"))
    await asyncio.to_thread(tracing.close)
    assert officer.context is not None
    return citizen, officer.context


async def test_an_application_leads_to_its_traces(running: Sandbox, side: Platform) -> None:
    """To the citizen's, to that of the officer which links to it, and from each to the other."""
    citizen, officer = await traced(running)
    body = {
        "kind": "submitted",
        "application_id": str(new_id()),
        "tracking_number": NUMBER,
        "public_service_id": "x",
        "callback_url": side.url,
    }
    headers = {"idempotency-key": "one", "traceparent": citizen.traceparent}
    await running.behave("cabinet", mode="never")
    await running.post_signed(body, "cabinet", headers)
    _, text, links = await page(running, "/pages/traces")
    assert NUMBER in text
    assert {f"/pages/applications/{NUMBER}", f"/pages/traces/{citizen.trace_id}"} <= links
    _, text, links = await page(running, f"/pages/applications/{NUMBER}")
    both = {f"/pages/traces/{trace.trace_id}" for trace in (citizen, officer)}
    assert both <= links
    status, text, links = await page(running, f"/pages/traces/{citizen.trace_id}")
    assert (status, "Linked from" in text) == (200, True)
    assert f"/pages/traces/{officer.trace_id}" in links
    _, text, links = await page(running, f"/pages/traces/{officer.trace_id}")
    assert "officer decides" in text
    assert "error.type: ValueError" in text
    assert "Rahim" not in text
    assert f"/pages/traces/{citizen.trace_id}" in links


async def test_a_trace_that_was_not_sampled_says_so(running: Sandbox) -> None:
    """Nobody should think that the rest of it is lost."""
    tracing = Tracing("gateway", endpoint=f"{running.url}/v1/traces", traces_per_s=0)
    with tracing.serve(None) as served:
        served.answered(request("GET", "/v1/<b>"), 503, 0.5)
    await asyncio.to_thread(tracing.close)
    _, listed = await running.call("GET", "/traces?service=gateway")
    (trace_id,) = listed["traces"]
    _, text, _ = await page(running, f"/pages/traces/{trace_id}")
    assert "GET /v1/<b>" in text
    assert "This trace was not sampled" in text


async def test_what_is_not_there_is_not_found(running: Sandbox) -> None:
    """An unknown or malformed trace, and an application that was not handed over."""
    for path in ("traces/xyz", f"traces/{'a' * 32}", "applications/NS-1"):
        assert (await page(running, f"/pages/{path}"))[0] == 404
