"""`admin <service> rewind`: a restored service reads the records again that its database lost."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from typing import Annotated

import typer

from libs.messaging.kafka.broker import Broker
from libs.messaging.restoring.rewind import Rewind, groups_of, plan_rewind, rewind
from libs.operator_command import By, command_database, moment_of_restore
from libs.restore_command import failures_printed, require_stopped
from libs.settings import ServiceSettings
from services.registry import ServiceEntry

_To = Annotated[
    datetime | None,
    typer.Option(
        parser=moment_of_restore, help="Read again from this time: 2026-12-16T09:30 in Dhaka"
    ),
]


def rewind_of(entry: ServiceEntry) -> Callable[..., None]:
    """Make the command of a service that reads topics."""

    def command(
        by: By,
        to: _To = None,
        *,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing")] = False,
    ) -> None:
        """Let the service read again from where its restored database is.

        Its consumers must not run: one that noticed the restore has stopped reading by itself.
        """
        settings = import_module(f"{entry.package}.settings").Settings()
        with failures_printed():
            plan = asyncio.run(_rewind(entry.name, settings, by, to, dry_run=dry_run))
        _print(plan, dry_run=dry_run)

    return command


async def _rewind(
    service: str, settings: ServiceSettings, by: str, to: datetime | None, *, dry_run: bool
) -> list[Rewind]:
    database, client = command_database(settings), Broker(service, settings).client
    try:
        plan = await plan_rewind(client, database, service, to=to)
        groups = {item.group for item in plan} or groups_of(service)
        await require_stopped(client, sorted(groups), dry_run=dry_run)
        if plan and not dry_run:
            await rewind(client, database, plan, by=by)
    finally:
        await database.close()
    return plan


def _print(plan: Sequence[Rewind], *, dry_run: bool) -> None:
    for item in plan:
        typer.echo(
            f"{item.group}: {item.place.topic}/{item.place.partition}"
            f" from {item.committed} to {item.target}: {item.records} records"
        )
        if item.deleted:
            typer.echo(f"  {item.deleted} more are deleted: they are lost to this service")
    would = "would be read" if dry_run else "are read"
    typer.echo(f"{sum(item.records for item in plan)} records {would} again")
