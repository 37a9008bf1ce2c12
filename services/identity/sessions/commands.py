"""The command that ends a person's sessions; it is recorded in the audit log."""

from typing import Annotated
from uuid import UUID

import typer

from libs.operator_command import By, run_command
from services.identity.sessions import use_cases
from services.identity.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command()(end_sessions)


def end_sessions(
    subject: Annotated[UUID, typer.Argument(help="Id of the citizen or of the staff account.")],
    by: By,
) -> None:
    """End all sessions of a person; their tokens are refused at once."""
    run_command(
        "identity",
        "end-sessions",
        Settings(),
        lambda tx: use_cases.end_sessions_by_command(tx, subject, by=by),
    )
    typer.echo(f"sessions of {subject} ended")
