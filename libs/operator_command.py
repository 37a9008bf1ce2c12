"""Runs an operator's command: one use case in one transaction, with a trace."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import typer

from libs.bangladesh.calendar import DHAKA
from libs.clock import utc_now
from libs.contracts.problems import PROBLEMS
from libs.contracts.topics import OLDEST_RESTORE_DAYS
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.settings import ServiceSettings, cipher_of
from libs.telemetry import spans
from libs.telemetry.tracing import Tracing

Result = TypeVar("Result")
# A shell account is often shared, so the person is named.
By = Annotated[str, typer.Option("--by", help="Your name, for the audit log.", min=1)]


class NoDatabase(Exception):
    """No setting says where the service's database is."""


def command_database(settings: ServiceSettings) -> Database:
    """Make a service's database for one command; it connects at the first statement.

    Raises:
        NoDatabase: there is no DSN.
    """
    if not settings.dsn:
        raise NoDatabase
    return Database(settings.dsn, connections=1, cipher=cipher_of(settings))


def moment(text: str) -> datetime:
    """Read a time; one without an offset is Dhaka's.

    Raises:
        ValueError: it is no time of ISO 8601.
    """
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=DHAKA)


def moment_of_restore(text: str) -> datetime:
    """Read the moment to which a database was restored.

    Raises:
        BadParameter: it is to come, or so long ago that topics may have lost what was written
            since.
    """
    since = moment(text)
    if since > utc_now():
        raise typer.BadParameter(
            f"that is in the future: it is {utc_now().astimezone(DHAKA):%Y-%m-%dT%H:%M} in Dhaka"
        )
    if since < utc_now() - timedelta(days=OLDEST_RESTORE_DAYS):
        raise typer.BadParameter(
            f"databases are restored to {OLDEST_RESTORE_DAYS} days ago at most"
        )
    return since


Since = Annotated[
    datetime,
    typer.Option(
        parser=moment_of_restore, help="The moment of the restore: 2026-12-16T09:30 in Dhaka"
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="List only; change nothing")]


def run_command(
    service: str,
    command: str,
    settings: ServiceSettings,
    use_case: Callable[[Transaction], Awaitable[Result]],
) -> Result:
    """Run a use case in a transaction; print why it failed.

    Args:
        service: the service's name.
        command: its name on the command line and in the span.
        settings: of the service.
        use_case: what to do.

    Raises:
        Exit: status 1: the use case was refused, or the database does not answer.
        NoDatabase: there is no DSN.
    """
    try:
        return asyncio.run(_in_transaction(service, command, settings, use_case))
    except Refused as refusal:
        typer.echo(PROBLEMS[refusal.code].detail.en, err=True)
        if refusal.detail:
            typer.echo(refusal.detail, err=True)
    except Unavailable as failure:
        typer.echo(f"The database does not answer ({failure.detail}). Try again.", err=True)
    raise typer.Exit(1)


async def _in_transaction(
    service: str,
    command: str,
    settings: ServiceSettings,
    use_case: Callable[[Transaction], Awaitable[Result]],
) -> Result:
    database = command_database(settings)
    tracing = Tracing(service, endpoint=settings.otlp_endpoint, ca_file=settings.otlp_ca_file)
    try:
        with tracing.root_span(spans.command(service, command)):
            async with database.transaction() as tx:
                return await use_case(tx)
    finally:
        await database.close()
        tracing.close()
