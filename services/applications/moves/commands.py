"""Commands that plan, start and show moves of open applications."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import typer

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.operator_command import By, run_command
from services.applications.moves import use_cases
from services.applications.moves.rules import Change, Move
from services.applications.public_services.cache import PublicServiceCache
from services.applications.public_services.use_cases import refresh_cache
from services.applications.settings import Settings

MoveId = Annotated[UUID, typer.Argument(help="Id of the move.")]
_SERVICE: Final = "applications"


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command("plan-move")(plan_move)
    app.command("start-move")(start_move)
    app.command("cancel-move")(cancel_move)
    app.command("moves")(moves)


def plan_move(
    public_service_id: Annotated[str, typer.Argument(help="Id of the public service.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the history.", min=1)],
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="Day whose rules count; else today."),
    ] = None,
) -> None:
    """Count the open applications for which another office is responsible; move none."""

    async def plan(tx: Transaction) -> Move:
        services, at = PublicServiceCache(), utc_now()
        await refresh_cache(tx, services)
        day = on.date() if on else None
        move = await use_cases.plan(
            tx, services, public_service_id, on_day=day, reason=reason, by=by, at=at
        )
        while move.state == "counting":
            await use_cases.go_on(tx, services, at=at, move_id=move.move_id)
            move = await use_cases.read_move(tx, move.move_id)
        return move

    _print(run_command(_SERVICE, "plan move", Settings(), plan))


def start_move(
    move_id: MoveId,
    expected: Annotated[int, typer.Option("--expected", help="How many it is to move.")],
    by: By,
) -> None:
    """Start a planned move; the running service moves the applications, a batch at a time."""
    at = utc_now()
    move = run_command(
        _SERVICE,
        "start move",
        Settings(),
        lambda tx: use_cases.start(tx, move_id, expected=expected, by=by, at=at),
    )
    _print(move)


def cancel_move(move_id: MoveId) -> None:
    """Stop a move; the applications that it moved stay moved."""
    at = utc_now()
    _print(
        run_command(
            _SERVICE,
            "cancel move",
            Settings(),
            lambda tx: use_cases.cancel(tx, move_id, at=at),
        )
    )


def moves() -> None:
    """Show the last moves: how many applications they would change, and have changed."""
    for move in run_command(_SERVICE, "moves", Settings(), use_cases.read_moves):
        _print(move)


def _print(move: Move) -> None:
    typer.echo(f"{move.move_id} {move.public_service_id} {move.state}, rules of {move.on_day}")
    _print_changes("would move", move.planned)
    _print_changes("moved", move.done)


def _print_changes(what: str, changes: Counter[Change]) -> None:
    for change, applications in changes.items():
        before = f"{change.from_ministry} {change.from_office or '(no office)'}"
        after = f"{change.to_ministry} {change.to_office or '(no office)'}"
        typer.echo(f"  {applications}: {before} -> {after}")
    typer.echo(f"  {what}: {changes.total()}")
