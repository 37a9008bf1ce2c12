"""Commands that are imported when they are named or listed, not at every start."""

from collections.abc import Callable, Mapping
from typing import Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

Load = Callable[[], typer.Typer]


def lazy_app(commands: Mapping[str, Load], **about: Any) -> typer.Typer:
    """Return an app of commands whose modules are loaded when they are needed.

    Args:
        commands: what makes a command's app, by the command's name; the order is that of the help.
        about: as for `typer.Typer`.
    """

    class LazyGroup(TyperGroup):
        @override
        def list_commands(self, ctx: Any) -> list[str]:
            return list(commands)

        @override
        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            load = commands.get(cmd_name)
            if load is None:
                return None
            command = typer.main.get_command(load())
            command.name = cmd_name
            return command

    app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, **about)
    app.callback()(lambda: None)  # Typer makes a group only of an app with a callback
    return app


def single(command: Callable[..., None], **about: Any) -> typer.Typer:
    """Return an app that is one command."""
    app = typer.Typer(add_completion=False)
    app.command(**about)(command)
    return app
