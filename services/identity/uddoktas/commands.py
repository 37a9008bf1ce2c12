"""Commands on uddoktas; all are recorded in the audit log."""

from datetime import datetime
from typing import Annotated

import typer

from libs.clock import utc_now
from libs.contracts.centres import CreateUddokta, Position
from libs.contracts.language import Text
from libs.operator_command import By, run_command
from services.identity.second_factors.use_cases import SecondFactors
from services.identity.settings import Settings
from services.identity.staff.commands import show_app, show_password
from services.identity.staff.passwords import InitialPassword
from services.identity.uddoktas import use_cases

Username = Annotated[str, typer.Argument(help="Of the account", metavar="USERNAME")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]
_OF_BEFORE = "Of a certificate of before there were qualifications"
LastDay = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=_OF_BEFORE)]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    uddoktas = typer.Typer(help="Uddoktas of service centres.", no_args_is_help=True)
    uddoktas.command("create")(create)
    uddoktas.command("renew")(renew)
    uddoktas.command("move")(move)
    app.add_typer(uddoktas, name="uddoktas")


def create(  # noqa: PLR0913
    username: Username,
    by: By,
    first_name_bn: Annotated[str, typer.Option(help="First name, in Bangla")],
    first_name_en: Annotated[str, typer.Option(help="The same in English")],
    centre: Annotated[str, typer.Option(help="Id of the service centre")],
    licence: Annotated[str, typer.Option(help="Number of the licence")],
    licence_from: Day,
    licence_until: Day,
    phone: Annotated[str, typer.Option(prompt="Own mobile number", help="Asked for if not given.")],
    certificate: Annotated[str | None, typer.Option(help=_OF_BEFORE)] = None,
    certificate_until: LastDay = None,
    position: Annotated[Position, typer.Option(help="uddokta, or head of the centre")] = "uddokta",
) -> None:
    """Create an account for a licensed uddokta of a centre."""
    settings, at, initial = Settings(), utc_now(), InitialPassword.new()
    wanted = CreateUddokta(
        username=username,
        first_name=Text(bn=first_name_bn, en=first_name_en),
        service_centre_id=centre,
        position=position,
        licence_number=licence,
        licence_from=licence_from.date(),
        licence_until=licence_until.date(),
        certificate_number=certificate,
        certificate_until=certificate_until and certificate_until.date(),
        phone=phone,
    )
    _, address = run_command(
        "identity",
        "uddoktas create",
        settings,
        lambda tx: use_cases.create_uddokta(
            tx, wanted, initial, SecondFactors.of(settings), at, by=by
        ),
    )
    typer.echo(f"uddokta {username} of {centre} created")
    show_password(initial.text)
    show_app(address)


def renew(
    username: Username, by: By, licence_until: Day, certificate_until: LastDay = None
) -> None:
    """Set until when a licence holds."""
    run_command(
        "identity",
        "uddoktas renew",
        Settings(),
        lambda tx: use_cases.renew_licence(
            tx,
            username,
            licence_until.date(),
            certificate_until and certificate_until.date(),
            by=by,
        ),
    )
    typer.echo(f"licence of {username} renewed")


def move(
    username: Username, by: By, centre: Annotated[str, typer.Option(help="Id of the centre")]
) -> None:
    """Let an uddokta work at another centre; the sessions end."""
    run_command(
        "identity",
        "uddoktas move",
        Settings(),
        lambda tx: use_cases.move_uddokta(tx, username, centre, by=by),
    )
    typer.echo(f"{username} works at {centre}")
