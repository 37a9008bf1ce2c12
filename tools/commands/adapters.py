"""`adapters check`: whether a ministry's system can be connected to the adapter that we host."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from shlex import quote
from typing import Annotated, Any, Final, Literal

import orjson
import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr, ValidationError
from rich.console import Console
from rich.table import Table
from yarl import URL

from libs.bangladesh.bodies import bodies_by_id
from libs.clock import utc_now
from libs.contracts.access import ministry_user
from libs.process import wrong_settings
from libs.telemetry.logging import configure
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.signed.signatures import derived_key
from operations.settings import settings_of
from sandbox.files.keys import host_key as file_server_key
from services.ministries.connections.commands import checked_connection
from services.ministries.connections.rules import AdapterName, CheckReport, Connection
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.registry import Adapters, class_of
from services.ministries.keys import keys_of, report_key
from services.ministries.settings import Login, Settings
from tools.adapter_checks.checks import CHECKS, OF_APPEALS, Result, System, run_checks
from tools.adapter_checks.platform import Platform, listening
from tools.commands.up import FOLDER
from tools.supervision.plan import read_plan
from tools.supervision.state import read_state
from tools.supervision.supervisor import STATE_FILE

_LOOPBACK: Final = "127.0.0.0/8,::1/128"
_MASTER: Final = "MINISTRIES_MINISTRY_SECRET"
_THIS_MACHINE: Final = "http://127.0.0.1:0"
_WRONG_KEY: Final = "whsec_bm90IHRoZSBrZXkgb2YgdGhpcyBtaW5pc3RyeQ=="
_WRONG_LOGIN: Final = Login(user="nobody", password=SecretStr("wrong"))


def adapters_app() -> typer.Typer:
    """The commands under `adapters`."""
    app = typer.Typer(help="Adapters to ministries' systems.", no_args_is_help=True)
    app.command("check")(check)
    app.command("key")(key)
    app.command("access")(access)
    return app


def key(
    ministry: Annotated[str, typer.Argument(help="Id of the ministry, division or office.")],
) -> None:
    """Print the newest key that a ministry shares with the platform (Standard Webhooks).

    Raises:
        Exit: status 1 if there is no such ministry; status 2 without a secret to derive it from.
    """
    _check(ministry)
    settings, _ = _settings(ministry)
    typer.echo(keys_of(settings, ministry)[0])


def access(
    ministry: Annotated[str, typer.Argument(help="Id of the ministry, division or office.")],
    folder: Annotated[Path, typer.Option(help="Where `make up` keeps its state")] = FOLDER,
) -> None:
    """Print all that a vendor needs of the platform on this machine, as variables of a shell.

    `eval "$(python -m services adapters access mopa)"` sets them.

    Raises:
        Exit: status 1 if there is no such ministry; status 2 if no platform runs here.
    """
    _check(ministry)
    state = read_state(folder / STATE_FILE)
    if state is None:
        typer.echo(f"No platform runs in {folder}: start it with `make up`.", err=True)
        raise typer.Exit(2)
    plan = read_plan(folder.resolve())
    sftp_key = file_server_key(plan.ministry_secret).export_public_key().decode().split()
    password = plan.ministry_kafka_password(ministry)
    login = (
        {}
        if state.kafka["security"] is None
        else {
            "KAFKA_SECURITY": state.kafka["security"]["protocol"],
            "KAFKA_USER": ministry_user(ministry),
            "KAFKA_PASSWORD": password,
            f"{ministry_user(ministry).upper().replace('-', '_')}_KAFKA_PASSWORD": password,
        }
    )
    variables = {
        "platform": plan.url("ministries"),
        "key": derived_key(plan.ministry_secret, ministry),
        "sandbox": state.sandbox,
        "files": f"sftp://{ministry}@{plan.file_server}",
        "host_key": " ".join(sftp_key[:2]),
        "KAFKA_BOOTSTRAP": state.kafka["bootstrap"],
        "MINISTRY": ministry,
        **login,
    }
    for name, value in variables.items():
        typer.echo(f"export {name}={quote(value)}")


def check(  # noqa: PLR0913
    ministry: Annotated[str, typer.Argument(help="Id of the ministry, division or office.")],
    url: Annotated[str, typer.Option(help="Base URL of its system, without a final slash.")],
    kind: Annotated[
        AdapterName, typer.Option("--adapter", help="Which of ours hands over.")
    ] = "http_json",
    public_service: Annotated[str, typer.Option(help="Applied for in the checks.")] = "S001",
    form: Annotated[
        Path | None,
        typer.Option(
            help="JSON file with answers that its system needs in each form.", exists=True
        ),
    ] = None,
    host_key: Annotated[
        str | None, typer.Option(help="For files: the server's public key, ssh-ed25519 AAAA….")
    ] = None,
    file_format: Annotated[
        Literal["csv", "xlsx"], typer.Option(help="For files: what a batch is written as.")
    ] = "csv",
    wait_s: Annotated[
        float,
        typer.Option(help="Seconds for a decision, for what was lost, or for a batch's answer."),
    ] = 900.0,
    papers_at: Annotated[
        str,
        typer.Option(
            help="URL of this machine for its system: for papers, and callbacks.",
            callback=lambda text: _base_url(text),
        ),
    ] = _THIS_MACHINE,
    recover_command: Annotated[
        str | None,
        typer.Option(help="Makes the system lose its newest two hand-overs and read them again."),
    ] = None,
    appeal_days: Annotated[
        int | None,
        typer.Option(help="Days for an objection to a refusal, if its system takes objections."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Hand invented applications over to a ministry's system, and report its errors.

    With the platform's secret the report is signed, and `connect` takes it.

    Raises:
        Exit: status 1 if a check fails or was skipped, or there is no such ministry; status 2
            without the ministry's key.
    """
    _check(ministry)
    configure("adapters", level="CRITICAL")
    settings, is_platform = _settings(ministry)
    connection = checked_connection(
        adapter=kind,
        address=url.rstrip("/"),
        host_key=host_key,
        file_format=file_format,
        appeal_days=appeal_days,
    )
    options = _Options(public_service, _answers(form), wait_s, papers_at, recover_command)
    found = asyncio.run(_found(ministry, connection, settings, options))
    made = CheckReport(
        ministry=ministry,
        checked_at=utc_now(),
        **connection.model_dump(
            include={"adapter", "address", "host_key", "file_format", "appeal_days"}
        ),
        rules={name: result for name, (result, _) in found.items()},
    )
    if is_platform:
        made = made.signed(report_key(settings))
    report = {
        **made.model_dump(mode="json"),
        "passed": made.passed,
        "found": {name: wrong for name, (_, wrong) in found.items() if wrong},
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


def _base_url(text: str) -> str:
    """Return a base URL.

    Raises:
        BadParameter: it is none.
    """
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise typer.BadParameter("a URL like http://10.0.0.5:8090 is needed")
    return text


def _answers(form: Path | None) -> Mapping[str, Any]:
    """Read the answers that a system needs.

    Raises:
        Exit: status 1: it is no JSON object.
    """
    try:
        answers = {} if form is None else orjson.loads(form.read_bytes())
    except orjson.JSONDecodeError:
        answers = None
    if not isinstance(answers, dict):
        typer.echo(f"{form} is no JSON object with the answers of a form.", err=True)
        raise typer.Exit(1)
    return answers


def _settings(ministry: str) -> tuple[Settings, bool]:
    """Return the settings, and whether they have the platform's secret.

    They are those of the environment, or of the platform that runs on this machine.

    Raises:
        Exit: status 2: neither that secret nor a key of the ministry is there.
    """
    with settings_of("ministries"):
        try:
            return Settings(), True
        except ValidationError as failure:
            wrong = wrong_settings("ministries", failure)
        try:
            settings = Settings(ministry_secret=SecretStr(token_urlsafe(32)))
        except ValidationError as failure:
            wrong = wrong_settings("ministries", failure)
        else:
            if ministry in settings.ministry_keys:
                return settings, False
    for name in sorted(wrong.keys() - {_MASTER}):
        typer.echo(f"{name}: {wrong[name]}", err=True)
    keys = f'MINISTRIES_MINISTRY_KEYS=\'{{"{ministry}": ["whsec_…"]}}\''
    typer.echo(
        f"Set {keys} with the key of {ministry}, or {_MASTER} with the platform's secret, or start"
        " a platform with `make up`.",
        err=True,
    )
    raise typer.Exit(2)


@dataclass(frozen=True, slots=True)
class _Options:
    public_service_id: str
    form: Mapping[str, Any]
    wait_s: float
    papers_at: str
    recover_command: str | None


async def _found(
    ministry: str, connection: Connection, settings: Settings, options: _Options
) -> Mapping[str, tuple[Result, str]]:
    platform = Platform(ministry, keys_of(settings, ministry), options.public_service_id)
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(listening(platform, options.papers_at))
        except OSError as failure:
            typer.echo(f"--papers-at {options.papers_at}: {failure.strerror}", err=True)
            raise typer.Exit(1) from None
        return await _found_with(platform, connection, settings, options)


async def _found_with(
    platform: Platform, connection: Connection, settings: Settings, options: _Options
) -> Mapping[str, tuple[Result, str]]:
    if not settings.private_networks:  # the system under test may run on this machine
        settings = settings.model_copy(update={"private_networks": _LOOPBACK})
    settings = settings.model_copy(update={"documents_url": platform.url})
    tracing = Tracing("ministries", endpoint=settings.otlp_endpoint, ca_file=settings.otlp_ca_file)
    clients = Clients(settings, tracing=tracing, metrics=Metrics("ministries"))
    adapters = Adapters(settings, lambda _: connection, clients, public_url=platform.url)
    link = replace(
        adapters.link(platform.ministry), fetch_paper=platform.fetch, cursor=platform.cursor
    )
    forger = replace(
        link,
        credentials=Credentials(lambda _: [_WRONG_KEY]),
        login=_WRONG_LOGIN,
        ssh_key=_another_ssh_key(),
    )
    try:
        if connection.adapter == "files":
            from tools.adapter_checks import files  # with the libraries for SFTP and workbooks

            wrong = await files.run_checks(
                link,
                forger,
                platform.paper(),
                public_service_id=options.public_service_id,
                wait_s=options.wait_s,
            )
            return {name: ("failed" if what else "passed", what) for name, what in wrong.items()}
        system = System(
            link,
            class_of(connection.adapter),
            forger,
            platform,
            options.public_service_id,
            options.form,
            wait_s=options.wait_s,
            lose=_losing(options.recover_command),
            tell=partial(typer.echo, err=True),
        )
        return await run_checks(system)
    finally:
        for client in clients.all():
            await client.close()
        tracing.close()


def _losing(command: str | None) -> Callable[[], Awaitable[str]] | None:
    """Return a function that runs a shell command, and says why it failed."""
    if command is None:
        return None

    async def run() -> str:
        process = await asyncio.create_subprocess_shell(
            command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        status = await process.wait()
        return f"--recover-command: exit status {status}" if status else ""

    return run


def _another_ssh_key() -> SecretStr:
    key = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    return SecretStr(key.decode())


def _print(report: Mapping[str, Any]) -> None:
    checks = {**CHECKS, **OF_APPEALS} if report["appeal_days"] else CHECKS
    promises = {name: promise for name, (_, promise) in checks.items()}
    if report["adapter"] == "files":
        from tools.adapter_checks import files

        promises = dict(files.CHECKS)
    table = Table(title=f"system of {report['ministry']}")
    for heading in ("check", "a system that passes", "result"):
        table.add_column(heading)
    for name, promise in promises.items():
        result, what = report["rules"][name], report["found"].get(name, "")
        table.add_row(name, promise, f"{result}: {what}" if what else result)
    console = Console()
    console.print(table)
    console.print("passed" if report["passed"] else "not passed")
    if not report["signature"]:
        console.print("not signed: for `connect` the platform's operators run the same check")
