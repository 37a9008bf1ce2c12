"""Commands that are imported when they are named or listed, not at every start."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typing_extensions import override

Load = Callable[[], typer.Typer]

_SECTION: Final = re.compile(r"\n\s*(?:Args|Returns|Raises):\n")
_EXIT: Final = re.compile(
    r"^\s+(?:typer\.)?Exit: (?:with )?(status [0-9].*(?:\n\s{8,}.*)*)", re.MULTILINE
)


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
            _say_for_people(command)
            return command

    app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, **about)
    app.callback()(lambda: None)  # Typer makes a group only of an app with a callback
    return app


def single(command: Callable[..., None], **about: Any) -> typer.Typer:
    """Return an app that is one command."""
    app = typer.Typer(add_completion=False)
    app.command(**about)(command)
    return app


def help_of(docstring: str) -> str:
    """Return what a command says of itself: its sentences, and with which statuses it exits.

    The sections of a docstring are for whoever reads the code.
    """
    told, *_ = _SECTION.split(f"{docstring}\n", maxsplit=1)
    exits = _EXIT.search(docstring)
    return told.rstrip() + (f"\n\nExits with {' '.join(exits[1].split())}" if exits else "")


def _say_for_people(command: Any) -> None:
    """Shorten the help of a command, and of all in its group that were made with it."""
    command.help = help_of(command.help or "")
    for inner in getattr(command, "commands", {}).values():
        _say_for_people(inner)
