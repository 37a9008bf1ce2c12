"""The command that takes up again the accounts that a restored database lost."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from libs.clock import utc_now
from libs.contracts.identity import ContactChanged
from libs.contracts.topics import ERASURES, IDENTITY
from libs.database.pool import Database
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
from services.identity.recovery import use_cases
from services.identity.recovery.use_cases import TakenUp, Written
from services.identity.settings import Settings


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
    """Take up accounts and numbers that the topics have since a moment and the database lost.

    Run it before the service starts: a citizen who logs in first would get a new account, without
    her applications. A repeat finds nothing.
    The exit status is 1 if the service runs, or the brokers or the database do not answer.
    """
    with failures_told():
        found = asyncio.run(_take_up(Settings(), by, since, dry_run=dry_run))
    typer.echo(_summary(found))


async def _take_up(settings: Settings, by: str, since: datetime, *, dry_run: bool) -> list[TakenUp]:
    database = command_database(settings)
    client = Broker("identity", settings).client
    found: list[TakenUp] = []
    try:
        await require_stopped(client, groups_of("identity"), dry_run=dry_run)
        records = records_since(client, [IDENTITY, ERASURES], since)
        written = await use_cases.read_written(records)
        for citizen_id in written.erased:
            async with database.transaction() as tx:
                erased = await use_cases.erased_since(tx, citizen_id)
            found += [_told(erased)] if erased else []
        found += await _take_up_contacts(database, written, dry_run=dry_run)
        if not dry_run:
            async with database.transaction() as tx:
                detail = f"since {since.isoformat()}: {_summary(found)}"
                await write_journal(tx, by=by, action="take up", detail=detail)
    finally:
        await database.close()
    return found


async def _take_up_contacts(
    database: Database, written: Written, *, dry_run: bool
) -> list[TakenUp]:
    """Take up accounts; who waits for a number that another account leaves comes after that."""
    found: list[TakenUp] = []
    left: set[str] = set()
    waiting = written.not_erased()
    while waiting:
        again: list[ContactChanged] = []
        for contact in waiting:
            async with database.transaction() as tx:
                taken_up = await use_cases.take_up(tx, contact, left, at=utc_now(), dry_run=dry_run)
            if taken_up.outcome == "number_taken":
                again.append(contact)
            elif taken_up.outcome != "known":
                found.append(_told(taken_up))
        if len(again) == len(waiting) or not any(each.phone in left for each in again):
            found += [_told(TakenUp(each.citizen_id, "number_taken")) for each in again]
            break
        waiting = again
    return found


def _told(one: TakenUp) -> TakenUp:
    """Print at once what became of an account: a repeat after a failure finds it no more."""
    typer.echo(f"{one.citizen_id} {one.outcome}")
    return one


def _summary(found: Sequence[TakenUp]) -> str:
    counts = Counter(each.outcome for each in found)
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing is lost"
