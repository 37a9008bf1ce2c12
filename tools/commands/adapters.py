"""`adapters check`: whether a ministry's system can be connected to the adapter that we host."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final, Literal

import asyncssh
import orjson
import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from libs.addresses import PublicAddresses, parse_networks
from libs.bangladesh.bodies import bodies_by_id
from libs.clock import utc_now
from libs.service import Resources
from libs.telemetry.logging import configure
from libs.web.document_links import link_key
from services.ministries.connections.rules import AdapterName, Connection
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.deliveries.adapters.contract import Link
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.paper_links import PaperLinks
from services.ministries.deliveries.adapters.registry import ADAPTERS
from services.ministries.keys import keys_of
from services.ministries.settings import Settings
from tools.adapter_checks import files
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


def check(  # noqa: PLR0913
    ministry: Annotated[str, typer.Argument(help="Id of the ministry, division or office.")],
    url: Annotated[str, typer.Option(help="Base URL of its system, without a final slash.")],
    kind: Annotated[
        AdapterName, typer.Option("--adapter", help="Which of ours hands over.")
    ] = "http_json",
    public_service: Annotated[str, typer.Option(help="Applied for in the checks.")] = "S001",
    host_key: Annotated[
        str | None, typer.Option(help="For files: the server's public key, ssh-ed25519 AAAA….")
    ] = None,
    file_format: Annotated[
        Literal["csv", "xlsx"], typer.Option(help="For files: what a batch is written as.")
    ] = "csv",
    wait_s: Annotated[
        float, typer.Option(help="For files: seconds that a batch may wait for its answer.")
    ] = 900.0,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Hand invented applications over to a ministry's system, and report what it does wrong.

    Raises:
        Exit: status 1 if a check fails, or there is no such ministry.
    """
    _check(ministry)
    configure("adapters", level="CRITICAL")
    connection = Connection(
        adapter=kind, address=url.rstrip("/"), host_key=host_key, file_format=file_format
    )
    found = asyncio.run(_found(ministry, connection, public_service, wait_s))
    report = {
        "ministry": ministry,
        "checked_at": utc_now().isoformat(),
        **connection.model_dump(include={"adapter", "address", "host_key", "file_format"}),
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
    ministry: str, connection: Connection, public_service: str, wait_s: float
) -> dict[str, str]:
    settings = Settings()
    if not settings.private_networks:  # the system under test may run on this machine
        settings = settings.model_copy(update={"private_networks": _LOOPBACK})
    resources = Resources.of("ministries", settings, has_database=False)
    clients = Clients(resources, settings)
    link = Link(
        ministry=ministry,
        connection=connection,
        client=clients.of(ministry),
        credentials=Credentials(partial(keys_of, settings)),
        callback_url=_NOWHERE,
        deadline_s=settings.answer_deadline_s,
        now=utc_now,
        papers=PaperLinks(
            settings.documents_url, link_key(settings.ministry_secret.get_secret_value())
        ),
        ssh_key=settings.ssh_keys.get(ministry),
        may_connect=PublicAddresses(parse_networks(settings.private_networks)).__contains__,
    )
    try:
        if connection.adapter == "files":
            forger = replace(link, ssh_key=_another_ssh_key())
            return await files.run_checks(
                link, forger, public_service_id=public_service, wait_s=wait_s
            )
        made = ADAPTERS[connection.adapter]
        forger = replace(link, credentials=Credentials(lambda _: [_WRONG_KEY]))
        return await run_checks(System(ministry, made(link), made(forger), public_service))
    finally:
        for client in clients.all():
            await client.close()
        resources.tracing.close()


def _another_ssh_key() -> SecretStr:
    return SecretStr(asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode())


def _print(report: Mapping[str, Any]) -> None:
    promises = (
        files.CHECKS
        if report["adapter"] == "files"
        else {name: promise for name, (_, promise) in CHECKS.items()}
    )
    table = Table(title=f"system of {report['ministry']}")
    for heading in ("check", "a system that passes", "result"):
        table.add_column(heading)
    for name, promise in promises.items():
        table.add_row(name, promise, report["found"].get(name, "passed"))
    console = Console()
    console.print(table)
    console.print("passed" if report["passed"] else "not passed")
