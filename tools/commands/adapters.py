"""`adapters check`: whether a ministry's system can be connected to the adapter that we host."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, Literal

import orjson
import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from libs.bangladesh.bodies import bodies_by_id
from libs.clock import utc_now
from libs.telemetry.logging import configure
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.ministries.connections.commands import checked_connection
from services.ministries.connections.rules import AdapterName, Connection
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.registry import Adapters, class_of
from services.ministries.keys import keys_of
from services.ministries.settings import Login, Settings
from tools.adapter_checks.checks import CHECKS, System, run_checks
from tools.adapter_checks.papers import TestPaper, offered

_LOOPBACK: Final = "127.0.0.0/8,::1/128"
_NOWHERE: Final = "http://127.0.0.1:9"
_THIS_MACHINE: Final = "http://127.0.0.1:0"
_WRONG_KEY: Final = "whsec_bm90IHRoZSBrZXkgb2YgdGhpcyBtaW5pc3RyeQ=="
_WRONG_LOGIN: Final = Login(user="nobody", password=SecretStr("wrong"))


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
    papers_at: Annotated[
        str, typer.Option(help="URL of this machine for its system, which fetches a paper there.")
    ] = _THIS_MACHINE,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Hand invented applications over to a ministry's system, and report what it does wrong.

    Raises:
        Exit: status 1 if a check fails, or there is no such ministry.
    """
    _check(ministry)
    configure("adapters", level="CRITICAL")
    connection = checked_connection(
        adapter=kind, address=url.rstrip("/"), host_key=host_key, file_format=file_format
    )
    found = asyncio.run(_found(ministry, connection, public_service, wait_s, papers_at))
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
    ministry: str, connection: Connection, public_service: str, wait_s: float, papers_at: str
) -> dict[str, str]:
    async with offered(papers_at) as paper:
        return await _found_with(paper, ministry, connection, public_service, wait_s)


async def _found_with(
    paper: TestPaper, ministry: str, connection: Connection, public_service: str, wait_s: float
) -> dict[str, str]:
    settings = Settings()
    if not settings.private_networks:  # the system under test may run on this machine
        settings = settings.model_copy(update={"private_networks": _LOOPBACK})
    settings = settings.model_copy(update={"documents_url": paper.url})
    tracing = Tracing("ministries", endpoint=settings.otlp_endpoint, ca_file=settings.otlp_ca_file)
    clients = Clients(settings, tracing=tracing, metrics=Metrics("ministries"))
    adapters = Adapters(settings, lambda _: connection, clients, public_url=_NOWHERE)
    link = replace(adapters.link(ministry), fetch_paper=paper.fetch)
    forger = replace(
        link,
        credentials=Credentials(lambda _: [_WRONG_KEY]),
        login=_WRONG_LOGIN,
        ssh_key=_another_ssh_key(),
    )
    try:
        if connection.adapter == "files":
            from tools.adapter_checks import files  # with the libraries for SFTP and workbooks

            return await files.run_checks(
                link, forger, paper, public_service_id=public_service, wait_s=wait_s
            )
        made = class_of(connection.adapter)
        system = System(ministry, made(link), made(forger), paper, public_service)
        return await run_checks(system)
    finally:
        for client in clients.all():
            await client.close()
        tracing.close()


def _another_ssh_key() -> SecretStr:
    key = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    return SecretStr(key.decode())


def _print(report: Mapping[str, Any]) -> None:
    promises = {name: promise for name, (_, promise) in CHECKS.items()}
    if report["adapter"] == "files":
        from tools.adapter_checks import files

        promises = dict(files.CHECKS)
    table = Table(title=f"system of {report['ministry']}")
    for heading in ("check", "a system that passes", "result"):
        table.add_column(heading)
    for name, promise in promises.items():
        table.add_row(name, promise, report["found"].get(name, "passed"))
    console = Console()
    console.print(table)
    console.print("passed" if report["passed"] else "not passed")
