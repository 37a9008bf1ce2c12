"""The commands that compare cases with their histories, and repair one."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Final
from uuid import UUID

import typer

from libs.clock import utc_now
from libs.operator_command import By, run_command
from services.cases.settings import Settings
from services.cases.stalled import use_cases

_SERVICE: Final = "cases"
_AT_ONCE: Final = 200


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command("repair-case")(repair_case)
    app.command("compare-histories")(compare_histories)


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


def compare_histories() -> None:
    """Compare each case with what its history, replayed, gives; list those that differ.

    Cases of erased citizens are left out: they have no history any more, or are sealed.
    """
    compared, different = 0, 0
    cases: Sequence[UUID] = [UUID(int=0)]
    while cases:
        cases, differing = run_command(
            _SERVICE,
            "compare histories",
            Settings(),
            partial(use_cases.compare_histories, after=cases[-1], limit=_AT_ONCE),
        )
        compared += len(cases)
        different += len(differing)
        for case_id in differing:
            typer.echo(f"{case_id} is not as its history")
    typer.echo(f"{compared} compared, {different} differ")
