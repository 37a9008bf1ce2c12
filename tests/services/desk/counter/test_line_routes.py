"""A device of a centre measures its line, in a real browser and without one."""

import json
from typing import Any

import pytest
from aiohttp import web

from libs.contracts.centres import DeviceView, LineView
from libs.ids import new_id
from services.desk.counter.line_rules import DOWNLOAD_BYTES, REQUESTS
from tests.libs.pages.running import Play, Scene
from tests.services.desk.counter.running import AT, answer, play
from tests.services.desk.running import PROOFS, desk, log_in, refused
from tools.browser.chromium import running_browser

DEVICE = DeviceView(device_id=new_id(), service_centre_id="uttara", name="counter 1")
PAGE, STEPS = "/en/counter/line", "/counter/line/steps"


def playing(sent: list[dict[str, Any]], refusal: str = "") -> Play:
    """The API, which enrols the device, and keeps or refuses what was measured."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/devices/enrolments":
            return answer(DEVICE.model_dump_json())
        if request.path != "/v1/uddokta/lines":
            return await play(request)
        if refusal:
            return refused(refusal)
        body = json.loads(await request.text())
        sent.append({**body, "proved": "dpop" in request.headers})
        line = LineView(
            service_centre_id="uttara", device_id=DEVICE.device_id, measured_at=AT, **body
        )
        return answer(line.model_dump_json())

    return answering


async def enrol(scene: Scene) -> None:
    page = await scene.browser.open("/counter/device")
    await scene.browser.send(page, page.form("code"), {"code": "from-the-programme"})


async def step(scene: Scene, mark: str = "") -> tuple[int, bytes]:
    """One request of the measuring; return its status and what it answered."""
    cookie = "; ".join(f"{name}={value}" for name, value in scene.browser.cookies.items())
    url = f"{scene.url}{STEPS}?mark={mark}"
    async with scene.http.get(url, headers={"cookie": cookie}, allow_redirects=False) as reply:
        assert reply.status != 200 or reply.headers["cache-control"] == "no-store"
        return reply.status, await reply.read()


async def steps(scene: Scene, count: int = REQUESTS) -> tuple[str, list[int]]:
    """Requests of the measuring; return the last mark and the bytes before each."""
    mark, sizes = "", list[int]()
    for _ in range(count):
        status, body = await step(scene, mark)
        assert status == 200
        filler, _, sealed = body.rpartition(b"\n")
        mark, sizes = sealed.decode(), [*sizes, len(filler)]
    return mark, sizes


async def test_a_browser_measures_the_line(unused_tcp_port: int) -> None:
    """At 800 kbit/s and 200 ms; the desk sees nothing quicker than that."""
    sent: list[dict[str, Any]] = []
    async with desk(playing(sent), unused_tcp_port) as scene, running_browser() as browser:
        page = await browser.new_page()
        await page.goto(f"{scene.url}/en/login")
        for name, value in PROOFS.items():
            await page.fill(f"[name={name}]", value)
        async with page.expect_navigation():
            await page.press("[name=code]", "Enter")
        await page.goto(f"{scene.url}/en/counter/device")
        await page.fill("[name=code]", "from-the-programme")
        async with page.expect_navigation():
            await page.press("[name=code]", "Enter")
        await page.goto(f"{scene.url}{PAGE}")
        line = await page.context.new_cdp_session(page)
        slow = {"offline": False, "latency": 200, "downloadThroughput": 100_000}
        await line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": 100_000})
        await page.click("[data-line-button]")
        await page.wait_for_selector("text=It was measured")
        shown = await page.inner_text("main")
    [measured] = sent
    assert measured["proved"]
    assert measured["round_trip_ms"] >= 150
    assert 0 < measured["down_kbit_s"] <= 1_000
    assert "The programme is told. It counts for 90 days" in shown


async def test_only_the_answer_with_the_bytes_is_large(unused_tcp_port: int) -> None:
    """And the gateway is asked before it, so that its limits hold."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        await enrol(scene)
        scene.asked.clear()
        _, sizes = await steps(scene)
        asked = [request.path for request in scene.asked]
    assert sizes == [0] * (REQUESTS - 2) + [DOWNLOAD_BYTES, 0]
    assert asked == ["/v1/uddokta"]


async def test_a_gateway_that_has_enough_gives_no_bytes(unused_tcp_port: int) -> None:
    """The answer is an error, and no filler is made."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        await enrol(scene)
        mark, _ = await steps(scene, REQUESTS - 2)

        async def limited(request: web.BaseRequest) -> web.StreamResponse:
            return refused("too_many_requests")

        scene.play = limited
        status, body = await step(scene, mark)
    assert status == 429
    assert len(body) < DOWNLOAD_BYTES


@pytest.mark.parametrize("mark", ["", "forged", "unfinished"])
async def test_what_was_not_measured_is_not_sent(mark: str, unused_tcp_port: int) -> None:
    """The page says so, and offers to measure again."""
    sent: list[dict[str, Any]] = []
    async with desk(playing(sent), unused_tcp_port) as scene:
        await log_in(scene)
        await enrol(scene)
        if mark == "unfinished":
            mark, _ = await steps(scene, REQUESTS - 1)
        page = await scene.browser.open(PAGE)
        page = await scene.browser.send(page, page.form("mark"), {"mark": mark})
    assert (page.status, sent) == (422, [])
    assert "It was not measured" in page.text


async def test_a_refusal_is_said_on_the_page(unused_tcp_port: int) -> None:
    """As where the device is enrolled at another centre."""
    async with desk(playing([], "device_unknown"), unused_tcp_port) as scene:
        await log_in(scene)
        await enrol(scene)
        mark, _ = await steps(scene)
        page = await scene.browser.open(PAGE)
        page = await scene.browser.send(page, page.form("mark"), {"mark": mark})
    assert page.status == 403
    assert "enrolled device of your centre" in page.text


async def test_a_device_that_is_not_enrolled_measures_nothing(unused_tcp_port: int) -> None:
    """The page leads to the enrolment; who is not logged in is asked for the login."""
    async with desk(playing([]), unused_tcp_port) as scene:
        assert (await step(scene))[0] == 303
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        status, _ = await step(scene)
    assert status == 403
    assert "This device is not enrolled" in page.text
    assert "/en/counter/device" in page.links


async def test_without_scripts_the_page_says_what_it_needs(unused_tcp_port: int) -> None:
    """There is no button that does nothing."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        await enrol(scene)
        page = await scene.browser.open(PAGE)
    assert "needs scripts in the browser" in page.html
    assert "data-line-button hidden" in page.html
