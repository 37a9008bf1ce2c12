"""Commands on uddoktas; all are recorded in the audit log."""

from datetime import datetime
from typing import Annotated

import typer

from libs.clock import utc_now
from libs.contracts.centres import Position
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.operator_command import By, run_command
from services.identity.citizens.numbers import read_phone
from services.identity.second_factors import second_factors
from services.identity.second_factors.use_cases import set_up_app
from services.identity.settings import Settings
from services.identity.staff import use_cases as staff
from services.identity.staff.commands import show_app, show_password
from services.identity.uddoktas import use_cases
from services.identity.uddoktas.rules import Uddokta

Username = Annotated[str, typer.Argument(help="Of the account", metavar="USERNAME")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


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
    certificate: Annotated[str, typer.Option(help="Number of the certificate")],
    certificate_until: Day,
    phone: Annotated[str, typer.Option(prompt="Own mobile number", help="Asked for if not given.")],
    position: Annotated[Position, typer.Option(help="uddokta, or head of the centre")] = "uddokta",
) -> None:
    """Create an account for a licensed uddokta of a centre."""
    settings, at, number = Settings(), utc_now(), read_phone(phone)

    async def add(tx: Transaction) -> tuple[str, str]:
        account, password = await staff.create_staff(tx, username, "uddokta", None, by=by, at=at)
        uddokta = Uddokta(
            uddokta_id=account.staff_id,
            username=username,
            first_name=Text(bn=first_name_bn, en=first_name_en),
            service_centre_id=centre,
            position=position,
            licence_number=licence,
            licence_from=licence_from.date(),
            licence_until=licence_until.date(),
            certificate_number=certificate,
            certificate_until=certificate_until.date(),
        )
        await use_cases.add_uddokta(tx, uddokta, number, by=by)
        factors = second_factors(settings)
        return password, await set_up_app(tx, factors, account.staff_id, username)

    password, address = run_command("identity", "uddoktas create", settings, add)
    typer.echo(f"uddokta {username} of {centre} created")
    show_password(password)
    show_app(address)


def renew(username: Username, by: By, licence_until: Day, certificate_until: Day) -> None:
    """Set until when licence and certificate hold."""
    run_command(
        "identity",
        "uddoktas renew",
        Settings(),
        lambda tx: use_cases.renew_licence(
            tx, username, licence_until.date(), certificate_until.date(), by=by
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
