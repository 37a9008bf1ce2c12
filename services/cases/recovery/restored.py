"""Reads from its own topic what cases decided, and closes what a restored database has open."""

from collections import Counter
from datetime import datetime
from typing import Final, get_args
from uuid import UUID

import typer

from libs.clock import utc_now
from libs.contracts.ministries import MinistryDecided
from libs.contracts.topics import DESK_MINISTRIES
from libs.database.pool import Database
from libs.messaging.kafka.broker import Broker
from libs.messaging.restoring.history import records_since
from libs.operator_command import command_database
from services.cases.recovery import use_cases
from services.cases.recovery.rules import Outcome
from services.cases.settings import Settings

_AT_ONCE: Final = 500


async def close_decided(settings: Settings, by: str, since: datetime, *, dry_run: bool) -> str:
    """Close the cases, print each, and return how often each outcome was.

    Raises:
        Unavailable: the brokers or the database do not answer.
    """
    database = command_database(settings)
    client = Broker("cases", settings).client
    counts: Counter[str] = Counter()
    told: dict[UUID, MinistryDecided] = {}
    try:
        async for record in records_since(client, [DESK_MINISTRIES], since):
            event = record.event
            if isinstance(event, MinistryDecided):
                told.setdefault(event.application_id, event)  # the first one counted
            if len(told) >= _AT_ONCE:
                counts += await _close(database, told, by, dry_run=dry_run)
                told = {}
        counts += await _close(database, told, by, dry_run=dry_run)
    finally:
        await database.close()
    in_order = [outcome for outcome in get_args(Outcome) if counts[outcome]]
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in in_order) or "none is decided"


async def _close(
    database: Database, told: dict[UUID, MinistryDecided], by: str, *, dry_run: bool
) -> Counter[str]:
    async with database.transaction() as tx:
        found = await use_cases.close_decided(tx, told, by=by, at=utc_now(), dry_run=dry_run)
    for closing in found:
        if closing.outcome != "closed before":
            typer.echo(f"{closing.application_id} {closing.outcome} {closing.detail}")
    return Counter(closing.outcome for closing in found)
