"""`admin <service> re-encrypt`: all rows under a new data key, all data keys under one master."""

import asyncio
from collections.abc import Callable, Sequence
from importlib import import_module

import typer

from libs.clock import utc_now
from libs.encryption import EncryptedColumn, MissingKey
from libs.errors import Unavailable
from libs.found_modules import modules_of
from libs.operator_command import By, command_database
from libs.settings import ServiceSettings
from operations.encrypt_again import begin, encrypt_again, finish
from services.registry import ServiceEntry


def reencrypt_of(entry: ServiceEntry) -> Callable[[str], None]:
    """Make the command of a service that stores personal data."""

    def reencrypt(by: By) -> None:
        """Encrypt all personal data with a new data key, under the first master key."""
        settings = import_module(f"{entry.package}.settings").Settings()
        columns = encrypted_columns(entry.package)
        try:
            asyncio.run(_reencrypt(settings, columns, by))
        except (MissingKey, Unavailable) as failure:
            typer.echo(str(failure), err=True)
            raise typer.Exit(1) from None

    return reencrypt


def encrypted_columns(package: str) -> tuple[EncryptedColumn, ...]:
    """Return the columns that the `encrypted.py` of a service's capabilities list.

    Args:
        package: the service's package.
    """
    modules = modules_of(package, "encrypted")
    return tuple(column for module in modules for column in import_module(module).COLUMNS)


async def _reencrypt(
    settings: ServiceSettings, columns: Sequence[EncryptedColumn], by: str
) -> None:
    database = command_database(settings)
    try:
        key = await begin(database, by=by)
        typer.echo(f"data key {key.data_key_id} is in use from {key.starts_at:%H:%M:%S} UTC")
        await asyncio.sleep(max(0.0, (key.starts_at - utc_now()).total_seconds()))
        for name, rows in (await encrypt_again(database, columns, key)).items():
            typer.echo(f"{name}: {rows} rows encrypted")
        for name, rows in database.take_unopened().items():
            typer.echo(f"{name}: {rows} rows cannot be decrypted, and stay as they are", err=True)
        await finish(database)
        typer.echo(f"all data keys are under master key {key.master_key_id!r}")
    finally:
        await database.close()
