"""Every command under one name: those for operators, and those of a checkout."""

from collections.abc import Callable

import typer

from libs.process import run_service
from services.registry import REGISTRY, ServiceEntry
from tools.commands import bench, bench_identity, chaos, demo, hostile, up
from tools.commands.adapters import adapters_app
from tools.commands.contracts import contracts_app
from tools.commands.generate import generate
from tools.operations import root


def make_app() -> typer.Typer:
    """Put the command line together."""
    app = root.make_app()
    for entry in REGISTRY:
        app.command(entry.name, help=f"Run {entry.name} until SIGTERM.")(_run(entry))
    app.command("up")(up.up)
    app.command("demo")(demo.demo)
    app.command("chaos")(chaos.chaos)
    app.command("bench")(bench.bench)
    app.command("bench-identity")(bench_identity.bench_identity)
    app.command("hostile")(hostile.hostile)
    app.command("generate")(generate)
    app.add_typer(contracts_app(), name="contracts")
    app.add_typer(adapters_app(), name="adapters")
    return app


def _run(entry: ServiceEntry) -> Callable[[], None]:
    return lambda: run_service(entry.name, entry.package)
