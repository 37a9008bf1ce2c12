"""Commands of the catalogue's operators."""

import typer

from services.catalogue.public_services import commands as public_services


def make_app() -> typer.Typer:
    """Return the command line of the catalogue."""
    app = typer.Typer(help="Public services: open, close, fees.", no_args_is_help=True)
    public_services.add_commands(app)
    return app
