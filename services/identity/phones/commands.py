"""The command that gives an account back which was set aside; it is recorded in the audit log."""

from typing import Annotated

import typer

from libs.clock import utc_now
from libs.operator_command import By, run_command
from services.identity.citizens.numbers import read_phone
from services.identity.codes.policy import silence_policy
from services.identity.phones import use_cases
from services.identity.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command()(claim_account)


def claim_account(
    by: By,
    proof: Annotated[str, typer.Option(help="What the owner showed, without its numbers.", min=1)],
    from_phone: Annotated[
        str, typer.Option(prompt="Number that the account had", help="Asked for if not given.")
    ],
    phone: Annotated[
        str, typer.Option(prompt="Number of its owner now", help="Asked for if not given.")
    ],
    number: Annotated[
        str,
        typer.Option(
            prompt="NID or birth registration number, empty if the profile has none",
            help="Of the profile. Asked for if not given.",
        ),
    ] = "",
) -> None:
    """Give an account that was set aside back to its owner, at another number or the same."""
    settings = Settings()
    account = run_command(
        "identity",
        "claim-account",
        settings,
        lambda tx: use_cases.claim_account(
            tx,
            read_phone(from_phone),
            read_phone(phone),
            number or None,
            silence_policy(settings),
            utc_now(),
            by=by,
            proof=proof,
        ),
    )
    typer.echo(f"{account} has its owner's number")
