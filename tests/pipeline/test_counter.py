"""The counter of a service centre on the real platform, with plain forms and without JavaScript."""

import asyncio
from typing import Any

import pytest

from libs.contracts.language import Language
from tests.pipeline.conftest import TAX_NUMBER, portal_citizen
from tests.pipeline.platform import Platform
from tests.waiting import until
from tools.ledger import tracking_number_in
from tools.virtual_users.citizen import Api
from tools.virtual_users.counter import PASSWORD, Counter, command_with
from tools.virtual_users.pages import Browser, Page, filled

PHONE = "+8801755555555"


@pytest.fixture(scope="module")
async def counter(platform: Platform) -> Counter:
    """An uddokta at Gulshan, with a device."""
    environment = platform.plan.environment(
        "identity", bootstrap=platform.kafka.bootstrap, dsn=platform.dsn
    )
    run = command_with(environment)
    api = Api(platform.http, platform.plan.url("gateway"))
    return await Counter.opened(api, "gulshan", run)


class Desk:
    """A browser at the counter.

    Args:
        platform: the platform.
        counter: whose uddokta works there.
    """

    def __init__(self, platform: Platform, counter: Counter) -> None:
        self.platform = platform
        self.counter = counter
        self.browser = Browser(platform.http, platform.plan.url("portal"), {})

    async def enrol(self) -> Page:
        """Log in, and enrol the browser as a device of the centre."""
        environment = self.platform.plan.environment(
            "identity", bootstrap=self.platform.kafka.bootstrap, dsn=self.platform.dsn
        )
        command = [
            "admin",
            "identity",
            "centres",
            "add-device",
            "gulshan",
            "--by",
            "t",
            "--name",
            "d",
        ]
        code = (await asyncio.to_thread(command_with(environment), command)).splitlines()[1]
        page = await self.browser.open("/counter")
        assert page.path == "/counter/login"
        typed = {
            "username": self.counter.username,
            "password": PASSWORD,
            "code": self.counter.app_code(steps_ahead=1),
        }
        page = await self.browser.send(page, page.form("username"), typed)
        assert page.path == "/counter", page.text
        page = await self.browser.open("/counter/device")
        return await self.browser.send(page, page.form("code"), {"code": code})

    async def ask(self, phone: str) -> Page:
        """Ask a citizen for the consent."""
        page = await self.browser.open(f"/counter/new/{TAX_NUMBER}")
        assert "30 টাকা" in page.text or "৩০ টাকা" in page.text
        return await self.browser.send(page, page.form("phone"), {"phone": phone})

    async def consent(self, page: Page, phone: str) -> Page:
        """Enter the code that the citizen reads out of the SMS."""
        code = await self.platform.ledger.code_for(phone, within_s=30)
        return await self.browser.send(page, page.form("code"), {"code": code})

    async def fill(self, page: Page, form: dict[str, Any]) -> Page:
        """Fill in the form section by section, to the page where the answers are checked."""
        page = await self.browser.open(f"{page.path}/form")
        for _ in range(20):
            if page.forms and any("key" in each.fields for each in page.forms):
                return page
            assert page.status == 200, page.text
            shown = page.form("shown")
            page = await self.browser.send(page, shown, filled(shown, form))
        raise AssertionError(page.text)


async def test_the_whole_counter_scene(
    platform: Platform, counter: Counter, form: dict[str, Any]
) -> None:
    """From the enrolment to the receipt: complete pages and plain forms, and one application."""
    desk = Desk(platform, counter)
    assert (await desk.enrol()).path == "/counter"
    page = await desk.ask(PHONE)
    assert PHONE not in page.html
    assert (await desk.browser.send(page, page.form("code"), {"code": "000001"})).status == 422
    page = await desk.consent(page, PHONE)
    check = await desk.fill(page, form)
    assert form["name_bn"] in check.text
    taps = [await desk.browser.send(check, check.form("key")) for _ in range(2)]
    [number] = {tracking_number_in(each.text) for each in taps}
    await until(lambda: bool(platform.ledger.ledger.of("", number).answer), within_s=30)
    assert platform.ledger.ledger.of("", number).handed_over == 1
    assert number in (await desk.browser.open("/counter/account")).text
    assert form["name_bn"] not in (await desk.browser.open("/counter")).html  # nothing is kept


async def test_a_citizen_sees_who_helped_stops_it_and_complains(platform: Platform) -> None:
    """On the pages; what was sent before the stop can be withdrawn."""
    visitor = portal_citizen(platform)
    visitor.phone = PHONE
    await visitor.log_in()
    page = await visitor.browser.open("/helpers")
    number = tracking_number_in(page.text)
    assert number
    assert "রহিম" in page.text
    stopped = await visitor.browser.send(page, page.form(action="/stop"))
    assert f"/applications/{number}/withdrawal" in stopped.links
    [complaint] = [link for link in stopped.links if link.endswith("/complaint")]
    page = await visitor.browser.open(complaint)
    page = await visitor.browser.send(page, page.form("text"), {"text": "২০০ টাকা চেয়েছে"})
    assert page.path == "/helpers"
    assert "অভিযোগ পাওয়া গেছে" in page.text


async def test_a_stopped_counter_is_empty_for_the_next_person(
    platform: Platform, counter: Counter
) -> None:
    """Without a login there is no page of the counter."""
    browser = Browser(platform.http, platform.plan.url("portal"), {})
    for path in ("/counter", "/counter/new", "/counter/account"):
        assert (await browser.open(path)).path == "/counter/login"


@pytest.mark.parametrize("language", ["bn", "en"])
async def test_the_price_list_is_for_everybody(platform: Platform, language: Language) -> None:
    """Without a login, in both languages."""
    browser = Browser(platform.http, platform.plan.url("portal"), {})
    prefix = "/en" if language == "en" else ""
    page = await browser.open(f"{prefix}/centres/gulshan/rates")
    assert page.status == 200
    assert ("Tk 30" if language == "en" else "৩০ টাকা") in page.text
