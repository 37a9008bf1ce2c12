"""`adapters check`: whether a ministry's system can be connected to the adapter that we host."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console
from rich.table import Table

from libs.bangladesh.bodies import bodies_by_id
from libs.clock import utc_now
from libs.service import Resources
from libs.telemetry.logging import configure
from libs.web.document_links import link_key
from services.ministries.connections.rules import AdapterName, Connection
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.deliveries.adapters.contract import Adapter, Link
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.paper_links import PaperLinks
from services.ministries.deliveries.adapters.registry import ADAPTERS
from services.ministries.keys import keys_of
from services.ministries.settings import Settings
from tools.adapter_checks.checks import CHECKS, System, run_checks

_LOOPBACK: Final = "127.0.0.0/8,::1/128"
_NOWHERE: Final = "http://127.0.0.1:9/v1/decisions"
_WRONG_KEY: Final = "whsec_bm90IHRoZSBrZXkgb2YgdGhpcyBtaW5pc3RyeQ=="


def adapters_app() -> typer.Typer:
    """The commands under `adapters`."""
    app = typer.Typer(help="Adapters to ministries' systems.", no_args_is_help=True)
    app.command("check")(check)
    app.command("key")(key)
    return app


def key(
    ministry: Annotated[str, typer.Argument(help="Id of the ministry, division or office.")],
) -> None:
    """Print the newest key that a ministry shares with the platform (Standard Webhooks).

    Raises:
        Exit: status 1 if there is no such ministry.
    """
    _check(ministry)
    typer.echo(keys_of(Settings(), ministry)[0])


def check(
    ministry: Annotated[str, typer.Argument(help="Id of the ministry, division or office.")],
    url: Annotated[str, typer.Option(help="Base URL of its system, without a final slash.")],
    kind: Annotated[
        str, typer.Option("--adapter", help=f"Which of ours hands over: {', '.join(ADAPTERS)}.")
    ] = "http_json",
    public_service: Annotated[str, typer.Option(help="Applied for in the checks.")] = "S001",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Hand invented applications over to a ministry's system, and report what it does wrong.

    Raises:
        Exit: status 1 if a check fails, or there is no such ministry.
        BadParameter: there is no such adapter.
    """
    adapter = next((name for name in ADAPTERS if name == kind), None)
    if adapter is None:
        raise typer.BadParameter(f"no adapter {kind} takes one submission in one call")
    _check(ministry)
    configure("adapters", level="CRITICAL")
    found = asyncio.run(_found(ministry, adapter, url, public_service))
    report = {
        "ministry": ministry,
        "checked_at": utc_now().isoformat(),
        "adapter": adapter,
        "address": url.rstrip("/"),
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


def _check(ministry: str) -> None:
    if ministry not in bodies_by_id():
        typer.echo(f"There is no ministry {ministry}. See /v1/bodies.", err=True)
        raise typer.Exit(1)


async def _found(
    ministry: str, adapter: AdapterName, url: str, public_service: str
) -> dict[str, str]:
    settings = Settings()
    if not settings.private_networks:  # the system under test may run on this machine
        settings = settings.model_copy(update={"private_networks": _LOOPBACK})
    resources = Resources.of("ministries", settings, has_database=False)
    clients = Clients(resources, settings)
    connection = Connection(adapter=adapter, address=url.rstrip("/"))

    def made(keys: Callable[[str], Sequence[str]]) -> Adapter:
        return ADAPTERS[adapter](
            Link(
                ministry=ministry,
                connection=connection,
                client=clients.of(ministry),
                credentials=Credentials(keys),
                callback_url=_NOWHERE,
                deadline_s=settings.answer_deadline_s,
                now=utc_now,
                papers=PaperLinks(
                    settings.documents_url, link_key(settings.ministry_secret.get_secret_value())
                ),
            )
        )

    system = System(
        ministry, made(partial(keys_of, settings)), made(lambda _: [_WRONG_KEY]), public_service
    )
    try:
        return await run_checks(system)
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
