"""Commands of the catalogue's operators: open and close services, set fees, load, tell again.

Each change is written down with who made it, and told to the others; they have it within seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from libs.contracts.problems import PROBLEMS
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.telemetry.tracing import Tracing
from services.catalogue.domain import FeeRuling, PublicService, Ruling, as_it_stands
from services.catalogue.loading import load, tell_all, tell_changes
from services.catalogue.reference_files import read_reference
from services.catalogue.settings import Settings
from services.catalogue.store import changes, offer
from services.catalogue.store.changes import AuditEntry

Done = TypeVar("Done")
By = Annotated[str, typer.Option("--by", help="Who does this; kept in the audit.")]
ServiceId = Annotated[str, typer.Argument(help="Id of the public service, e.g. S001.")]


def make_app() -> typer.Typer:
    """Put the catalogue's commands together."""
    app = typer.Typer(help="Public services: open, close, fees.", no_args_is_help=True)
    app.command("set-open")(set_open_command)
    app.command("set-fee")(set_fee_command)
    app.command("load")(load_command)
    app.command("publish-all")(publish_all_command)
    return app


def set_open_command(
    public_service_id: ServiceId,
    by: By,
    is_open: Annotated[bool, typer.Option("--open/--closed", help="Whether people may apply.")],
) -> None:
    """Open a public service for applications, or close it."""
    service = _run("set open", lambda tx: set_open(tx, public_service_id, is_open=is_open, by=by))
    typer.echo(f"{public_service_id} is {_openness(service)}")


def set_fee_command(
    public_service_id: ServiceId,
    by: By,
    amount_bdt: Annotated[int | None, typer.Argument(min=0, help="Whole taka.")] = None,
    note: Annotated[str | None, typer.Option(help="What the fee depends on.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Where the fee was published; without it it is not official.")
    ] = None,
) -> None:
    """Set the fee of a public service; without an amount it depends on what the note says."""
    fee = FeeRuling(amount_bdt, note, source)
    service = _run("set fee", lambda tx: set_fee(tx, public_service_id, fee, by=by))
    typer.echo(f"{public_service_id}: {_fee(service)}")


def load_command() -> None:
    """Load the reference: what is new or different, and nothing else."""
    reference = read_reference()
    loaded = _run("load", lambda tx: load(tx, reference, datetime.now(UTC)))
    for table, count in loaded.rows.items():
        typer.echo(f"{table}: {count} new or changed")
    typer.echo(f"told of {loaded.told} public services")


def publish_all_command() -> None:
    """Tell of every public service again, for a broker or a reader that lost it."""
    told = _run("publish all", lambda tx: tell_all(tx, datetime.now(UTC)))
    typer.echo(f"told of {told} public services")


async def set_open(
    tx: Transaction, public_service_id: str, *, is_open: bool, by: str
) -> PublicService:
    """Open or close a public service, and tell of it; repeating is harmless.

    Raises:
        Refused: no such service.
    """
    before, ruling = await _held(tx, public_service_id)
    ruling = replace(ruling, open=is_open)
    after = as_it_stands(before, ruling)
    entry = AuditEntry(by, "set open", public_service_id, _openness(before), _openness(after))
    return await _rule(tx, ruling, after, entry)


async def set_fee(
    tx: Transaction, public_service_id: str, fee: FeeRuling, *, by: str
) -> PublicService:
    """Set the fee of a public service, and tell of it; repeating is harmless.

    Raises:
        Refused: no such service.
    """
    before, ruling = await _held(tx, public_service_id)
    ruling = replace(ruling, fee=fee)
    after = as_it_stands(before, ruling)
    entry = AuditEntry(by, "set fee", public_service_id, _fee(before), _fee(after))
    return await _rule(tx, ruling, after, entry)


async def _held(tx: Transaction, public_service_id: str) -> tuple[PublicService, Ruling]:
    """Keep other writers out, and return the service as it stands and what was ruled on it.

    Raises:
        Refused: no such service.
    """
    await changes.hold_version(tx)
    for service in await offer.read_public_services(tx):
        if service.public_service_id == public_service_id:
            rulings = await offer.read_rulings(tx)
            ruling = rulings.get(public_service_id, Ruling(public_service_id))
            return as_it_stands(service, ruling), ruling
    raise Refused("public_service_not_found")


async def _rule(
    tx: Transaction, ruling: Ruling, after: PublicService, entry: AuditEntry
) -> PublicService:
    await offer.save_rulings(tx, [ruling])
    await changes.add_audit(tx, [entry])
    await changes.raise_version(tx)
    await tell_changes(tx, datetime.now(UTC))
    return after


def _openness(service: PublicService) -> str:
    return "open" if service.open else "closed"


def _fee(service: PublicService) -> str:
    amount = "no fixed fee" if service.fee_bdt is None else f"Tk {service.fee_bdt}"
    parts = [amount, service.fee_note, service.sourcing.fee, service.sourcing.fee_source]
    return ", ".join(part for part in parts if part)


def _run(what: str, work: Callable[[Transaction], Awaitable[Done]]) -> Done:
    try:
        return asyncio.run(_in_transaction(what, work))
    except Refused as refusal:
        typer.echo(PROBLEMS[refusal.code].detail.en, err=True)
        raise typer.Exit(1) from None
    except Unavailable as failure:
        typer.echo(f"The database does not answer ({failure.detail}). Try again.", err=True)
        raise typer.Exit(1) from None


async def _in_transaction(what: str, work: Callable[[Transaction], Awaitable[Done]]) -> Done:
    settings = Settings()
    database = Database(settings.dsn, connections=1)
    tracing = Tracing("catalogue", endpoint=settings.otlp_endpoint)
    try:
        with tracing.root_span(f"catalogue {what}"):
            async with database.transaction() as tx:
                return await work(tx)
    finally:
        await database.close()
        tracing.close()
