"""Commands on accounts of staff and their roles; all changes are recorded in the audit log."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.database.transaction import Transaction
from libs.operator_command import By, run_command
from services.identity.second_factors.use_cases import SecondFactors, set_up_app
from services.identity.settings import Settings
from services.identity.staff import rules, use_cases
from services.identity.staff.rules import GivenRole

Result = TypeVar("Result")
_GIVEN = [role for role, kind in rules.ROLES.items() if kind.given_by != "own_record"]
Role = Annotated[str, typer.Option(help=f"One of {', '.join(_GIVEN)}.")]
Ministry = Annotated[str | None, typer.Option(help="Id of an officer's ministry or division.")]
District = Annotated[
    str | None, typer.Option(help="Code of the district, of a role of one: 3026 is Dhaka.")
]
Until = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day with the role.")
]
Username = Annotated[
    str,
    typer.Option(
        help="3 to 40 small letters, digits, dots, hyphens or underscores, beginning with a letter."
    ),
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    for command in (
        create_staff,
        give_role,
        take_role,
        roles,
        set_password,
        reset_second_factors,
        logins,
    ):
        app.command()(command)


def create_staff(
    username: Username,
    role: Role,
    by: By,
    ministry: Ministry = None,
    until: Until = None,
    district: District = None,
) -> None:
    """Create an account for a member of staff with a role.

    Raises:
        BadParameter: there is no such role, or it is not given by command.
    """
    factors, at = SecondFactors.of(Settings()), Clock().now()
    last_day = until.date() if until else None
    if role not in rules.ROLES or rules.ROLES[role].given_by == "own_record":
        raise typer.BadParameter(f"the roles are {', '.join(_GIVEN)}")

    async def create(tx: Transaction) -> tuple[str, str]:
        staff, password = await use_cases.create_staff(
            tx, username, role, ministry, by=by, at=at, until=last_day, district=district
        )
        return password, await set_up_app(tx, factors, staff.staff_id, username)

    password, address = _run("create-staff", create)
    typer.echo(f"{role} {username} created")
    show_password(password)
    show_app(address)


def give_role(
    username: Username,
    role: Role,
    by: By,
    ministry: Ministry = None,
    until: Until = None,
    district: District = None,
) -> None:
    """Give an account one more role, or change until when it has it; the sessions end."""
    given_role = GivenRole(role, by, Clock().now(), until.date() if until else None, district)
    _run("give-role", lambda tx: use_cases.give_role(tx, username, given_role, ministry=ministry))
    typer.echo(f"{username} is {role}")


def take_role(username: Username, role: Role, by: By) -> None:
    """Take a role from an account, and end its sessions."""
    _run("take-role", lambda tx: use_cases.take_role(tx, username, role, by=by))
    typer.echo(f"{username} is no {role}")


def roles(username: Username) -> None:
    """List the roles that an account has today, who gave them, and until when."""
    now = Clock().now()
    for role in _run("roles", lambda tx: use_cases.list_roles(tx, username, now)):
        until = f" until {role.until}" if role.until else ""
        typer.echo(f"{role.role}{until}, by {role.given_by} on {dhaka_date(role.given_at)}")


def set_password(username: Username, by: By) -> None:
    """Give an account a new initial password, and end its sessions."""
    at = Clock().now()
    password = _run(
        "set-password", lambda tx: use_cases.set_initial_password(tx, username, by=by, at=at)
    )
    show_password(password)


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


def show_password(password: str) -> None:
    """Print an initial password, and how its person goes on."""
    typer.echo(
        "initial password, shown only now; its person chooses another one within 24 hours at the "
        f"login of the desk, with a code of the app:\n{password}"
    )


def show_app(address: str) -> None:
    """Print the address with which an authenticator app is set up."""
    typer.echo(f"set up the authenticator app with this address, shown only now:\n{address}")


def _run(command: str, use_case: Callable[[Transaction], Awaitable[Result]]) -> Result:
    return run_command("identity", command, Settings(), use_case)
