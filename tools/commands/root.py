"""Every command under one name."""

from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType

import typer

from libs.process import run_service
from services.registry import REGISTRY, ServiceEntry
from tools.commands import bench, chaos, demo, deploy, up
from tools.commands.contracts import contracts_app
from tools.commands.deadletters import deadletters_app
from tools.commands.generate import generate
from tools.embedded.server import CHECKOUT


def make_app() -> typer.Typer:
    """Put the command line together."""
    app = typer.Typer(
        name="services",
        help="Nagorik Sheba: one address for all government services.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,  # a traceback for people would show values
        add_completion=False,
    )
    for entry in REGISTRY:
        app.command(entry.name, help=f"Run {entry.name} until SIGTERM.")(_run(entry))
    app.command("up")(up.up)
    app.command("demo")(demo.demo)
    app.command("chaos")(chaos.chaos)
    app.command("bench")(bench.bench)
    app.command("migrate")(deploy.migrate_service)
    app.command("generate")(generate)
    app.add_typer(deploy.topics_app(), name="topics")
    app.add_typer(contracts_app(), name="contracts")
    app.add_typer(deadletters_app(), name="deadletters")
    app.add_typer(_admin_app(), name="admin")
    return app


def _run(entry: ServiceEntry) -> Callable[[], None]:
    return lambda: run_service(entry.name, entry.package)


def _admin_app() -> typer.Typer:
    """Commands for operators by service; each needs the service's DSN."""
    app = typer.Typer(help="Commands for operators, by service.", no_args_is_help=True)
    for entry in REGISTRY:
        modules = list(_command_modules(entry))
        if modules:
            of_service = typer.Typer(help=f"Commands of {entry.name}.", no_args_is_help=True)
            for module in modules:
                module.add_commands(of_service)
            app.add_typer(of_service, name=entry.name)
    return app


def _command_modules(entry: ServiceEntry) -> Iterator[ModuleType]:
    """The `commands.py` of every capability of a service."""
    folder = CHECKOUT.joinpath(*entry.package.split("."))
    for path in sorted(folder.glob("*/commands.py")):
        yield import_module(".".join(path.relative_to(CHECKOUT).with_suffix("").parts))
