"""Commands on public services; changes are announced and recorded in the audit log."""

from typing import Annotated

import typer

from libs.clock import utc_now
from libs.operator_command import By, run_command
from services.catalogue.public_services import use_cases
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.rules import FeeOverride, describe_fee, describe_state
from services.catalogue.settings import Settings

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
    service = run_command(
        "catalogue",
        "set open",
        Settings(),
        lambda tx: use_cases.set_open(tx, public_service_id, is_open=is_open, by=by, at=utc_now()),
    )
    typer.echo(f"{public_service_id} is {describe_state(service)}")


def set_fee(
    public_service_id: ServiceId,
    by: By,
    amount_bdt: Annotated[int | None, typer.Argument(min=0, help="Whole taka.")] = None,
    note: Annotated[str | None, typer.Option(help="What the fee depends on, in English.")] = None,
    note_bn: Annotated[str | None, typer.Option(help="The same in Bangla.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Where the fee was published; required for an official fee.")
    ] = None,
) -> None:
    """Set the fee of a public service; without an amount it depends on the note."""
    fee = FeeOverride(amount_bdt, note, source, note_bn)
    service = run_command(
        "catalogue",
        "set fee",
        Settings(),
        lambda tx: use_cases.set_fee(tx, public_service_id, fee, by=by, at=utc_now()),
    )
    typer.echo(f"{public_service_id}: {describe_fee(service)}")


def load() -> None:
    """Load new and changed reference data."""
    settings = Settings()
    reference = read_reference(grievances=settings.grievances)
    adapter = settings.adapter_of_bodies
    result = run_command(
        "catalogue",
        "load",
        settings,
        lambda tx: use_cases.load_reference(tx, reference, utc_now(), adapter_of_bodies=adapter),
    )
    for table, count in result.rows.items():
        typer.echo(f"{table}: {count} new or changed")
    typer.echo(f"{result.announced} public services announced")


def publish_all() -> None:
    """Announce all public services again, after the broker or a consumer has lost them."""
    announced = run_command(
        "catalogue", "publish all", Settings(), lambda tx: use_cases.announce_all(tx, utc_now())
    )
    typer.echo(f"{announced} public services announced")
