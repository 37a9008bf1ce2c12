"""The command that repairs a case which was named as stalled."""

from typing import Annotated, Final
from uuid import UUID

import typer

from libs.clock import utc_now
from libs.operator_command import By, run_command
from services.cases.settings import Settings
from services.cases.stalled import use_cases

_SERVICE: Final = "cases"


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command("repair-case")(repair_case)


def repair_case(
    case_id: Annotated[UUID, typer.Argument(help="Id of the case, as the alert's log names it.")],
    by: By,
) -> None:
    """Give a case the state of its history, and the tasks and clocks that follow from it."""
    at = utc_now()
    file = run_command(
        _SERVICE,
        "repair case",
        Settings(),
        lambda tx: use_cases.repair(tx, case_id, by=by, at=at),
    )
    typer.echo(f"{case_id} is at {file.state.step}, and waits for {file.waits_for or 'nobody'}")
