"""The command that takes up again applications and events that a restored database lost."""

import asyncio

import typer

from libs.operator_command import By, DryRun, Since
from services.applications.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command("take-up")(take_up)


def take_up(
    by: By,
    since: Since,
    *,
    dry_run: DryRun = False,
) -> None:
    """Take up records of the topics since a moment that the database lost; list them by number.

    Run it before the service starts: the service would refuse what ministries decided about
    applications that it does not have. A repeat finds nothing.
    The exit status is 1 if the service runs, or the brokers or the database do not answer.
    """
    # Loaded here: what reads topics takes as long to load as all commands of the service.
    from libs.restore_command import failures_printed
    from services.applications.recovery.restored import take_up as take_up_again

    with failures_printed():
        summary = asyncio.run(take_up_again(Settings(), by, since, dry_run=dry_run))
    typer.echo(summary)
