"""Settings of a command for operators: of the environment, or of the platform on this machine."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import typer
from pydantic import ValidationError
from typer.core import TyperGroup
from typing_extensions import override

from libs.operator_command import NoDatabase
from libs.process import wrong_settings

_FOLDER = Path(".nagorik")


@contextmanager
def brokers_of_running() -> Iterator[None]:
    """Add the operators' login at the brokers of the platform on this machine to the environment.

    Nothing is added where the environment names brokers.
    """
    environment = os.environ  # noqa: TID251  # from which commands read their settings
    before = dict(environment)
    file = _FOLDER / "state.json"
    if "NAGORIK_KAFKA_BOOTSTRAP" not in environment and file.exists() and _is_checkout():
        state = import_module("tools.supervision.state").read_state(file)
        if state is not None and state.kafka["security"] is not None:
            security = state.kafka["security"]
            environment |= {
                "NAGORIK_KAFKA_BOOTSTRAP": state.kafka["bootstrap"],
                "NAGORIK_KAFKA_SECURITY": security["protocol"],
                "KAFKA_USER": security["username"],
                "KAFKA_PASSWORD": security["password"],
            }
    try:
        yield
    finally:
        environment.clear()
        environment.update(before)


@contextmanager
def settings_of(service: str) -> Iterator[None]:
    """Complete the environment from the platform that `up` runs on this machine.

    Nothing is added in the operators' image, nor where the environment names another database or
    other brokers: secrets of one platform must not write into another.

    Args:
        service: its name.

    Raises:
        typer.Exit: with status 2, when a setting is missing or wrong; its variable is printed.
    """
    environment = os.environ  # noqa: TID251  # from which commands read their settings
    added = _of_running(service, environment)
    environment.update(added)
    try:
        yield
    except NoDatabase:
        _refuse(service, {}, environment)
    except ValidationError as failure:
        if not failure.title.endswith("Settings"):
            raise
        _refuse(service, wrong_settings(service, failure), environment)
    finally:
        for name in added:
            del environment[name]


def group_with_settings(service: str) -> type[TyperGroup]:
    """Return a group of commands that run with the settings of a service."""

    class GroupWithSettings(TyperGroup):
        @override
        def invoke(self, ctx: Any) -> Any:
            with settings_of(service):
                return super().invoke(ctx)

    return GroupWithSettings


def _of_running(service: str, environment: Mapping[str, str]) -> dict[str, str]:
    file = _FOLDER / "state.json"
    if not file.exists() or not _is_checkout():
        return {}
    state = import_module("tools.supervision.state").read_state(file)
    if state is None or service not in state.postgres["dsn"]:
        return {}
    running = import_module("tools.supervision.running")
    planned: dict[str, str] = running.environment_of(_FOLDER.resolve(), state, service)
    places = (_dsn(service), "NAGORIK_KAFKA_BOOTSTRAP")
    if any(environment.get(place, planned[place]) != planned[place] for place in places):
        return {}
    return {name: value for name, value in planned.items() if name not in environment}


def _refuse(service: str, wrong: Mapping[str, str], environment: Mapping[str, str]) -> NoReturn:
    """Print which settings are missing or wrong.

    Raises:
        typer.Exit: always.
    """
    dsn = _dsn(service)
    missing = {name for name in (*wrong, dsn) if not environment.get(name)}
    for name in {*wrong} - missing:
        typer.echo(f"{name}: {wrong[name]}", err=True)
    if missing:
        is_none = dsn in missing and _is_checkout()
        hint = ", or start the platform with `make up`" if is_none else ""
        typer.echo(f"Set {' and '.join(sorted(missing))}{hint}.", err=True)
    raise typer.Exit(2)


def _dsn(service: str) -> str:
    return f"{service.upper()}_DSN"


def _is_checkout() -> bool:
    """Whether the tools of a checkout are there, which the operators' image has not."""
    return find_spec("tools") is not None
