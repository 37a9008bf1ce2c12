"""The command that takes up again what a restored database lost."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Annotated

import typer

from libs.contracts.topics import (
    APPLICATIONS,
    HOSTED_MINISTRIES,
    HOSTED_SUBMISSIONS,
    MINISTRIES,
    SUBMISSIONS,
)
from libs.messaging.broker import Broker
from libs.messaging.history import records_since
from libs.messaging.rewind import groups_of, write_journal
from libs.operator_command import (
    By,
    command_database,
    failures_told,
    moment_of_restore,
    require_stopped,
)
from services.applications.public_services.cache import PublicServiceCache
from services.applications.public_services.use_cases import refresh_cache
from services.applications.recovery import use_cases
from services.applications.recovery.rules import TakenUp
from services.applications.settings import Settings

# The topics are read once for so many, which need 13 KB each at least.
_AT_ONCE = 5_000


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command("take-up")(take_up)


def take_up(
    by: By,
    since: Annotated[
        datetime,
        typer.Option(
            parser=moment_of_restore, help="The moment of the restore: 2026-12-16T09:30 in Dhaka"
        ),
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List only; change nothing")] = False,
) -> None:
    """Take up what the topics have since a moment and the database lost; list it by number.

    Run it before the service starts: the service would refuse what ministries decided about
    applications that it does not have. A repeat finds nothing.
    The exit status is 1 if the service runs, or the brokers or the database do not answer.
    """
    with failures_told():
        found = asyncio.run(_take_up(Settings(), by, since, dry_run=dry_run))
    typer.echo(_summary(found))


async def _take_up(settings: Settings, by: str, since: datetime, *, dry_run: bool) -> list[TakenUp]:
    database = command_database(settings)
    client = Broker("applications", settings).client
    try:
        await require_stopped(client, groups_of("applications"), dry_run=dry_run)
        services = PublicServiceCache()
        async with database.transaction() as tx:
            await refresh_cache(tx, services)
        written = [HOSTED_SUBMISSIONS, SUBMISSIONS]
        read = records_since(client, [*written, APPLICATIONS], since)
        lost = await use_cases.find_lost(database, read)
        found = [_told(each) for each in use_cases.forms_lost(lost)]
        waiting = list(lost.applications)
        while waiting:
            histories = await use_cases.read_histories(
                database,
                waiting[:_AT_ONCE],
                records_since(client, written, since),
                records_since(client, [HOSTED_MINISTRIES, MINISTRIES], since),
            )
            del waiting[:_AT_ONCE]
            for history in histories:
                async with database.transaction() as tx:
                    done = await use_cases.take_up(
                        tx, services, history, since=since, dry_run=dry_run
                    )
                found.append(_told(lost.told_of(done)))
        if not dry_run:
            async with database.transaction() as tx:
                detail = f"since {since.isoformat()}: {_summary(found)}"
                await write_journal(tx, by=by, action="take up", detail=detail)
    finally:
        await database.close()
    return found


def _told(one: TakenUp) -> TakenUp:
    """Print at once what became of an application: a repeat after a failure finds it no more."""
    typer.echo(f"{one.tracking_number} {one.outcome} {one.status or '-'} {one.detail}")
    return one


def _summary(found: list[TakenUp]) -> str:
    counts = Counter(each.outcome for each in found)
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing is lost"
