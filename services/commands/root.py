"""Every command under one name."""

import typer

from services.commands import demo, deploy, run, up
from services.supervision.plan import SERVICES


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
        app.command(service, help=f"Run {service} until SIGTERM.")(run.command_for(service))
    app.command("up")(up.up)
    app.command("demo")(demo.demo)
    app.command("migrate")(deploy.migrate_service)
    app.add_typer(deploy.topics_app(), name="topics")
    return app
