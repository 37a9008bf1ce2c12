"""An uddokta at the counter's pages, without a script."""

from typing import Any

from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.platform import Platform
from tests.pipeline.running import command_of
from tests.waiting import PATIENCE_S
from tools.browser.desk_walk import device_code
from tools.virtual_users.counter import PASSWORD, Counter, typed_on_fee
from tools.virtual_users.pages import Browser, Page, filled, papers_named
from tools.virtual_users.photo import photo


class Uddokta:
    """An uddokta with a browser at the counter.

    Args:
        platform: the platform.
        counter: where the uddokta works.
    """

    def __init__(self, platform: Platform, counter: Counter) -> None:
        self.platform = platform
        self.counter = counter
        self.browser = Browser(platform.http, platform.plan.url("desk"), {})

    async def enrol(self) -> Page:
        """Log in, and enrol the browser as a device of the centre."""
        code = await device_code(command_of(self.platform), "gulshan")
        page = await self.browser.open("/counter")
        assert page.path == "/login"
        typed = {
            "username": self.counter.username,
            "password": PASSWORD,
            "code": await self.counter.app_code(),
        }
        page = await self.browser.send(page, page.form("username"), typed)
        assert page.path == "/counter", page.text
        page = await self.browser.open("/counter/device")
        return await self.browser.send(page, page.form("code"), {"code": code})

    async def ask(self, phone: str, service_id: str = TAX_NUMBER) -> Page:
        """Ask a citizen for the consent."""
        page = await self.browser.open(f"/counter/new/{service_id}")
        assert "30 টাকা" in page.text or "৩০ টাকা" in page.text
        asked = page.form("phone")
        return await self.browser.send(page, asked, {"phone": phone, **typed_on_fee(asked)})

    async def consent(self, page: Page, phone: str) -> Page:
        """Enter the code that the citizen reads out of the SMS."""
        asked = page.form("code")
        code = await self.platform.ledger.code_for(phone, within_s=PATIENCE_S)
        return await self.browser.send(page, asked, {"code": code})

    async def fill(self, page: Page, form: dict[str, Any]) -> Page:
        """Fill in the form section by section, to the page where the answers are checked."""
        page = await self.browser.open(f"{page.path}/form")
        for _ in range(40):
            if page.forms and any("key" in each.fields for each in page.forms):
                return page
            assert page.status == 200, page.text
            shown = page.form("shown")
            typed = filled(shown, form)
            missing = papers_named(shown, form).keys() - set(shown.buttons.get("without", ()))
            if missing:
                page = await self.browser.send(page, shown, typed | {"paper": min(missing)})
                page = await self.browser.upload(page, page.form("file"), photo())
            else:
                page = await self.browser.send(page, shown, typed)
        raise AssertionError(page.text)
