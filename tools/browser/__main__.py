"""`make pages`: screenshots of every page of the portal, in both languages."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated

import aiohttp
import typer

from libs.telemetry.logging import configure
from tools.browser.chromium import running_browser
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

_HEIGHT = 740


def pages(
    folder: Annotated[Path, typer.Option(help="Keeps data, logs and state.json")] = FOLDER,
    width: Annotated[int, typer.Option(help="Of the screen, in CSS pixels", min=320)] = 360,
) -> None:
    """Show every page of the portal to a browser without JavaScript, into `pages/` of the folder.

    Uses the platform that runs in the folder, or starts one and stops it at the end.
    """  # noqa: DOC501  # a docstring is the command's help
    configure("pages", "ERROR")
    try:
        asyncio.run(_pages(platform_of(folder, None), folder.resolve() / "pages", width))
    except (EmbeddedStackFailed, NotReady, NotFetched) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None


async def _pages(platform: AbstractAsyncContextManager[State], folder: Path, width: int) -> None:
    async with platform as state, aiohttp.ClientSession() as http, running_browser() as browser:
        reader = LedgerReader(http, state.sandbox)
        await reader.skip_to_end()
        scenarios = await load_scenarios(Api(http, state.gateway))
        answers = next(one.form for one in scenarios if one.public_service_id == "S031")
        async with reader.following():
            for language, prefix in (("bn", ""), ("en", "/en")):
                context = await browser.new_context(
                    viewport={"width": width, "height": _HEIGHT}, java_script_enabled=False
                )
                page = await context.new_page()
                walk = Walk(page, state.portal + prefix, reader, answers)
                number = 0
                async for name in walk.stops():
                    number += 1
                    path = folder / language / f"{number:02d}-{name}-{width}.png"
                    await page.screenshot(path=path, full_page=True)
                await context.close()
                print_progress(f"{number} pages in {folder / language}")


if __name__ == "__main__":
    typer.run(pages)
