"""`bench-identity`: logins, checks of tokens, codes of consents, and racing uses of mandates."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer
import uvloop

from libs.telemetry.logging import configure
from tools.bench.cost import Cost, idle_cores, processes_of
from tools.bench.identity import check_tokens, race_mandates, send_consent_codes
from tools.bench.logins import Logins, log_in
from tools.bench.platform import fresh_platform
from tools.bench.report import machine
from tools.bench.stored import store_citizens
from tools.commands.up import FOLDER, commands_of, print_progress
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.stack import FolderLock
from tools.ledger import LedgerReader
from tools.supervision.state import State
from tools.supervision.supervisor import NotReady
from tools.virtual_users.citizen import Api, NotServed
from tools.virtual_users.counter import CENTRES, Counter

_ROUNDS = 100
_IDLE_S = 10.0


def bench_identity(  # noqa: PLR0913  # the options of a command
    logins: Annotated[int, typer.Option(min=1, help="Citizens who log in")] = 2_000,
    at_once: Annotated[int, typer.Option(min=1, help="Logins at once")] = 128,
    consents: Annotated[int, typer.Option(min=1, help="Codes of consents, in turn")] = 100,
    mandates: Annotated[int, typer.Option(min=1, help="Mandates that are raced for")] = 1_000,
    attempts: Annotated[int, typer.Option(min=1, help="Attempts at each of them")] = 100,
    stored: Annotated[int, typer.Option(min=0, help="Citizens stored beforehand")] = 0,
    folder: Annotated[Path, typer.Option(help="Its folder `bench` is emptied and used")] = FOLDER,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Measure logins, checks of tokens, codes of consents, and racing uses of mandates.

    Starts its own platform on empty databases and removes it at the end. The exit status is 1 if a
    login failed or a mandate was used twice.
    """
    configure("bench", "ERROR")
    folder = folder.resolve()
    lock = FolderLock(folder / "bench.lock")
    try:
        lock.acquire()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(
                _measure(
                    folder / "bench",
                    logins=logins,
                    at_once=at_once,
                    consents=consents,
                    race={"mandates": mandates, "attempts_each": attempts},
                    stored=stored,
                )
            )
    except (EmbeddedStackFailed, NotReady, NotServed) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None
    finally:
        lock.release()
    if as_json:
        typer.echo(json.dumps(found))
    else:
        for name, values in found.items():
            told = ", ".join(f"{key} {value}" for key, value in values.items())
            typer.echo(f"{name}: {told}")
    is_well = not found["logins"]["failed"] and not found["racing_mandates"]["double"]
    raise typer.Exit(0 if is_well else 1)


async def _measure(
    folder: Path, *, logins: int, at_once: int, consents: int, race: dict[str, int], stored: int
) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, fresh_platform(folder) as state:
        if stored:
            print_progress(f"{stored:,} citizens are stored, each with a session")
            await store_citizens(state.postgres["owner_dsn"]["identity"], stored)
        api, reader = Api(http, state.gateway), LedgerReader(http, state.sandbox)
        await reader.skip_to_end()
        async with reader.following():
            counter = await _counter(folder, state, api)
            print_progress(f"{consents} consents are asked for, one after another")
            codes = await send_consent_codes(counter, reader, api, consents)
            print_progress(f"{logins} citizens log in, {at_once} at once")
            idle = await idle_cores(processes_of(state), _IDLE_S)
            async with Cost(processes_of(state)) as cost:
                logged_in = await log_in(state.gateway, reader, logins, at_once)
        print_progress("tokens are checked")
        checks = await check_tokens(state.gateway, logged_in.tokens, _ROUNDS)
        print_progress(f"{race['mandates'] * race['attempts_each']} attempts at mandates")
        raced = await race_mandates(state.postgres["dsn"]["applications"], **race)
        return {
            "machine": machine(),
            "stored": {"citizens": stored},
            "logins": _figures(logged_in, at_once, cost.cpu_s, idle),
            "token_check": checks,
            "consent_codes": codes,
            "racing_mandates": raced,
        }


def _figures(
    logins: Logins, at_once: int, cpu_s: Mapping[str, float], idle: Mapping[str, float]
) -> dict[str, Any]:
    """Return the figures of logins, and how many a second two cores would allow by their CPU.

    What components take without requests does not grow with the logins, so it is taken from the
    cores and not from a login. The virtual citizens are included.
    """
    idle_in_all = sum(idle.values())
    each_s = (sum(cpu_s.values()) - idle_in_all * logins.seconds) / logins.count
    return {
        "count": logins.count,
        "failed": logins.failed,
        "at_once": at_once,
        "per_s": logins.per_s,
        "per_s_by_cpu_of_two_cores": round((2 - idle_in_all) / each_s, 1),
        "idle_cores": round(idle_in_all, 3),
        "cpu_ms_each": {name: round(1000 * each / logins.count, 2) for name, each in cpu_s.items()},
    }


async def _counter(folder: Path, state: State, api: Api) -> Counter:
    """Let an uddokta begin to work.

    Raises:
        NotServed: the platform has no identity, or refused something.
    """
    run = commands_of(folder, state)
    if run is None:
        raise NotServed("identity has no database here")
    return await Counter.opened(api, CENTRES[0], run)
