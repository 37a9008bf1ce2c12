"""The command that grants papers of decisions by a release that granted none."""

from datetime import datetime
from functools import partial
from typing import Annotated, Final
from uuid import UUID

import typer

from libs.operator_command import By, DryRun, moment, run_command
from services.cases.papers import use_cases
from services.cases.settings import Settings

_AT_ONCE: Final = 200


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command("grant-papers")(grant_papers)


def grant_papers(
    by: By,
    since: Annotated[
        datetime,
        typer.Option(parser=moment, help="Of what was decided since: 2026-12-16T09:30 in Dhaka"),
    ],
    *,
    dry_run: DryRun = False,
) -> None:
    """Grant the papers of all cases that were decided since a moment, and stand so now.

    Run it after a rollout, with the moment at which it began: a process of the release before
    decides without a paper. A paper that is there stays as it is, and nobody is told again.
    """
    granted, after = 0, UUID(int=0)
    while True:
        found, last = run_command(
            "cases",
            "grant papers",
            Settings(),
            partial(
                use_cases.grant_again,
                after=after,
                since=since,
                by=by,
                limit=_AT_ONCE,
                dry_run=dry_run,
            ),
        )
        granted += found
        if last is None:
            break
        after = last
    typer.echo(f"{granted} papers of decisions since {since.isoformat()}")
