"""Commands for operators under one name: all that the operators' image has."""

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

import typer

from libs.contracts.topics import READING_SERVICES
from libs.found_modules import modules_of
from operations.lazy import Load, lazy_app, single
from services.registry import REGISTRY, ServiceEntry


def make_app(more: Mapping[str, Load] | None = None) -> typer.Typer:
    """Put the command line together.

    Args:
        more: further commands by name.
    """
    return lazy_app(
        {
            "migrate": lambda: single(_module("deploy").migrate_service),
            "topics": lambda: _module("deploy").topics_app(),
            "workflows": lambda: _module("workflows").workflows_app(),
            "deadletters": lambda: _module("deadletters").deadletters_app(),
            "admin": _admin,
            **(more or {}),
        },
        name="services",
        help="Nagorik Sheba: one address for all government services.",
        pretty_exceptions_enable=False,  # a traceback for people would show values
    )


def _module(name: str) -> Any:
    return import_module(f"operations.{name}")


def _admin() -> typer.Typer:
    """Commands for operators by service."""
    services = {entry.name: partial(_admin_of, entry) for entry in REGISTRY if _has_commands(entry)}
    return lazy_app(services, help="Commands for operators, by service.")


def _has_commands(entry: ServiceEntry) -> bool:
    return (
        _is_encrypted(entry)
        or entry.name in READING_SERVICES
        or any(modules_of(entry.package, "commands"))
    )


def _is_encrypted(entry: ServiceEntry) -> bool:
    return any(secret.key_id for secret in entry.secrets)


def _also_of_one_command() -> None:
    """Let a service with a single command be a group, too: its name is typed as any other's."""


def _admin_of(entry: ServiceEntry) -> typer.Typer:
    group = _module("settings").group_with_settings(entry.name)
    app = typer.Typer(cls=group, help=f"Commands of {entry.name}.", no_args_is_help=True)
    app.callback()(_also_of_one_command)
    for module in modules_of(entry.package, "commands"):
        import_module(module).add_commands(app)
    if _is_encrypted(entry):
        app.command("re-encrypt")(_module("reencrypt").reencrypt_of(entry))
    if entry.name in READING_SERVICES:
        app.command("rewind")(_module("rewind").rewind_of(entry))
    return app
