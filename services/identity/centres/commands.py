"""Commands on service centres; changes are recorded in the audit log."""

from typing import Annotated

import typer

from libs.clock import utc_now
from libs.operator_command import By, run_command
from services.identity.centres import use_cases
from services.identity.settings import Settings

Centre = Annotated[str, typer.Argument(help="Id of the centre", metavar="CENTRE")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    centres = typer.Typer(help="Service centres.", no_args_is_help=True)
    centres.command("list")(list_centres)
    centres.command("add-device")(add_device)
    app.add_typer(centres, name="centres")


def list_centres() -> None:
    """List the centres, where they are, and whether they run."""
    for centre in run_command("identity", "centres list", Settings(), use_cases.read_centres):
        typer.echo(
            f"{centre.service_centre_id} {centre.state_now}: {centre.name.en}, {centre.address.en}"
        )


def add_device(
    centre: Centre, by: By, name: Annotated[str, typer.Option(help="Name of the device")]
) -> None:
    """Let a device of a centre be enrolled; its code is valid for 24 hours."""
    _, code = run_command(
        "identity",
        "centres add-device",
        Settings(),
        lambda tx: use_cases.add_device(tx, centre, name, utc_now(), by=by),
    )
    typer.echo(f"type this on the device, at /counter/device of the desk; shown only now:\n{code}")
