"""Commands on offices and officers; all changes are recorded in the audit log."""

from typing import Annotated

import typer

from libs.clock import utc_now
from libs.contracts.catalogue import OfficeKind
from libs.contracts.language import Text
from libs.contracts.offices import OfficeState, PutOffice
from libs.operator_command import By, run_command
from services.identity.offices import use_cases
from services.identity.second_factors.use_cases import SecondFactors
from services.identity.settings import Settings
from services.identity.staff.commands import show_app, show_password
from services.identity.staff.passwords import InitialPassword

OfficeId = Annotated[str, typer.Argument(help="Id of the office", metavar="OFFICE")]
Username = Annotated[str, typer.Argument(help="Of the account", metavar="USERNAME")]
OfficeOption = Annotated[str, typer.Option(help="Id of the office")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    offices = typer.Typer(help="Offices of ministries.", no_args_is_help=True)
    offices.command("list")(list_offices)
    offices.command("put")(put_office)
    app.add_typer(offices, name="offices")
    officers = typer.Typer(help="Officers, and where they work.", no_args_is_help=True)
    officers.command("list")(list_officers)
    officers.command("create")(create)
    officers.command("place")(place)
    app.add_typer(officers, name="officers")


def list_offices() -> None:
    """List the offices."""
    for office in run_command("identity", "offices list", Settings(), use_cases.read_offices):
        place = office.area or "the whole country"
        typer.echo(
            f"{office.office_id} {office.state}: {office.name.en}, {office.ministry}, {place}"
        )


def put_office(  # noqa: PLR0913
    office: OfficeId,
    by: By,
    name_bn: Annotated[str, typer.Option(help="Its name")],
    name_en: Annotated[str, typer.Option(help="The same in English")],
    kind: Annotated[OfficeKind, typer.Option(help="What the office is")],
    ministry: Annotated[str, typer.Option(help="Id of the ministry or division")],
    area: Annotated[
        str | None, typer.Option(help="Code of its area; else the whole country")
    ] = None,
    state: Annotated[OfficeState, typer.Option(help="Whether officers work there")] = "running",
    population: Annotated[int | None, typer.Option(help="People whom it serves")] = None,
    population_source: Annotated[str | None, typer.Option(help="Where the figure is from")] = None,
) -> None:
    """Create an office, or change it."""
    body = PutOffice(
        name=Text(bn=name_bn, en=name_en),
        kind=kind,
        ministry=ministry,
        area=area,
        state=state,
        population=population,
        population_source=population_source,
    )
    run_command(
        "identity",
        "offices put",
        Settings(),
        lambda tx: use_cases.put_office(tx, office, body, utc_now(), by=by),
    )
    typer.echo(f"office {office} {state}")


def list_officers() -> None:
    """List the officers and where they work."""
    now = utc_now()
    for staff in run_command("identity", "officers list", Settings(), use_cases.read_officers):
        state = "disabled" if not staff.active else "active" if staff.works_at(now) else "left"
        typer.echo(f"{staff.username} {state}: {staff.office_id or 'no office'}, {staff.ministry}")


def create(username: Username, by: By, office: OfficeOption) -> None:
    """Create an account for an officer of an office."""
    factors, initial, at = SecondFactors.of(Settings()), InitialPassword.new(), utc_now()
    made = run_command(
        "identity",
        "officers create",
        Settings(),
        lambda tx: use_cases.create_officer(tx, username, office, initial, factors, at, by=by),
    )
    typer.echo(f"officer {username} of {office} created")
    show_password(initial.text)
    show_app(made.authenticator_address)


def place(username: Username, by: By, office: OfficeOption) -> None:
    """Let an officer work at another office; the sessions end."""
    run_command(
        "identity",
        "officers place",
        Settings(),
        lambda tx: use_cases.place_officer(tx, username, office, by=by),
    )
    typer.echo(f"{username} works at {office}")
