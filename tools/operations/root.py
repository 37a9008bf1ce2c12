"""Commands for operators under one name: all that the operators' image has."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import typer

from services.registry import REGISTRY, ServiceEntry
from tools.operations import deploy
from tools.operations.deadletters import deadletters_app
from tools.operations.reencrypt import reencrypt_of

_CHECKOUT = Path(__file__).resolve().parents[2]


def make_app() -> typer.Typer:
    """Put the command line together."""
    app = typer.Typer(
        name="services",
        help="Nagorik Sheba: one address for all government services.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,  # a traceback for people would show values
        add_completion=False,
    )
    app.command("migrate")(deploy.migrate_service)
    app.add_typer(deploy.topics_app(), name="topics")
    app.add_typer(deadletters_app(), name="deadletters")
    app.add_typer(_admin_app(), name="admin")
    return app


def _admin_app() -> typer.Typer:
    """Commands for operators by service; each needs the service's DSN."""
    app = typer.Typer(help="Commands for operators, by service.", no_args_is_help=True)
    for entry in REGISTRY:
        modules = list(_command_modules(entry))
        is_encrypted = any(secret.key_id for secret in entry.secrets)
        if modules or is_encrypted:
            of_service = typer.Typer(help=f"Commands of {entry.name}.", no_args_is_help=True)
            for module in modules:
                module.add_commands(of_service)
            if is_encrypted:
                of_service.command("re-encrypt")(reencrypt_of(entry))
            app.add_typer(of_service, name=entry.name)
    return app


def _command_modules(entry: ServiceEntry) -> Iterator[ModuleType]:
    """The `commands.py` of every capability of a service."""
    folder = _CHECKOUT.joinpath(*entry.package.split("."))
    for path in sorted(folder.glob("*/commands.py")):
        yield import_module(".".join(path.relative_to(_CHECKOUT).with_suffix("").parts))
