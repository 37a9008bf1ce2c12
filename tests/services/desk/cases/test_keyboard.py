"""Ten cases are worked with the keyboard only, on a slow line, in a real browser."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import pytest
from aiohttp import web
from playwright.async_api import Page

from libs.contracts.cases import CaseInQueue, CaseQueue
from tests.libs.pages.scenes import service
from tests.services.desk.cases.scenes import AT, STEP, action, case
from tests.services.desk.counter.running import answer
from tests.services.desk.running import PROOFS, desk, refused
from tools.browser.chromium import running_browser

CASES: Final = 10
SLOW: Final = {
    "offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000,
}  # fmt: skip
"""400 kbit/s and 400 ms: the line with which `make lighthouse` measures."""
MOST_TABS: Final = 60


class Station:
    """The API with ten cases that wait; a case that was worked on waits no more."""

    def __init__(self) -> None:
        self.waiting = [UUID(int=number) for number in range(1, CASES + 1)]
        self.acts: list[dict[str, Any]] = []

    async def play(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer like the API."""
        text = (await request.read()).decode()
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return web.json_response({**tokens, "device_token": "d", "roles": ["officer"]})
        if request.path == "/v1/services/S001":
            return answer(service("S001").model_dump_json())
        if request.path == "/v1/cases/counts":
            return answer('{"items": []}')
        if request.path == "/v1/cases":
            rows = [self._row(case_id) for case_id in self.waiting]
            return answer(CaseQueue(items=rows).model_dump_json())
        if request.path.endswith("/acts"):
            self.acts.append(json.loads(text))
            self.waiting.remove(UUID(request.path.split("/")[3]))
            return web.json_response({"revision": 4, "status": "open", "step": STEP.model_dump()})
        if request.path.startswith("/v1/cases/"):
            asks = action("ask_correction", asks_applicant=True)
            shown = case(case_id=request.path.rpartition("/")[2], actions=[action("forward"), asks])
            return answer(shown.model_dump_json())
        return refused("not_found")

    def _row(self, case_id: UUID) -> CaseInQueue:
        shown = case()
        return CaseInQueue(
            case_id=case_id,
            duty="secretary",
            tracking_number=shown.tracking_number,
            public_service_id=shown.public_service_id,
            workflow_name=shown.workflow_name,
            step=STEP,
            due_on=shown.due_on,
            is_due_sourced=True,
            is_overdue=False,
            came_at=AT,
            is_mine=False,
        )


class Keyboard:
    """An officer with a browser, who has no mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def go_to(self, selector: str) -> None:
        """Press the tab key until something has the focus, and is seen to have it."""
        here = """selector => {
            const at = document.activeElement;
            return at.matches(selector) && at.matches(":focus-visible");
        }"""
        for _ in range(MOST_TABS):
            await self.page.keyboard.press("Tab")
            if await self.page.evaluate(here, selector):
                return
        raise AssertionError(f"{selector} is not reached on {self.page.url}")

    async def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        await self.go_to(selector)
        await self.page.keyboard.insert_text(text)

    async def enter(self, selector: str) -> None:
        """Follow a link or press a button; the page that follows is there."""
        await self.go_to(selector)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")


@pytest.fixture
async def keyboard() -> AsyncIterator[Keyboard]:
    """A browser on a slow line, with a screen of 320 px."""
    async with running_browser() as browser:
        page = await browser.new_page(viewport={"width": 320, "height": 640})
        line = await page.context.new_cdp_session(page)
        await line.send("Network.enable")
        await line.send("Network.emulateNetworkConditions", SLOW)
        yield Keyboard(page)


async def test_ten_cases_are_worked_with_the_keyboard_only_on_a_slow_line(
    unused_tcp_port: int, keyboard: Keyboard
) -> None:
    """Log in, nine times a button, once words for the applicant; then the queue is empty."""
    station = Station()
    async with desk(station.play, unused_tcp_port) as scene:
        await keyboard.page.goto(f"{scene.url}/login")
        for name in ("username", "password", "code"):
            await keyboard.type(f"#{name}", PROOFS[name])
        await keyboard.enter("main button")
        for number in range(CASES):
            await keyboard.enter('main .list a[href^="/cases/"]')
            if number == 0:
                await keyboard.enter('a[href$="/acts/ask_correction"]')
                await keyboard.type("#note", "পিতার নাম লিখুন")
                await keyboard.enter(".buttons button")
            else:
                await keyboard.enter('form[action$="/acts/forward"] button')
            assert "কাজটি হয়েছে" in await keyboard.page.inner_text("main")
        assert await keyboard.page.locator("main .list a").count() == 0
    assert not station.waiting
    assert [act["action"] for act in station.acts] == ["ask_correction", *["forward"] * 9]
    assert station.acts[0]["note"] == "পিতার নাম লিখুন"
