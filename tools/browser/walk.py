"""A walk through every page of the portal, as a citizen takes it, with stops to look around."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import Page

from tools.virtual_users.citizen import Codes
from tools.virtual_users.pages import filled, read_page

_CODE_WITHIN_S: Final = 60.0
_DECIDED_WITHIN_S: Final = 60
_MOST_PAGES: Final = 40
_OPEN: Final = {
    "home": "/",
    "results": "/services?q=birth",
    "no-results": "/services?q=zzzz",
    "category": "/categories/civil",
    "life-event": "/life-events/birth",
    "service": "/services/S001",
    "service-estimated": "/services/S031",
    "status": "/status",
    "price-list": "/centres/uttara/rates",
    "slip": "/centres/uttara/slip",
    "help": "/help",
    "centres": "/centres",
    "grievance": "/grievance?centre=uttara",
    "privacy": "/privacy",
    "accessibility": "/accessibility",
    "not-found": "/nothing",
}


class Walk:
    """One citizen's walk.

    Args:
        page: of a browser.
        url: base URL of the portal, with the language.
        codes: where the one-time codes arrive.
        answers: to the form of S031, which is sent.
    """

    def __init__(self, page: Page, url: str, codes: Codes, answers: dict[str, Any]) -> None:
        self._page = page
        self._url = url
        self._codes = codes
        self._answers = answers
        self._number = ""
        self.phone = f"017{secrets.randbelow(10**8):08d}"

    async def stops(self) -> AsyncIterator[str]:
        """Go from page to page; at each the browser stands on it."""
        for name, path in _OPEN.items():
            await self._open(path)
            yield name
        await self._open("/services/S025")
        for specimen in await self._page.locator("summary").all():
            await specimen.click()
        yield "service-specimens"
        async for name in self._tracking():
            yield name
        for part in (
            self._login,
            self._form_with_papers,
            self._application,
            self._profile,
            self._feedback,
        ):
            async for name in part():
                yield name

    async def log_in(self) -> None:
        """Log in."""
        async for _ in self._login():
            pass

    async def apply(self) -> str:
        """Fill in and send the form; return the address of the confirmation."""
        await self._open("/apply/S031")
        async for _ in self._sections():
            pass
        await self._submit()
        return self._page.url

    async def _tracking(self) -> AsyncIterator[str]:
        await self._open("/tracking")
        yield "tracking"
        await self._page.fill("#number", "NS-7K4M9")
        await self._submit()
        yield "tracking-error"

    async def _login(self) -> AsyncIterator[str]:
        await self._open("/login?next=/applications")
        yield "login"
        await self._page.fill("#phone", "0171")
        await self._submit()
        yield "login-error"
        await self._page.fill("#phone", self.phone)
        await self._submit()
        yield "code"
        await self._page.fill("#code", "1")
        await self._submit()
        yield "code-error"
        code = await self._codes.code_for(f"+88{self.phone}", within_s=_CODE_WITHIN_S)
        await self._page.fill("#code", code)
        await self._submit()
        yield "applications-none"

    async def _form_with_papers(self) -> AsyncIterator[str]:
        await self._open("/apply/S001")
        yield "section"
        await self._submit()
        yield "section-error"
        draft = self._page.url.partition("/steps/")[0]
        for section in ("child", "parents", "papers"):
            await self._page.goto(f"{draft}/steps/{section}")
            yield f"section-{section}"
        await self._page.goto(f"{draft}/papers/epi_card")
        yield "paper"
        await self._page.goto(draft)
        yield "tasks"
        await self._page.goto(f"{draft}/deletion")
        yield "deletion"
        await self._page.goto(f"{draft}/check")
        yield "check-error"
        await self._open("/apply/S001")
        yield "drafts"

    async def _application(self) -> AsyncIterator[str]:
        await self._open("/apply/S031")
        async for name in self._sections():
            yield name
        yield "check"
        await self._submit()
        yield "confirmation"
        self._number = number = urlsplit(self._page.url).path.split("/")[-2]
        await self._open(f"/applications/{number}")
        yield "application"
        await self._open("/applications")
        yield "applications"
        await self._open(f"/applications/{number}/withdrawal")
        yield "withdrawal"
        await self._open(f"/grievance?number={number}")
        yield "grievance-about-application"
        await self._submit()
        yield "grievance-form"

    async def _sections(self) -> AsyncIterator[str]:
        """Answer section by section, until all answers are there to be checked."""
        for number in range(_MOST_PAGES):
            if urlsplit(self._page.url).path.endswith("/check"):
                return
            await self._fill()
            yield f"answers-{number}"
            await self._submit()

    async def _fill(self) -> None:
        """Answer the questions of the page."""
        page = self._page
        form = read_page(page.url, 200, await page.content(), {}).form("shown")
        for name, value in filled(form, self._answers).items():
            control = page.locator(f'[name="{name}"]')
            if name in form.checked:
                await page.locator(f'[name="{name}"][value="{value}"]').check()
            elif form.controls[name]:
                await control.select_option(value)
                await self._see_next_list(name, value)
            else:
                await control.fill(value)

    async def _see_next_list(self, name: str, value: str) -> None:
        """Wait for the list that a script brings after a choice, where scripts run."""
        page = self._page
        brings = await page.locator(f'select[name="{name}"]').get_attribute("hx-post")
        if brings and await page.locator('head script[src*="/htmx."]').count():
            chosen = f'select[name="{name}"] option[value="{value}"][selected]'
            await page.locator(chosen).wait_for(state="attached")

    async def _profile(self) -> AsyncIterator[str]:
        await self._open("/profile")
        yield "profile"
        await self._page.fill("#nid", "12")
        await self._submit()
        yield "profile-error"
        for name in ("phone", "erasure", "access", "data"):
            await self._open(f"/profile/{name}")
            yield name
        await self._open("/profile/details")
        yield "details"
        await self._page.select_option('[name="present_address.district"]', "3026")
        await self._submit()
        yield "details-error"

    async def _feedback(self) -> AsyncIterator[str]:
        """Say how it went, once the ministry has decided."""
        for _ in range(_DECIDED_WITHIN_S):
            await self._open(f"/applications/{self._number}/feedback")
            if self._page.url.endswith("/feedback"):
                break
            await asyncio.sleep(1.0)
        yield "feedback"
        await self._submit()
        yield "feedback-error"
        await self._page.locator('[name="rating"][value="4"]').check()
        await self._page.locator('[name="asked_for_more"][value="yes"]').check()
        await self._submit()
        yield "feedback-given"
        await self._open("/services/S031/feedback")
        yield "feedback-of-others"

    async def _open(self, path: str) -> None:
        await self._page.goto(self._url + ("" if path == "/" and self._url[-3:] == "/en" else path))

    async def _submit(self) -> None:
        """Press the last button of the page's first posted form, as a citizen does."""
        form = self._page.locator("main form[method=post]").first
        async with self._page.expect_navigation():
            await form.locator("button").last.click()
