"""Commands on public services; changes are recorded in the audit log and announced in seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from libs.contracts.problems import PROBLEMS
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.telemetry.tracing import Tracing
from services.catalogue.public_services import use_cases
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.rules import FeeOverride, describe_fee, describe_state
from services.catalogue.settings import Settings

Result = TypeVar("Result")
By = Annotated[str, typer.Option("--by", help="Your name, for the audit log.")]
ServiceId = Annotated[str, typer.Argument(help="Id of the public service, for example S001.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command("set-open")(set_open)
    app.command("set-fee")(set_fee)
    app.command("load")(load)
    app.command("publish-all")(publish_all)


def set_open(
    public_service_id: ServiceId,
    by: By,
    is_open: Annotated[bool, typer.Option("--open/--closed", help="Whether people may apply.")],
) -> None:
    """Open a public service for applications, or close it."""
    service = _run(
        "set open",
        lambda tx, at: use_cases.set_open(tx, public_service_id, is_open=is_open, by=by, at=at),
    )
    typer.echo(f"{public_service_id} is {describe_state(service)}")


def set_fee(
    public_service_id: ServiceId,
    by: By,
    amount_bdt: Annotated[int | None, typer.Argument(min=0, help="Whole taka.")] = None,
    note: Annotated[str | None, typer.Option(help="What the fee depends on.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Where the fee was published; required for an official fee.")
    ] = None,
) -> None:
    """Set the fee of a public service; without an amount it depends on the note."""
    fee = FeeOverride(amount_bdt, note, source)
    service = _run(
        "set fee", lambda tx, at: use_cases.set_fee(tx, public_service_id, fee, by=by, at=at)
    )
    typer.echo(f"{public_service_id}: {describe_fee(service)}")


def load() -> None:
    """Load new and changed reference data."""
    reference = read_reference()
    result = _run("load", lambda tx, at: use_cases.load_reference(tx, reference, at))
    for table, count in result.rows.items():
        typer.echo(f"{table}: {count} new or changed")
    typer.echo(f"{result.announced} public services announced")


def publish_all() -> None:
    """Announce every public service again, for a broker or a reader that lost them."""
    announced = _run("publish all", use_cases.announce_all)
    typer.echo(f"{announced} public services announced")


def _run(name: str, use_case: Callable[[Transaction, datetime], Awaitable[Result]]) -> Result:
    """Run a use case in a transaction; print why it failed.

    Raises:
        Exit: it was refused, or the database does not answer; with status 1.
    """
    try:
        return asyncio.run(_in_transaction(name, use_case))
    except Refused as refusal:
        typer.echo(PROBLEMS[refusal.code].detail.en, err=True)
        raise typer.Exit(1) from None
    except Unavailable as failure:
        typer.echo(f"The database does not answer ({failure.detail}). Try again.", err=True)
        raise typer.Exit(1) from None


async def _in_transaction(
    name: str, use_case: Callable[[Transaction, datetime], Awaitable[Result]]
) -> Result:
    settings = Settings()
    database = Database(settings.dsn, connections=1)
    tracing = Tracing("catalogue", endpoint=settings.otlp_endpoint)
    try:
        with tracing.root_span(f"catalogue {name}"):
            async with database.transaction() as tx:
                return await use_case(tx, datetime.now(UTC))
    finally:
        await database.close()
        tracing.close()
