"""The command that names a ministry's focal point; recorded in the audit log."""

from typing import Annotated

import typer

from libs.operator_command import By, run_command
from services.ministries.escalations import use_cases
from services.ministries.escalations.rules import FocalPoint
from services.ministries.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command("set-focal-point")(set_focal_point)


def set_focal_point(
    ministry: Annotated[str, typer.Argument(help="Id of the ministry, division or office.")],
    post: Annotated[str, typer.Option(help="The post, which stays when the person changes.")],
    name: Annotated[str, typer.Option(help="Who holds it now.")],
    email: Annotated[str, typer.Option(help="Address of the post.")],
    by: By,
    *,
    next_in_line: Annotated[
        bool, typer.Option("--next-in-line", help="The one after the focal point.")
    ] = False,
) -> None:
    """Name a ministry's focal point, or the next in line."""
    point = FocalPoint(ministry, 2 if next_in_line else 1, post, name, email)
    run_command(
        "ministries",
        "set focal point",
        Settings(),
        lambda tx: use_cases.set_focal_point(tx, point, by=by),
    )
    typer.echo(f"{ministry}: {'next in line' if next_in_line else 'focal point'} is {post}")
