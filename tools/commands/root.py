"""Every command under one name: those for operators, and those of a checkout."""

from functools import partial
from importlib import import_module
from typing import Any

import typer

from operations import root
from operations.lazy import single
from services.registry import REGISTRY, ServiceEntry


def make_app() -> typer.Typer:
    """Put the command line together."""
    return root.make_app(
        {
            **{entry.name: partial(_service, entry) for entry in REGISTRY},
            "up": lambda: single(_module("up").up),
            "demo": lambda: single(_module("demo").demo),
            "chaos": lambda: single(_module("chaos").chaos),
            "upgrade": lambda: single(_module("upgrade").upgrade),
            "bench": lambda: single(_module("bench").bench),
            "generate": lambda: single(_module("generate").generate),
            "contracts": lambda: _module("contracts").contracts_app(),
            "adapters": lambda: _module("adapters").adapters_app(),
        }
    )


def _module(name: str) -> Any:
    return import_module(f"tools.commands.{name}")


def _service(entry: ServiceEntry) -> typer.Typer:
    def run() -> None:
        import_module("libs.process").run_service(entry.name, entry.package)

    return single(run, help=f"Run {entry.name} until SIGTERM.")
