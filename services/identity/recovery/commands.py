"""The command that takes up again the accounts that a restored database lost."""

import asyncio

import typer

from libs.operator_command import By, DryRun, Since
from services.identity.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command("take-up")(take_up)


def take_up(
    by: By,
    since: Since,
    *,
    dry_run: DryRun = False,
) -> None:
    """Take up accounts, numbers and erasures that the topics have and the database lost.

    Run it before the service starts: a citizen who logs in first would get a new account, without
    her applications. A repeat finds nothing.
    The exit status is 1 if the service runs, or the brokers or the database do not answer.
    """
    # Loaded here: what reads topics takes as long to load as all commands of the service.
    from libs.restore_command import failures_printed
    from services.identity.recovery.restored import take_up as take_up_again

    with failures_printed():
        summary = asyncio.run(take_up_again(Settings(), by, since, dry_run=dry_run))
    typer.echo(summary)
