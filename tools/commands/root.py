"""Every command under one name."""

from collections.abc import Callable

import typer

from libs.process import run_service
from services.catalogue.commands import make_app as catalogue_app
from services.identity.commands import make_app as identity_app
from services.registry import SERVICES, entry_of
from tools.commands import bench, chaos, demo, deploy, up
from tools.commands.contracts import contracts_app
from tools.commands.deadletters import deadletters_app
from tools.commands.generate import generate


def make_app() -> typer.Typer:
    """Put the command line together."""
    app = typer.Typer(
        name="services",
        help="Nagorik Sheba: one address for all government services.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,  # a traceback for people would show values
        add_completion=False,
    )
    for service in SERVICES:
        app.command(service, help=f"Run {service} until SIGTERM.")(_run(service))
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


def _run(service: str) -> Callable[[], None]:
    def run() -> None:
        run_service(service, entry_of(service).package)

    return run


def _admin_app() -> typer.Typer:
    """What operators do by command, service by service; each needs the service's DSN."""
    app = typer.Typer(help="What operators do by command.", no_args_is_help=True)
    app.add_typer(identity_app(), name="identity")
    app.add_typer(catalogue_app(), name="catalogue")
    return app
