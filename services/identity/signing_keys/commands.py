"""The command that rotates signing keys; it is recorded in the audit log."""

import typer

from libs.clock import utc_now
from libs.operator_command import By, run_command
from services.identity.settings import Settings
from services.identity.signing_keys import use_cases
from services.identity.signing_keys.key_wrapping import KeyWrapping
from services.identity.signing_keys.rules import KeyPolicy


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command()(rotate_keys)


def rotate_keys(by: By) -> None:
    """Add a signing key; it signs after the lead time, when all services have fetched it."""
    settings = Settings()
    wrapping = KeyWrapping.of_secret(settings.key_secret.get_secret_value())
    policy = KeyPolicy(lead_s=settings.key_lead_s, token_life_s=settings.access_token_s)
    key = run_command(
        "identity",
        "rotate-keys",
        settings,
        lambda tx: use_cases.rotate_keys(tx, wrapping, policy, utc_now(), by=by),
    )
    typer.echo(f"key {key.kid} signs from {key.signs_from.isoformat(timespec='seconds')}")
