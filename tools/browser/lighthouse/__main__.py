"""`make lighthouse`: scores of the main pages on a slow line and a slow phone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Final

import aiohttp
import typer
from playwright.async_api import Page
from rich.console import Console
from rich.table import Table

from libs.telemetry.logging import configure
from tools.browser.chromium import running_browser
from tools.browser.lighthouse.measuring import Figures, install, measure
from tools.browser.packages import NotFetched
from tools.browser.walk import Walk
from tools.commands.demo import platform_of
from tools.commands.up import FOLDER, print_progress
from tools.embedded.errors import EmbeddedStackFailed
from tools.ledger import LedgerReader
from tools.supervision.state import State
from tools.supervision.supervisor import NotReady
from tools.virtual_users.citizen import Api
from tools.virtual_users.scenarios import load_scenarios

_OPEN: Final = {
    "home": "/",
    "results": "/services?q=birth",
    "service": "/services/S001",
    "status": "/status",
    "tracking": "/tracking",
    "log in": "/login",
}


def lighthouse(
    folder: Annotated[Path, typer.Option(help="Keeps data, logs and state.json")] = FOLDER,
) -> None:
    """Let Lighthouse measure the main pages at 400 kbit/s, 400 ms and a quarter of the CPU.

    Each is loaded as by a first visitor. The exit status is 1 if a page misses a limit.
    """  # noqa: DOC501  # a docstring is the command's help
    configure("lighthouse", "ERROR")
    try:
        found = asyncio.run(_measured(platform_of(folder, None)))
    except (EmbeddedStackFailed, NotReady, NotFetched) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None
    Console(width=90).print(_table(found))
    if not all(figures.is_good for figures in found.values()):
        raise typer.Exit(1)


async def _measured(platform: AbstractAsyncContextManager[State]) -> dict[str, Figures]:
    package = await asyncio.to_thread(install)
    found = {}
    async with platform as state, running_browser() as browser:
        page = await browser.new_page()
        async for name, url in _addresses(state, page):
            cookies = [
                f"{cookie['name']}={cookie['value']}" for cookie in await page.context.cookies()
            ]
            found[name] = await measure(package, url, "; ".join(cookies))
            print_progress(name)
    return found


async def _addresses(state: State, page: Page) -> AsyncIterator[tuple[str, str]]:
    """The main pages: public ones, then those of a citizen who applies."""
    for name, path in _OPEN.items():
        yield name, state.portal + path
    yield "home in English", f"{state.portal}/en"
    yield "login of staff", f"{state.desk}/login"
    async with aiohttp.ClientSession() as http:
        reader = LedgerReader(http, state.sandbox)
        await reader.skip_to_end()
        scenarios = await load_scenarios(Api(http, state.gateway))
        answers = next(
            scenario.form for scenario in scenarios if scenario.public_service_id == "S031"
        )
        async with reader.following():
            walk = Walk(page, state.portal, reader, answers)
            await walk.log_in()
            await page.goto(f"{state.portal}/apply/S001")
            draft = page.url.partition("/steps/")[0]
            yield "questions of a form", f"{draft}/steps/child"
            yield "a paper", f"{draft}/papers/epi_card"
            yield "my details", f"{state.portal}/profile/details"
            confirmation = await walk.apply()
            yield "confirmation", confirmation
            yield "application", confirmation.removesuffix("/confirmation")
            yield "my applications", f"{state.portal}/applications"


def _table(found: dict[str, Figures]) -> Table:
    table = Table(title="Lighthouse at 400 kbit/s, 400 ms, 4x CPU", title_justify="left")
    table.add_column("page")
    for name in ("performance", "accessibility", "FCP s", "LCP s", "CLS", "KB"):
        table.add_column(name, justify="right")
    for name, measured in found.items():
        scores = (str(measured.performance), str(measured.accessibility))
        times = (
            f"{measured.fcp_s:.2f}",
            f"{measured.lcp_s:.2f}",
            f"{measured.cls:.3f}",
            f"{measured.sent_kb:.0f}",
        )
        table.add_row(name, *scores, *times, style="" if measured.is_good else "bold red")
    return table


if __name__ == "__main__":
    typer.run(lighthouse)
