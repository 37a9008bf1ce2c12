"""Commands on signing keys; changes are recorded in the audit log."""

from datetime import datetime
from typing import Annotated

import typer

from libs.clock import utc_now
from libs.operator_command import By, run_command
from services.identity.settings import Settings
from services.identity.signing_keys import use_cases
from services.identity.signing_keys.key_wrapping import KeyWrapping
from services.identity.signing_keys.rules import KeyPolicy


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    keys = typer.Typer(help="Keys that sign access tokens.", no_args_is_help=True)
    keys.command("list")(list_keys)
    keys.command("rotate")(rotate_keys)
    keys.command("revoke")(revoke_key)
    app.add_typer(keys, name="keys")


def list_keys() -> None:
    """List the published keys: which signs, which is next, and when an old one ends."""
    settings = Settings()
    stages = run_command(
        "identity",
        "keys list",
        settings,
        lambda tx: use_cases.read_stages(tx, _policy(settings), utc_now()),
    )
    for stage in stages:
        ends = f" ends {_time(stage.ends_at)}" if stage.ends_at else ""
        typer.echo(f"{stage.kid} {stage.stage} from {_time(stage.signs_from)}{ends}")


def rotate_keys(by: By) -> None:
    """Add a signing key; it signs after the lead time, when all services have fetched it."""
    settings = Settings()
    key = run_command(
        "identity",
        "keys rotate",
        settings,
        lambda tx: use_cases.rotate_keys(
            tx, _wrapping(settings), _policy(settings), utc_now(), by=by
        ),
    )
    typer.echo(f"key {key.kid} signs from {_time(key.signs_from)}")


def revoke_key(kid: Annotated[str, typer.Argument(help="Id of the stolen key")], by: By) -> None:
    """Shut out a stolen key: all its tokens are refused within a minute, people log in again."""
    settings = Settings()
    key = run_command(
        "identity",
        "keys revoke",
        settings,
        lambda tx: use_cases.revoke_key(tx, _wrapping(settings), kid, utc_now(), by=by),
    )
    typer.echo(f"key {kid} revoked, all sessions ended; key {key.kid} signs now")


def _wrapping(settings: Settings) -> KeyWrapping:
    return KeyWrapping.of_secret(settings.key_secret.get_secret_value())


def _policy(settings: Settings) -> KeyPolicy:
    return KeyPolicy(lead_s=settings.key_lead_s, token_life_s=settings.access_token_s)


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
