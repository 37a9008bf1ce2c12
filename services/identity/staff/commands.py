"""Commands on accounts of officers and operators; all are recorded in the audit log."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from libs.clock import Clock
from libs.contracts.identity import StaffRole
from libs.database.transaction import Transaction
from libs.operator_command import By, run_command
from services.identity.second_factors.use_cases import SecondFactors, set_up_app
from services.identity.settings import Settings
from services.identity.staff import use_cases

Result = TypeVar("Result")
Username = Annotated[
    str, typer.Option(help="3 to 40 lower-case letters, digits, dots, hyphens or underscores.")
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    for command in (
        create_officer,
        create_operator,
        create_viewer,
        create_programme_staff,
        set_password,
        reset_second_factors,
        disable,
        logins,
    ):
        app.command()(command)


def create_officer(
    username: Username,
    by: By,
    ministry: Annotated[str, typer.Option(help="Id of the ministry or division.")],
) -> None:
    """Create an account for an officer of a ministry."""
    _create(username, "officer", ministry, by)


def create_operator(username: Username, by: By) -> None:
    """Create an account for an operator of the platform."""
    _create(username, "operator", None, by)


def create_viewer(username: Username, by: By) -> None:
    """Create an account that may view dead letters in full; every view is recorded."""
    _create(username, "dead_letter_viewer", None, by)


def create_programme_staff(username: Username, by: By) -> None:
    """Create an account for a person of the programme, who looks after centres and uddoktas."""
    _create(username, "programme", None, by)


def set_password(username: Username, by: By) -> None:
    """Give an account a new initial password, and end its sessions."""
    at = Clock().now()
    password = _run(
        "set-password", lambda tx: use_cases.set_initial_password(tx, username, by=by, at=at)
    )
    show_password(password)


def disable(username: Username, by: By) -> None:
    """Disable an account and end its sessions; its tokens are refused at once."""
    _run("disable", lambda tx: use_cases.disable_staff(tx, username, by=by))
    typer.echo(f"{username} disabled")


def reset_second_factors(username: Username, by: By) -> None:
    """Set up a new authenticator app for an account, remove its passkeys, end its sessions."""
    factors = SecondFactors.of(Settings())
    address = _run(
        "reset-second-factors",
        lambda tx: use_cases.reset_second_factors(tx, factors, username, by=by),
    )
    show_app(address)


def logins(
    username: Username, last: Annotated[int, typer.Option(help="How many.", min=1)] = 20
) -> None:
    """List the newest logins of an account, good and bad."""
    for login in _run("logins", lambda tx: use_cases.read_logins(tx, username, limit=last)):
        at = login.at.isoformat(timespec="seconds")
        typer.echo(f"{at} {login.outcome} from {login.address}")


def _create(username: str, role: StaffRole, ministry: str | None, by: str) -> None:
    factors, at = SecondFactors.of(Settings()), Clock().now()

    async def create(tx: Transaction) -> tuple[str, str]:
        staff, password = await use_cases.create_staff(tx, username, role, ministry, by=by, at=at)
        return password, await set_up_app(tx, factors, staff.staff_id, username)

    password, address = _run("create", create)
    typer.echo(f"{role} {username} created")
    show_password(password)
    show_app(address)


def show_password(password: str) -> None:
    """Print an initial password, and how its person goes on."""
    typer.echo(
        "initial password, shown only now; its person changes it within 24 hours, with a second "
        f"factor (POST /v1/staff/password):\n{password}"
    )


def show_app(address: str) -> None:
    """Print the address with which an authenticator app is set up."""
    typer.echo(f"set up the authenticator app with this address, shown only now:\n{address}")


def _run(command: str, use_case: Callable[[Transaction], Awaitable[Result]]) -> Result:
    return run_command("identity", command, Settings(), use_case)
