"""A virtual citizen who uses the portal's pages, with forms and without JavaScript."""

import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from typing_extensions import override

from libs.telemetry.tracing import Tracing
from tools.ledger import tracking_number_in
from tools.virtual_users.citizen import Accepted, Api, Citizen, Codes, NotServed
from tools.virtual_users.pages import Browser, NoSuchForm, Page, filled, papers_named
from tools.virtual_users.photo import photo

_CODE_TIMEOUT_S = 60.0
_MOST_PAGES = 40


class PortalCitizen(Citizen):
    """One virtual citizen at the portal.

    Args:
        api: the public API, which the citizen does not use.
        portal: base URL of the pages.
        codes: where the citizen's one-time codes arrive.
        tracing: makes the span of the visit.
        traced: whether the visit is sampled.
    """

    def __init__(
        self, api: Api, portal: str, codes: Codes, tracing: Tracing, *, traced: bool = True
    ) -> None:
        super().__init__(api, codes, tracing, traced=traced)
        self.browser = Browser(api.http, portal, self.headers)
        self._papers = 0

    @override
    async def log_in(self) -> None:
        """Log in on the pages; raises as `Citizen.log_in`."""
        page = await self._page("/login?next=/applications", "/login")
        page = await self._sent(page, {"phone": self.phone}, "/login/code")
        code = await self._codes.code_for(self.phone, within_s=_CODE_TIMEOUT_S)
        await self._sent(page, {"code": code}, "/applications")

    @override
    async def find(self, public_service_id: str, name: str) -> None:
        """Search for a public service by its name and open its page.

        Raises:
            NotServed: it was not found, or could not be opened.
        """
        page = await self.browser.open(f"/services?q={quote(name)}")
        link = f"/services/{public_service_id}"
        if link not in page.links:
            raise NotServed(f"{public_service_id} is not found by its name")
        await self._page(link, link)

    @override
    async def apply(self, public_service_id: str, form: dict[str, Any]) -> Accepted:
        """Fill in a form page by page, check the answers and send them.

        Raises:
            NotServed: the application was not accepted.
        """
        page = await self.check_answers(public_service_id, form)
        clicked_at, clicked_s = datetime.now(UTC), time.perf_counter()
        page = await self.browser.send(page, page.form("key"))
        answered_in_s = time.perf_counter() - clicked_s
        number = tracking_number_in(page.text)
        if page.status != 200 or not page.path.endswith("/confirmation") or not number:
            raise NotServed(f"{page.status} {page.path}")
        self._visit.end()
        return Accepted(
            tracking_number=number,
            application_id="",
            clicked_at=clicked_at,
            answered_in_s=answered_in_s,
            trace_id=self._trace_id,
            papers=self._papers,
        )

    async def check_answers(self, public_service_id: str, form: dict[str, Any]) -> Page:
        """Fill in a form page by page; return the page with all answers.

        Raises:
            NotServed: the answers are not accepted.
        """
        self._papers = 0
        page = await self.browser.open(f"/apply/{public_service_id}")
        for _ in range(_MOST_PAGES):
            if page.path.endswith("/check"):
                return page
            if page.status != 200:
                break
            try:
                shown = page.form("shown")
            except NoSuchForm as failure:
                raise NotServed(str(failure)) from None
            missing = papers_named(shown, form).keys() - set(shown.buttons.get("without", ()))
            if missing:
                page = await self._with_paper(page, form, min(missing))
            else:
                page = await self.browser.send(page, shown, filled(shown, form))
        raise NotServed(f"{page.status} {page.path}")

    async def _with_paper(self, page: Page, form: dict[str, Any], name: str) -> Page:
        """Give a photo where a page asks for a paper; return the page with it.

        Raises:
            NotServed: the page of the paper did not come.
        """
        shown = page.form("shown")
        page = await self.browser.send(page, shown, {**filled(shown, form), "paper": name})
        try:
            upload = page.form("file")
        except NoSuchForm as failure:
            raise NotServed(str(failure)) from None
        self._papers += 1
        return await self.browser.upload(page, upload, photo())

    async def _page(self, path: str, expected: str) -> Page:
        return self._expected(await self.browser.open(path), expected)

    async def _sent(self, page: Page, values: dict[str, str], expected: str) -> Page:
        name = next(iter(values))
        return self._expected(await self.browser.send(page, page.form(name), values), expected)

    @staticmethod
    def _expected(page: Page, path: str) -> Page:
        if page.status != 200 or page.path != path:
            raise NotServed(f"{page.status} {page.path} instead of {path}")
        return page
