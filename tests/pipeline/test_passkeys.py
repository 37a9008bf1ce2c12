"""Staff log in with a passkey: a real browser, with Chromium's own authenticator for tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, CDPSession, Page

from tests.pipeline.platform import Platform
from tests.pipeline.running import command_of, faults_of, opened, opened_with_axe
from tools.virtual_users.citizen import Api
from tools.virtual_users.counter import PASSWORD, Counter

NAME = "আমার ফোন"


@dataclass
class Device:
    """A browser of an uddokta, with an authenticator.

    Args:
        page: of the browser.
        url: of the desk.
        counter: who works there.
        authenticator: the connection to it.
        authenticator_id: of it.
    """

    page: Page
    url: str
    counter: Counter
    authenticator: CDPSession
    authenticator_id: str

    async def open(self, path: str) -> None:
        """Open a page of the desk."""
        await self.page.goto(self.url + path)

    async def log_in_with_app(self) -> None:
        """Log in with the code of the app."""
        await self._type_password()
        await self.page.fill("#code", await self.counter.app_code())
        await self.page.click("main form button:not([hidden]):not([type=button])")
        await self.page.wait_for_url("**/counter")

    async def log_in_with_passkey(self) -> None:
        """Press the button of passkeys at the login."""
        await self._type_password()
        await self.page.click("[data-passkey-button]")

    async def add_passkey(self) -> None:
        """Make a passkey."""
        await self.open("/passkeys")
        await self.page.fill("#name", NAME)
        await self.page.click("[data-passkey-button]")
        await self.page.locator("main li h2", has_text=NAME).wait_for()

    async def log_out(self) -> None:
        """End the session."""
        await self.open("/counter")
        await self.page.click('form[action="/logout"] button')
        await self.page.wait_for_url("**/login")

    async def nobody_touches(self) -> None:
        """From now on the authenticator cannot tell who holds it."""
        sent = {"authenticatorId": self.authenticator_id, "isUserVerified": False}
        await self.authenticator.send("WebAuthn.setUserVerified", sent)

    async def _type_password(self) -> None:
        await self.open("/login")
        await self.page.fill("#username", self.counter.username)
        await self.page.fill("#password", PASSWORD)


@pytest.fixture
async def device(platform: Platform, browser: Browser) -> AsyncIterator[Device]:
    """A browser whose policy nothing breaks."""
    api = Api(platform.http, platform.plan.url("gateway"))
    counter = await Counter.opened(api, "uttara", command_of(platform))
    said: list[str] = []
    page = await opened_with_axe(browser)
    page.on("console", lambda message: said.append(message.text))
    connection = await page.context.new_cdp_session(page)
    await connection.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await connection.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    url = platform.plan.origin("desk")
    yield Device(page, url, counter, connection, made["authenticatorId"])
    await page.context.close()
    assert [text for text in said if "Content Security Policy" in text] == []


async def test_a_passkey_is_made_and_logs_in_instead_of_a_code(device: Device) -> None:
    """It is asked for after the password; once removed it opens nothing."""
    await device.log_in_with_app()
    await device.add_passkey()
    assert await faults_of(device.page) == []
    await device.log_out()
    assert await faults_of(device.page) == []
    await device.log_in_with_passkey()
    await device.page.wait_for_url("**/counter")
    await device.open("/passkeys")
    await device.page.click("main li button")
    await device.page.locator("main li").wait_for(state="detached")
    await device.log_out()
    await device.log_in_with_passkey()
    await device.page.locator(".errors").wait_for()


async def test_whoever_is_not_recognised_by_the_device_is_told(device: Device) -> None:
    """The page says that it did not work; the code of the app still does."""
    await device.log_in_with_app()
    await device.add_passkey()
    await device.log_out()
    await device.nobody_touches()
    await device.log_in_with_passkey()
    failed = await device.page.locator("form[data-passkey]").get_attribute("data-failed")
    await device.page.locator("main [role=status]", has_text=failed or "?").wait_for()
    assert device.page.url.endswith("/login")


async def test_without_a_script_the_code_of_the_app_is_asked_for(
    platform: Platform, browser: Browser
) -> None:
    """And the page of passkeys says what it needs."""
    page = await opened(browser, script=False)
    await page.goto(f"{platform.plan.origin('desk')}/login")
    assert not await page.locator("[data-passkey-button]").is_visible()
    assert await page.locator("#code").is_visible()
    await page.context.close()
