"""Commands on accounts of officers and operators; all are recorded in the audit log."""

from typing import Annotated

import typer

from services.identity.operator_command import By, run
from services.identity.staff import use_cases

Username = Annotated[
    str, typer.Option(help="3 to 40 lower-case letters, digits, dots, hyphens or underscores.")
]
Password = Annotated[
    str,
    typer.Option(
        prompt=True, hide_input=True, confirmation_prompt=True, help="12 to 200 characters."
    ),
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    for command in (create_officer, create_operator, create_viewer, set_password, disable):
        app.command()(command)


def create_officer(
    username: Username,
    by: By,
    ministry: Annotated[str, typer.Option(help="Id of the ministry or division.")],
    password: Password,
) -> None:
    """Create an account for an officer of a ministry."""
    run(lambda tx: use_cases.create_staff(tx, username, "officer", ministry, password, by=by))
    typer.echo(f"officer {username} created")


def create_operator(username: Username, by: By, password: Password) -> None:
    """Create an account for an operator of the platform."""
    run(lambda tx: use_cases.create_staff(tx, username, "operator", None, password, by=by))
    typer.echo(f"operator {username} created")


def create_viewer(username: Username, by: By, password: Password) -> None:
    """Create an account that may view dead letters in full; every view is recorded."""
    run(
        lambda tx: use_cases.create_staff(tx, username, "dead_letter_viewer", None, password, by=by)
    )
    typer.echo(f"viewer {username} created")


def set_password(username: Username, by: By, password: Password) -> None:
    """Set the password of an account, and end its sessions."""
    run(lambda tx: use_cases.change_password(tx, username, password, by=by))
    typer.echo(f"password of {username} set")


def disable(username: Username, by: By) -> None:
    """Disable an account and end its sessions; access tokens expire within 15 minutes."""
    run(lambda tx: use_cases.disable_staff(tx, username, by=by))
    typer.echo(f"{username} disabled")
