"""The command that closes cases which were decided after the moment of a restore."""

import asyncio

import typer

from libs.operator_command import By, DryRun, Since
from services.cases.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command("close-decided")(close_decided)


def close_decided(
    by: By,
    since: Since,
    *,
    dry_run: DryRun = False,
) -> None:
    """Close cases that were decided since a moment, as their citizens were told; list them.

    Run it when cases has read again what it lost. It may run meanwhile; a repeat finds nothing.
    The exit status is 1 if the brokers or the database do not answer.
    """
    # Loaded here: what reads topics takes as long to load as all commands of the service.
    from libs.restore_command import failures_printed
    from services.cases.recovery.restored import close_decided as close

    with failures_printed():
        summary = asyncio.run(close(Settings(), by, since, dry_run=dry_run))
    typer.echo(summary)
