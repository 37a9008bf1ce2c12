"""Commands of identity's operators: accounts of staff, and signing keys."""

import typer

from services.identity.signing_keys import commands as signing_keys
from services.identity.staff import commands as staff


def make_app() -> typer.Typer:
    """Return the command line of identity."""
    app = typer.Typer(help="Officers, operators and signing keys.", no_args_is_help=True)
    staff.add_commands(app)
    signing_keys.add_commands(app)
    return app
