"""`adapters check`: whether a ministry's system can be connected to the adapter that we host."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from libs.bangladesh.bodies import bodies_by_id
from libs.clock import utc_now
from libs.service import Resources
from libs.telemetry.logging import configure
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.deliveries.adapters.registry import Adapter, adapters
from services.ministries.settings import Settings
from tools.adapter_checks.checks import CHECKS, System, run_checks


def adapters_app() -> typer.Typer:
    """The commands under `adapters`."""
    app = typer.Typer(help="Adapters to ministries' systems.", no_args_is_help=True)
    app.callback()(lambda: None)  # so that `check` is a command of its own
    app.command("check")(check)
    return app


def check(
    ministry: Annotated[str, typer.Argument(help="Id of the ministry, division or office.")],
    url: Annotated[
        str | None, typer.Option(help="Base URL of its system, instead of the one that is set.")
    ] = None,
    public_service: Annotated[str, typer.Option(help="Applied for in the checks.")] = "S001",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Hand invented applications over to a ministry's system, and report what it does wrong.

    Raises:
        Exit: status 1 if a check fails, or there is no such ministry.
    """
    if ministry not in bodies_by_id():
        typer.echo(f"There is no ministry {ministry}. See /v1/bodies.", err=True)
        raise typer.Exit(1)
    configure("adapters", level="CRITICAL")
    found = asyncio.run(_found(ministry, url, public_service))
    report = {
        "ministry": ministry,
        "checked_at": utc_now().isoformat(),
        "passed": not any(found.values()),
        "rules": {name: "failed" if wrong else "passed" for name, wrong in found.items()},
        "found": {name: wrong for name, wrong in found.items() if wrong},
    }
    if as_json:
        typer.echo(orjson.dumps(report).decode())
    else:
        _print(report)
    if not report["passed"]:
        raise typer.Exit(1)


async def _found(ministry: str, url: str | None, public_service: str) -> dict[str, str]:
    settings = Settings()
    if url is not None:
        settings = settings.model_copy(update={"ministry_urls": {ministry: url.rstrip("/")}})
    wrong_key = {ministry: [SecretStr("whsec_bm90IHRoZSBrZXkgb2YgdGhpcyBtaW5pc3RyeQ==")]}
    forged = settings.model_copy(update={"ministry_keys": wrong_key})
    resources = Resources.of("ministries", settings, has_database=False)
    clients = Clients(resources, settings)

    def adapter(of: Settings) -> Adapter:
        return adapters(of, clients.of, public_url="http://127.0.0.1:9")(ministry)

    try:
        return await run_checks(
            System(ministry, adapter(settings), adapter(forged), public_service)
        )
    finally:
        for client in clients.all():
            await client.close()
        resources.tracing.close()


def _print(report: Mapping[str, Any]) -> None:
    table = Table(title=f"system of {report['ministry']}")
    for heading in ("check", "a system that passes", "result"):
        table.add_column(heading)
    for name, (_, promise) in CHECKS.items():
        table.add_row(name, promise, report["found"].get(name, "passed"))
    console = Console()
    console.print(table)
    console.print("passed" if report["passed"] else "not passed")
