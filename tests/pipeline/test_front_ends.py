"""Front ends of others: the generated client, its example page, and the page of the first hour."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, Request

from libs.contracts.topics import APPLICATIONS, NOTIFICATIONS
from services.registry import entry_of
from tests.docs.shell import CHECKOUT, shell
from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.line import line_to
from tests.pipeline.platform import Platform
from tests.pipeline.typescript import CLIENT, NODE, built, run
from tools.commands.up import TEST_CODE
from tools.embedded.ports import free_port

FIRST_HOUR = CHECKOUT / "docs" / "front-ends.md"
WATCHED = (APPLICATIONS, NOTIFICATIONS)
PHONES = entry_of("identity").on_one_machine["TEST_PHONES"].split(",")
ORIGINS = entry_of("gateway").on_one_machine["CORS_ORIGINS"].split(",")


Behave = Callable[..., Awaitable[None]]


def blocks(language: str) -> list[str]:
    """The pieces of code on the page of the first hour."""
    fenced = re.compile(rf"^```{language}\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    return fenced.findall(FIRST_HOUR.read_text(encoding="utf-8"))


@asynccontextmanager
async def served(folder: Path, *origins: str) -> AsyncIterator[str]:
    """Serve a folder at the first of these origins whose port is free; yields the origin."""
    app = web.Application()
    app.router.add_static("/", folder)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        for origin in origins:
            place = urlsplit(origin)
            try:
                await web.TCPSite(runner, place.hostname, place.port).start()
            except OSError:
                continue  # somebody else has it
            yield origin
            return
        pytest.fail(f"no port of {origins} is free")
    finally:
        await runner.cleanup()


async def fill(page: Page, answers: dict[str, Any]) -> None:
    """Type the answers into the page's form; an address is typed as its code."""
    for label in await page.locator("form label").all():
        control = label.locator("input, select")
        name = str(await control.get_attribute("name"))
        answer = answers.get(name, "")
        text = answer["area"] if isinstance(answer, dict) else str(answer)
        if await control.evaluate("one => one.tagName") == "SELECT":
            await control.select_option(text)
        else:
            await control.fill(text)


@pytest.fixture(scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client, with its locked packages, compiled with the code of the first hour."""
    [code] = blocks("ts")
    first_hour = (
        f"declare const process: {{ argv: string[] }};\nconst gateway = process.argv[2]!;\n{code}"
    )
    return await built(tmp_path_factory.mktemp("typescript"), {"first_hour.ts": first_hour})


async def test_the_types_are_those_of_the_api(client: Path) -> None:
    """`make client` was run after the last change of the API."""
    await run([NODE, "generate.mjs", "again.d.ts"], client)
    assert (client / "again.d.ts").read_text() == (CLIENT / "src" / "schema.d.ts").read_text()


def test_the_client_knows_every_event_of_a_live_view() -> None:
    """An EventSource shows an event only to who has named its type."""
    source = (CLIENT / "src" / "index.ts").read_text(encoding="utf-8")
    listed = source[source.index("const EVENTS = [") : source.index("] as const")]
    known = set(re.findall(r'"(\w+)"', listed, re.ASCII))
    assert known == {event.type for topic in WATCHED for event in topic.events}


async def test_the_client_works_against_the_running_api(
    platform: Platform, client: Path, form: dict[str, Any], behave: Behave
) -> None:
    """Log in, find a service, apply twice with one key, and follow to the decision."""
    await behave(refusal_rate=0.0)
    gateway = platform.plan.url("gateway")
    given = [gateway, PHONES[0], TEST_CODE, TAX_NUMBER, json.dumps(form)]
    command = [NODE, "--no-warnings", "--experimental-eventsource", "dist/test/live.js"]
    seen = json.loads(await run([*command, *given], client))
    assert seen.pop("found") > 0
    assert seen.pop("seen")[0] == "snapshot"
    assert seen == {
        "refused": "/problems/wrong_shape",
        "once": True,
        "newest": True,
        "status": "approved",
    }


# As an event, or in the first snapshot where the ministry was quicker than the page.
DECIDED = "text=/application_decided|আবেদন মঞ্জুর হয়েছে/"


async def test_a_page_of_another_origin_applies_and_follows_live(
    platform: Platform, client: Path, browser: Browser, form: dict[str, Any], behave: Behave
) -> None:
    """In a real browser: preflights, headers that a page may read, EventSource; after a cut too."""
    await behave(refusal_rate=0.0)
    page = await browser.new_page()
    views: list[str] = []

    def note(request: Request) -> None:
        if "/v1/live-views/" in request.url:
            views.append(request.url)

    page.on("request", note)
    async with served(client, *ORIGINS) as origin, line_to(platform.plan.url("gateway")) as line:
        await page.goto(f"{origin}/example/index.html?gateway={line.url}")
        for name, text in (("phone", PHONES[1]), ("code", TEST_CODE), ("q", "e-TIN")):
            await page.fill(f"[name={name}]", text)
            await page.click("button")
        await page.select_option("[name=service]", TAX_NUMBER)
        await page.click("button")
        await page.wait_for_selector("[name=taxpayer]")  # the form is fetched
        await fill(page, form)
        await page.click("button")
        await page.wait_for_selector(DECIDED)
        assert len(views) == 1
        async with page.expect_request(re.compile("/v1/live-views/.*last_event_id=")):
            line.cut()
    assert len({urlsplit(view).path for view in views}) == len(views)  # no ticket twice
    await page.context.close()


async def test_a_page_of_an_origin_that_is_not_listed_gets_nothing(
    platform: Platform, client: Path, browser: Browser
) -> None:
    """The browser refuses what the gateway does not allow."""
    page = await browser.new_page()
    async with served(client, f"http://127.0.0.1:{free_port()}") as origin:
        await page.goto(f"{origin}/example/index.html?gateway={platform.plan.url('gateway')}")
        await page.fill("[name=phone]", PHONES[2])
        await page.click("button")
        await page.wait_for_selector("text=Failed to fetch")
    await page.context.close()


async def test_every_command_of_the_first_hour_works(platform: Platform, tmp_path: Path) -> None:
    """In the order of the page, in a folder where a platform runs."""
    (tmp_path / ".nagorik").mkdir()
    state = {"gateway": platform.plan.url("gateway")}
    (tmp_path / ".nagorik" / "state.json").write_text(json.dumps(state))
    printed = await shell("\n".join(blocks("sh")), tmp_path)
    for shown in (
        " addresses", "after: 2\n", "304\n", '"errors":[]', '"tracking_number":"NS-',
        "live_view_unknown", "200\n",
    ):  # fmt: skip
        assert shown in printed, printed
    assert printed.count("event: snapshot") == 2
    assert "/problems/" not in printed.replace("/problems/live_view_unknown", "", 1)


async def test_the_typescript_of_the_first_hour_compiles_and_runs(
    platform: Platform, client: Path
) -> None:
    """As it stands on the page, with the address of the gateway before it."""
    gateway = platform.plan.url("gateway")
    printed = await run([NODE, "dist/test/first_hour.js", gateway], client)
    assert "ই-টিআইএন নিবন্ধন" in printed
    assert "/form/registration" in printed


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", FIRST_HOUR.read_text("utf-8")))
def test_a_link_of_the_first_hour_leads_somewhere(link: str) -> None:
    """To a file of the repository."""
    assert (FIRST_HOUR.parent / link).exists()
