"""`make pages`: screenshots of every page of portal and desk, in both languages."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from playwright.async_api import Browser, Page

from libs.telemetry.logging import configure
from tools.browser.chromium import running_browser
from tools.browser.desk_walk import TAX_NUMBER, DeskWalk
from tools.browser.packages import NotFetched
from tools.browser.walk import Walk
from tools.commands.demo import platform_of
from tools.commands.up import FOLDER, print_progress
from tools.embedded.errors import EmbeddedStackFailed
from tools.ledger import LedgerReader
from tools.supervision.running import environment_of
from tools.supervision.state import State
from tools.supervision.supervisor import NotReady
from tools.virtual_users.citizen import Api
from tools.virtual_users.counter import Counter, command_with, new_staff, staff_of
from tools.virtual_users.scenarios import load_scenarios

_HEIGHT = 740
_WIDTHS = (320, 1280)
_PICTURED_PX = 360
_PICTURED = "application"


def pages(
    folder: Annotated[Path, typer.Option(help="Keeps data, logs and state.json")] = FOLDER,
    width: Annotated[
        list[int], typer.Option(help="Of the screen, in CSS pixels; may be repeated", min=320)
    ] = list(_WIDTHS),  # noqa: B006  # typer takes a list only
    picture: Annotated[
        Path | None, typer.Option(help="Write one page only: an application, as a phone shows it")
    ] = None,
) -> None:
    """Show every page to a browser without JavaScript, into `pages/` of the folder.

    Uses the platform that runs in the folder, or starts one and stops it at the end.
    """  # noqa: DOC501  # a docstring is the command's help
    configure("pages", "ERROR")
    try:
        asyncio.run(_pages(platform_of(folder, None), folder.resolve(), width, picture))
    except (EmbeddedStackFailed, NotReady, NotFetched) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None


async def _pages(
    platform: AbstractAsyncContextManager[State],
    folder: Path,
    widths: Sequence[int],
    picture: Path | None,
) -> None:
    async with platform as state, aiohttp.ClientSession() as http, running_browser() as browser:
        reader = LedgerReader(http, state.sandbox)
        await reader.skip_to_end()
        api, run = Api(http, state.gateway), command_with(environment_of(folder, state, "identity"))
        answers = {
            scenario.public_service_id: scenario.form for scenario in await load_scenarios(api)
        }
        async with reader.following():
            if picture is not None:
                async with _opened(browser, _PICTURED_PX) as page:
                    walk = Walk(page, state.portal, reader, answers[TAX_NUMBER])
                    await _take_one(page, walk.stops(), picture)
                return
            for width in widths:
                for language, prefix in (("bn", ""), ("en", "/en")):
                    async with _opened(browser, width) as page:
                        walk = Walk(page, state.portal + prefix, reader, answers[TAX_NUMBER])
                        await _take(page, [walk.stops()], folder / "pages" / language, width)
                uddokta = await Counter.opened(api, "uttara", run)
                programme = await staff_of("programme", api, run)
                operator = await new_staff("operator", api, run)
                async with _opened(browser, width) as page:
                    walk_of_staff = DeskWalk(page, state.desk, reader, run, answers)
                    walks = [
                        walk_of_staff.nothing_yet(*operator),
                        walk_of_staff.programme(programme),
                        walk_of_staff.counter(uddokta),
                    ]
                    await _take(page, walks, folder / "pages" / "desk", width)


@asynccontextmanager
async def _opened(browser: Browser, width: int) -> AsyncIterator[Page]:
    """A page of a browser without JavaScript."""
    context = await browser.new_context(
        viewport={"width": width, "height": _HEIGHT}, java_script_enabled=False
    )
    yield await context.new_page()
    await context.close()


async def _take(page: Page, walks: Sequence[AsyncIterator[str]], folder: Path, width: int) -> None:
    """Take a screenshot at each stop of some walks."""
    number = 0
    for stops in walks:
        async for name in stops:
            number += 1
            path = folder / f"{number:02d}-{name}-{width}.png"
            await page.screenshot(path=path, full_page=True)
    print_progress(f"{number} pages in {folder}")


async def _take_one(page: Page, stops: AsyncIterator[str], path: Path) -> None:
    """Take a screenshot of the pictured page as a phone shows it."""
    async for name in stops:
        if name == _PICTURED:
            await page.screenshot(path=path)
            return


if __name__ == "__main__":
    typer.run(pages)
