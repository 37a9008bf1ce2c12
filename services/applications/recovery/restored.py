"""Takes up from the topics what a restored database lost."""

from collections import Counter
from datetime import datetime

import typer

from libs.contracts.applications import SubmissionMade
from libs.contracts.ministries import MinistryDecided
from libs.contracts.topics import APPLICATIONS, topics_of
from libs.database.pool import Database
from libs.messaging.kafka.broker import Broker
from libs.messaging.restoring.history import records_since
from libs.messaging.restoring.rewind import groups_of, write_journal
from libs.operator_command import command_database
from libs.restore_command import require_stopped
from services.applications.public_services.cache import PublicServiceCache
from services.applications.public_services.use_cases import refresh_cache
from services.applications.recovery import use_cases
from services.applications.recovery.rules import TakenUp
from services.applications.settings import Settings

# The topics are read once for so many, which need 13 KB each at least.
_AT_ONCE = 5_000


async def take_up(settings: Settings, by: str, since: datetime, *, dry_run: bool) -> str:
    """Take up the lost records, print the outcome of each, and return how often each outcome was.

    Raises:
        GroupHasMembers: the service runs.
        Unavailable: the brokers or the database do not answer.
    """
    database = command_database(settings)
    client = Broker("applications", settings).client
    try:
        await require_stopped(client, groups_of("applications"), dry_run=dry_run)
        services = PublicServiceCache()
        async with database.transaction() as tx:
            await refresh_cache(tx, services)
        written, heard = topics_of(SubmissionMade), topics_of(MinistryDecided)
        read = records_since(client, [*written, APPLICATIONS], since)
        lost = await use_cases.find_lost(database, read)
        found = [_printed(form) for form in use_cases.forms_lost(lost)]
        waiting = list(lost.applications)
        while waiting:
            histories = await use_cases.read_histories(
                database,
                waiting[:_AT_ONCE],
                records_since(client, written, since),
                records_since(client, heard, since),
            )
            del waiting[:_AT_ONCE]
            for history in histories:
                async with database.transaction() as tx:
                    done = await use_cases.take_up(
                        tx, services, history, since=since, dry_run=dry_run
                    )
                found.append(_printed(lost.note_move(done)))
        if not dry_run:
            await _write_down(database, by, f"since {since.isoformat()}: {_summary(found)}")
    finally:
        await database.close()
    return _summary(found)


async def _write_down(database: Database, by: str, detail: str) -> None:
    async with database.transaction() as tx:
        await write_journal(tx, by=by, action="take up", detail=detail)


def _printed(taken_up: TakenUp) -> TakenUp:
    """Print an application's outcome at once: a repeat after a failure does not find it again."""
    typer.echo(
        f"{taken_up.tracking_number} {taken_up.outcome} {taken_up.status or '-'} {taken_up.detail}"
    )
    return taken_up


def _summary(found: list[TakenUp]) -> str:
    counts = Counter(taken_up.outcome for taken_up in found)
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing is lost"
