"""Takes up from the topics what a restored database lost."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import typer

from libs.clock import utc_now
from libs.contracts.identity import ContactChanged
from libs.contracts.topics import ERASURES, IDENTITY
from libs.database.pool import Database
from libs.messaging.kafka.broker import Broker
from libs.messaging.restoring.history import records_since
from libs.messaging.restoring.rewind import groups_of, write_journal
from libs.operator_command import command_database
from libs.restore_command import require_stopped
from services.identity.codes.policy import silence_policy
from services.identity.recovery import use_cases
from services.identity.recovery.use_cases import TakenUp, Written
from services.identity.settings import Settings


async def take_up(settings: Settings, by: str, since: datetime, *, dry_run: bool) -> str:
    """Take up the lost records, print the outcome of each, and return how often each outcome was.

    Raises:
        GroupHasMembers: the service runs.
        Unavailable: the brokers or the database do not answer.
    """
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
            found += [_printed(erased)] if erased else []
        left: set[str] = set()
        for citizen_id in written.without_number - written.erased:
            async with database.transaction() as tx:
                aside = await use_cases.set_aside(
                    tx, citizen_id, left, silence_policy(settings), at=utc_now(), dry_run=dry_run
                )
            found += [_printed(aside)] if aside else []
        found += await _take_up_contacts(database, written, left, dry_run=dry_run)
        for notice in written.notices.values():
            async with database.transaction() as tx:
                wish = await use_cases.restore_decision(tx, notice, dry_run=dry_run)
            found += [_printed(wish)] if wish else []
        if not dry_run:
            await _write_down(database, by, f"since {since.isoformat()}: {_summary(found)}")
    finally:
        await database.close()
    return _summary(found)


async def _take_up_contacts(
    database: Database, written: Written, left: set[str], *, dry_run: bool
) -> list[TakenUp]:
    """Take up accounts; who waits for a number that another account leaves comes after that."""
    found: list[TakenUp] = []
    waiting = written.not_erased()
    while waiting:
        again: list[ContactChanged] = []
        for contact in waiting:
            async with database.transaction() as tx:
                taken_up = await use_cases.take_up(tx, contact, left, at=utc_now(), dry_run=dry_run)
            if taken_up.outcome == "number_taken":
                again.append(contact)
            elif taken_up.outcome != "known":
                found.append(_printed(taken_up))
        if len(again) == len(waiting) or not any(
            contact_changed.phone in left for contact_changed in again
        ):
            found += [
                _printed(TakenUp(contact_changed.citizen_id, "number_taken"))
                for contact_changed in again
            ]
            break
        waiting = again
    return found


async def _write_down(database: Database, by: str, detail: str) -> None:
    async with database.transaction() as tx:
        await write_journal(tx, by=by, action="take up", detail=detail)


def _printed(taken_up: TakenUp) -> TakenUp:
    """Print the outcome for an account at once: a repeat after a failure does not find it again."""
    typer.echo(f"{taken_up.citizen_id} {taken_up.outcome}")
    return taken_up


def _summary(found: Sequence[TakenUp]) -> str:
    counts = Counter(taken_up.outcome for taken_up in found)
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing is lost"
