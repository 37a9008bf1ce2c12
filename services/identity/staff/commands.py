"""Commands on accounts of officers and operators; all are recorded in the audit log."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from libs.database.transaction import Transaction
from libs.operator_command import By, run_command
from services.identity.settings import Settings
from services.identity.staff import use_cases
from services.identity.staff.rules import StaffRole

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
    _create(username, "officer", ministry, password, by)


def create_operator(username: Username, by: By, password: Password) -> None:
    """Create an account for an operator of the platform."""
    _create(username, "operator", None, password, by)


def create_viewer(username: Username, by: By, password: Password) -> None:
    """Create an account that may view dead letters in full; every view is recorded."""
    _create(username, "dead_letter_viewer", None, password, by)


def set_password(username: Username, by: By, password: Password) -> None:
    """Set the password of an account, and end its sessions."""
    _run("set-password", lambda tx: use_cases.change_password(tx, username, password, by=by))
    typer.echo(f"password of {username} set")


def disable(username: Username, by: By) -> None:
    """Disable an account and end its sessions; access tokens expire within 15 minutes."""
    _run("disable", lambda tx: use_cases.disable_staff(tx, username, by=by))
    typer.echo(f"{username} disabled")


def _create(username: str, role: StaffRole, ministry: str | None, password: str, by: str) -> None:
    _run("create", lambda tx: use_cases.create_staff(tx, username, role, ministry, password, by=by))
    typer.echo(f"{role} {username} created")


def _run(command: str, use_case: Callable[[Transaction], Awaitable[object]]) -> None:
    run_command("identity", command, Settings(), use_case)
