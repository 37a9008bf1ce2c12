"""Commands on connections; each change is a new version with name and reason."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.operator_command import By, run_command
from services.ministries.connections import use_cases
from services.ministries.connections.rules import (
    AdapterName,
    Change,
    CheckReport,
    Connection,
    Version,
    read_report,
)
from services.ministries.keys import report_key
from services.ministries.settings import Settings

Ministry = Annotated[str, typer.Argument(help="Id of the ministry, division or office.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the history.", min=1)]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command("record-check")(record_check)
    app.command("connect")(connect)
    app.command("stop")(stop)
    app.command("resume")(resume)
    app.command("connections")(connections)


def checked_connection(**fields: object) -> Connection:
    """Return a connection, or print its errors.

    Raises:
        Exit: status 1: a field is wrong.
    """
    try:
        return Connection.model_validate(fields)
    except ValidationError as failure:
        for error in failure.errors(include_input=False):
            typer.echo(f"{'.'.join(map(str, error['loc']))}: {error['msg']}", err=True)
    raise typer.Exit(1)


def record_check(
    file: Annotated[
        Path, typer.Argument(help="What `adapters check` printed with --json.", exists=True)
    ],
    by: By,
) -> None:
    """Keep a report on a ministry's system; a passed one lets it be connected."""
    content = file.read_text(encoding="utf-8").strip().splitlines()[-1:]

    async def record(tx: Transaction) -> CheckReport:
        report = read_report("".join(content), utc_now())
        await use_cases.record_report(tx, report, by=by, report_key=report_key(settings))
        return report

    settings = Settings()
    report = run_command("ministries", "record check", settings, record)
    typer.echo(f"{report.ministry}: {'passed' if report.passed else 'not passed'}, kept")


def connect(  # noqa: PLR0913
    ministry: Ministry,
    adapter: Annotated[AdapterName, typer.Argument(help="Kind of the ministry's system.")],
    address: Annotated[str, typer.Argument(help="https://… or sftp://user@host:port/folder.")],
    by: By,
    reason: Reason,
    credentials: Annotated[
        str | None,
        typer.Option(help="Name of its secrets in the settings; else the ministry's id."),
    ] = None,
    host_key: Annotated[
        str | None, typer.Option(help="For files: the server's public key, ssh-ed25519 AAAA….")
    ] = None,
    file_format: Annotated[
        Literal["csv", "xlsx"], typer.Option(help="For files: what a batch is written as.")
    ] = "csv",
    read_every_s: Annotated[
        float, typer.Option(help="Seconds between two questions or looks for files.")
    ] = 60.0,
    read_at_once: Annotated[
        int, typer.Option(help="Most applications in one question, or rows in one batch.")
    ] = 100,
    appeal_days: Annotated[
        int | None,
        typer.Option(help="Days for an objection to a refusal; without it the system takes none."),
    ] = None,
    despite: Annotated[
        str | None, typer.Option(help="Why it goes live without a passed report.")
    ] = None,
) -> None:
    """Set how a ministry's system is connected, from now on.

    It needs a passed report of `adapters check` at this address, which the platform signed and
    which is not older than 30 days (`record-check`).
    """
    connection = checked_connection(
        adapter=adapter,
        address=address,
        credentials=credentials,
        file_format=file_format,
        host_key=host_key,
        read_every_s=read_every_s,
        read_at_once=read_at_once,
        appeal_days=appeal_days,
    )
    settings, change = Settings(), Change(by, reason)
    go_live = partial(
        use_cases.go_live, report_key=report_key(settings), at=utc_now(), despite=despite
    )
    version = run_command(
        "ministries", "connect", settings, lambda tx: go_live(tx, ministry, connection, change)
    )
    typer.echo(_line(version))


def stop(ministry: Ministry, by: By, reason: Reason) -> None:
    """Call a ministry's system no more; its deliveries wait."""
    version = run_command(
        "ministries",
        "stop",
        Settings(),
        lambda tx: use_cases.stop(tx, ministry, Change(by, reason)),
    )
    typer.echo(_line(version))


def resume(ministry: Ministry, by: By, reason: Reason) -> None:
    """Call a stopped system again."""
    version = run_command(
        "ministries",
        "resume",
        Settings(),
        lambda tx: use_cases.resume(tx, ministry, Change(by, reason)),
    )
    typer.echo(_line(version))


def connections(
    ministry: Annotated[str | None, typer.Argument(help="Show the history of this one.")] = None,
) -> None:
    """List the connections that were set, stopped or resumed, or all versions of one."""
    versions = run_command(
        "ministries",
        "connections",
        Settings(),
        lambda tx: use_cases.read_history(tx, ministry) if ministry else use_cases.read_current(tx),
    )
    for version in versions:
        typer.echo(_line(version))


def _line(version: Version) -> str:
    connection = version.connection
    kind = f"{connection.adapter} {connection.address}" if connection else _default()
    state = "stopped" if version.is_stopped else "called"
    since = f" since {version.set_at:%Y-%m-%d %H:%M}" if version.set_at else ""
    by = f" by {version.set_by}: {version.reason}" if version.version else ""
    days = connection.appeal_days if connection else None
    appeals = f", objections within {days} days" if days else ""
    return f"{version.ministry} {version.version}: {kind}{appeals}, {state}{since}{by}"


def _default() -> str:
    """Name the default connection; its address is a setting that only the service has for sure."""
    settings = Settings()
    is_known = "ministries_url" in settings.model_fields_set
    address = settings.ministries_url if is_known else "MINISTRIES_MINISTRIES_URL of the service"
    return f"{Connection(address=settings.ministries_url).adapter} {address} (default)"
