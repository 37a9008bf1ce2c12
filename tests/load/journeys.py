"""How fast the journey of an application is found among many: `python -m tests.load.journeys`.

A platform of its own with so many applications stored. Somebody of the helpline opens the journeys
of some of them on the desk's page, one after the other: while nothing else happens, and while
citizens apply. The tracking numbers of these are written anew, since generated ones have no check
letter. Prints one JSON object: milliseconds from the request to the whole page.
"""

import asyncio
import json
import math
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import aiohttp
import asyncpg
import typer

from libs.ids import new_tracking_number
from libs.telemetry.logging import configure
from tests.load.steady import Load
from tools.bench.platform import fresh_platform
from tools.bench.stored import Store
from tools.demo.measures import percentile
from tools.ledger import LedgerReader
from tools.supervision.running import environment_of
from tools.supervision.state import State
from tools.virtual_users.citizen import Api
from tools.virtual_users.counter import PASSWORD, command_with, staff_of
from tools.virtual_users.pages import Browser

PAUSE_S = 0.25
"""Between two journeys: a caller has 30 requests a second, and a page takes four to seven."""
_TABLES = {"applications": "applications", "ministries": "deliveries", "notifications": "messages"}


async def make_numbers(dsn: Mapping[str, str], count: int) -> list[str]:
    """Give some applications, spread over all, numbers that can be typed; return these."""
    owner = await asyncpg.connect(dsn["applications"])
    sql = "SELECT application_id FROM applications ORDER BY md5(application_id::text) LIMIT $1"
    chosen: list[UUID] = [row["application_id"] for row in await owner.fetch(sql, count)]
    await owner.close()
    numbers = [new_tracking_number(application_id) for application_id in chosen]
    for service, table in _TABLES.items():
        connection = await asyncpg.connect(dsn[service])
        await connection.execute(
            f"""
            UPDATE {table} AS stored
               SET tracking_number = given.number
              FROM unnest($1::uuid[], $2::text[]) AS given (application_id, number)
             WHERE stored.application_id = given.application_id
            """,  # noqa: S608
            chosen,
            numbers,
        )
        await connection.close()
    return numbers


async def helpline(http: aiohttp.ClientSession, folder: Path, state: State) -> Browser:
    """A browser in which somebody of the helpline is logged in at the desk."""
    api = Api(http, state.gateway)
    run = command_with(environment_of(folder, state, "identity"))
    person = await staff_of("helpline", api, run)
    browser = Browser(http, state.desk, {})
    page = await browser.open("/login")
    typed = {"username": person.username, "password": PASSWORD, "code": await person.app_code()}
    await browser.send(page, page.form("username"), typed)
    return browser


async def journeys(browser: Browser, numbers: Sequence[str]) -> dict[str, float]:
    """Open the journeys; return how long the pages took, in milliseconds."""
    took_ms: list[float] = []
    for number in numbers:
        begun_s = time.perf_counter()
        page = await browser.open(f"/journeys/{number}")
        took_ms.append((time.perf_counter() - begun_s) * 1000)
        assert page.status == 200, page.status
        assert number in page.html
        await asyncio.sleep(PAUSE_S)
    took_ms.sort()
    return {
        "p50": round(percentile(took_ms, 0.5) or math.nan, 1),
        "p99": round(percentile(took_ms, 0.99) or math.nan, 1),
        "slowest": round(took_ms[-1], 1),
        "journeys": len(took_ms),
    }


async def run(folder: Path, stored: int, count: int, rate_per_s: float) -> dict[str, Any]:
    """Store applications, and look for some of them."""
    async with (
        fresh_platform(folder) as state,
        aiohttp.ClientSession() as http,
        AsyncExitStack() as stack,
    ):
        dsn = state.postgres["owner_dsn"]
        await Store(dsn).fill_up_to(stored, lambda line: typer.echo(line, err=True))
        numbers = await make_numbers(dsn, 2 * count)
        browser = await helpline(http, folder, state)
        outcome: dict[str, Any] = {"stored": stored}
        await journeys(browser, numbers[:10])
        outcome["alone"] = await journeys(browser, numbers[:count])
        reader = LedgerReader(http, state.sandbox)
        await reader.skip_to_end()
        await stack.enter_async_context(reader.following())
        load = await Load.begin(Api(http, state.gateway), reader, rate_per_s)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(load.run(stop))
            outcome[f"beside {rate_per_s:g} a second"] = await journeys(browser, numbers[count:])
            stop.set()
    return outcome


def main(
    stored: Annotated[int, typer.Option(help="Applications that are there before")] = 1_000_000,
    count: Annotated[int, typer.Option(help="Journeys that are opened in a stage")] = 500,
    rate: Annotated[float, typer.Option(help="Applications a second in the second stage")] = 20.0,
) -> None:
    """Measure, and print what was found as JSON."""
    configure("load", "ERROR")
    folder = Path(tempfile.mkdtemp(prefix="nagorik-journeys-"))
    try:
        outcome = asyncio.run(run(folder / "platform", stored, count, rate))
        typer.echo(json.dumps(outcome))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    typer.run(main)
