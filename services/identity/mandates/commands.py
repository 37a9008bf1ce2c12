"""Commands that end mandates or give a citizen a phone; recorded in the audit log."""

from typing import Annotated

import typer

from libs.clock import utc_now
from libs.operator_command import By, run_command
from services.identity.citizens.numbers import read_phone
from services.identity.codes.policy import silence_policy
from services.identity.mandates import use_cases
from services.identity.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command("give-phone")(give_phone)
    app.command()(disable)


def disable(
    username: Annotated[str, typer.Option(help="Of the account of a member of staff")], by: By
) -> None:
    """Disable an account, and end its sessions and, of an uddokta, the open mandates, at once."""
    run_command(
        "identity",
        "disable",
        Settings(),
        lambda tx: use_cases.disable_account(tx, username, by=by, at=utc_now()),
    )
    typer.echo(f"{username} disabled")


def give_phone(
    by: By,
    proof: Annotated[str, typer.Option(help="What was shown, without personal data", min=1)],
    number: Annotated[
        str, typer.Option(prompt="NID or birth registration number", help="Asked for if not given.")
    ],
    phone: Annotated[str, typer.Option(prompt="Own mobile number", help="Asked for if not given.")],
) -> None:
    """Give the account of a citizen without a phone a number of her own, with which she logs in."""
    settings = Settings()
    account = run_command(
        "identity",
        "give-phone",
        settings,
        lambda tx: use_cases.give_phone(
            tx,
            number,
            read_phone(phone),
            silence_policy(settings),
            utc_now(),
            by=by,
            proof=proof,
        ),
    )
    typer.echo(f"{account} has its owner's number")
