"""Browsers, commands and logins of staff beside the running platform."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
from playwright.async_api import Browser, Page
from pydantic import SecretStr
from typer.testing import CliRunner

from libs.clock import Clock
from libs.contracts.journeys import JourneyPart, JourneyStep
from libs.contracts.topics import Topic
from libs.database.pool import Database
from libs.messaging.envelope import decode
from services.desk.journeys.journey import Journey
from services.desk.journeys.rules import SERVICES
from services.identity.second_factors.use_cases import SecondFactors, set_up_app
from services.identity.settings import Settings
from services.identity.staff.passwords import InitialPassword
from services.identity.staff.use_cases import create_staff
from tests.pipeline.platform import Platform
from tests.pipeline.topics import records_of
from tests.services.identity.running import CHEAP
from tests.waiting import PATIENCE_S
from tools.browser.packages import AXE, fetch
from tools.commands.root import make_app
from tools.virtual_users.citizen import Accepted
from tools.virtual_users.counter import Command

SMALLEST_PX = 320
_RUN_AXE = "async () => (await axe.run()).violations.map(v => [v.id, v.nodes.map(n => n.html)])"


async def opened(browser: Browser, *, script: bool, width: int = SMALLEST_PX) -> Page:
    """A page of a browser of one's own."""
    context = await browser.new_context(
        viewport={"width": width, "height": 640}, java_script_enabled=script
    )
    context.set_default_timeout(PATIENCE_S * 1000)
    return await context.new_page()


async def opened_with_axe(browser: Browser) -> Page:
    """The same, with axe in every page."""
    page = await opened(browser, script=True)
    await page.add_init_script(path=fetch(AXE) / "axe.min.js")
    return page


async def faults_of(page: Page) -> list[Any]:
    """What is wrong on the page where the browser stands."""
    faults: list[Any] = await page.evaluate(_RUN_AXE)
    width = await page.evaluate("document.documentElement.scrollWidth")
    return faults + ([("wider than the screen", width)] if width > SMALLEST_PX else [])


_PRINTS = Lock()


def command_of(platform: Platform) -> Command:
    """What runs commands for operators on the platform's identity, in this process.

    A process of their own would take much longer to import them than to run them. What a command
    prints is caught where all of the process print, so they go one after the other.
    """
    environment = platform.plan.environment(
        "identity", bootstrap=platform.kafka.bootstrap, dsn=platform.dsn
    )

    def run(arguments: Sequence[str]) -> str:
        with _PRINTS:
            done = CliRunner(env=environment).invoke(make_app(), arguments)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


PASSWORD = "a long password of a test"


async def staff_logged_in(platform: Platform, role: str) -> dict[str, str]:
    """The header of a member of staff: an account is made by command, and logs in as staff do."""
    username = f"{role.replace('_', '-')}-{secrets.token_hex(4)}"
    key = platform.plan.environment("identity", bootstrap="", dsn={})["IDENTITY_KEY_SECRET"]
    factors = SecondFactors.of(Settings(key_secret=SecretStr(key)))
    database = Database(platform.dsn["identity"], connections=1)
    initial, at = InitialPassword.new(CHEAP), Clock().now()
    async with database.transaction() as tx:
        staff, _ = await create_staff(tx, username, role, None, by="t", at=at, initial=initial)
        address = await set_up_app(tx, factors, staff.staff_id, username)
    await database.close()
    url = f"{platform.plan.url('gateway')}/v1/staff/password"
    (secret,) = parse_qs(urlsplit(address).query)["secret"]
    code = pyotp.TOTP(secret).now()
    body = {"username": username, "password": initial.text, "code": code, "new_password": PASSWORD}
    async with platform.http.post(url, json=body) as answer:
        return {"authorization": f"Bearer {(await answer.json())['access_token']}"}


PAGE_LIMIT_BYTES = 30 * 1024


# Of the page and what it brings, as they were sent; a cache of the browser counts too.
_SIZES = """() => performance.getEntries()
    .filter(one => one.entryType === "navigation" || /[.](css|js|woff2)$/.test(one.name))
    .map(one => [one.name, one.encodedBodySize])"""


async def sizes_of(page: Page) -> dict[str, int]:
    """The sizes of a page and of the scripts, styles and fonts that it brings, as they are sent."""
    return dict(await page.evaluate(_SIZES))


def weights_of(sizes: dict[str, int]) -> tuple[int, int]:
    """The size of a page with its styles and scripts, and that of its font."""
    font = sum(size for url, size in sizes.items() if url.endswith(".woff2"))
    return sum(sizes.values()) - font, font


async def parts_of(
    platform: Platform, headers: dict[str, str], accepted: Accepted
) -> dict[str, JourneyPart]:
    """Ask each service for its part, through the gateway."""

    async def ask(service: str) -> JourneyPart:
        path = f"/v1/operations/{service}/journeys/{accepted.tracking_number}"
        async with platform.http.get(
            platform.plan.url("gateway") + path, headers=headers
        ) as answer:
            assert answer.status == 200, await answer.text()
            return JourneyPart.model_validate(await answer.json())

    found = await asyncio.gather(*(ask(service) for service in SERVICES))
    return dict(zip(SERVICES, found, strict=True))


async def records_by_id(
    platform: Platform, topic: Topic, accepted: Accepted
) -> dict[Any, tuple[str, datetime, datetime]]:
    """Type, time and time of the record of an application's events on a topic."""
    found = {}
    for record in await records_of(platform.kafka, topic.name):
        if record.key == accepted.application_id.encode():
            event = decode(topic, record.topic, record.headers, record.value)
            written_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
            found[event.event_id] = event.type, event.occurred_at, written_at
    return found


def times(step: JourneyStep) -> tuple[datetime | None, datetime | None]:
    """When it happened, and when its record was written."""
    return step.happened_at, step.published_at


def assert_no_wait_is_negative(journey: Journey) -> None:
    """All runs on one machine here, so its clocks are one, and each wait is known."""
    for line in journey.lines:
        for wait in line.waits:
            is_known = wait.seconds is not None or wait.name in {"provider", "report"}
            assert is_known, (line, wait)
