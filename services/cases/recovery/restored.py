"""Reads from its own topic what cases decided, and closes what a restored database has open."""

from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import Final, get_args
from uuid import UUID

import typer

from libs.clock import utc_now
from libs.contracts.applications import SubmissionAppealed
from libs.contracts.ministries import MinistryDecided
from libs.contracts.topics import DESK_MINISTRIES, DESK_SUBMISSIONS
from libs.database.pool import Database
from libs.messaging.kafka.broker import Broker
from libs.messaging.restoring.history import records_since
from libs.operator_command import command_database
from services.cases.recovery import use_cases
from services.cases.recovery.rules import Closing, Outcome, Told
from services.cases.settings import Settings

_AT_ONCE: Final = 500


class _Tried(Exception):
    """Nothing is to be stored."""


async def close_decided(settings: Settings, by: str, since: datetime, *, dry_run: bool) -> str:
    """Close the cases, print each, and return how often each outcome was.

    Raises:
        Unavailable: the brokers or the database do not answer.
    """
    database = command_database(settings)
    client = Broker("cases", settings).client
    counts: Counter[str] = Counter()
    told: dict[UUID, Told] = {}
    try:
        objected = {
            event.application_id: Told(appeal=event)
            async for record in records_since(client, [DESK_SUBMISSIONS], since)
            if isinstance(event := record.event, SubmissionAppealed)
        }
        async for record in records_since(client, [DESK_MINISTRIES], since):
            event = record.event
            if isinstance(event, MinistryDecided):
                of = objected if event.application_id in objected else told
                of.setdefault(event.application_id, Told()).add(event)
            if len(told) >= _AT_ONCE:
                counts += await _close(database, told, by, dry_run=dry_run)
                told = {}
        counts += await _close(database, told, by, dry_run=dry_run)
        waiting = list(objected.items())
        while waiting:
            counts += await _close(database, dict(waiting[:_AT_ONCE]), by, dry_run=dry_run)
            del waiting[:_AT_ONCE]
    finally:
        await database.close()
    in_order = [outcome for outcome in get_args(Outcome) if counts[outcome]]
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in in_order) or "none is decided"


async def _close(
    database: Database, told: dict[UUID, Told], by: str, *, dry_run: bool
) -> Counter[str]:
    found: list[Closing] = []
    with suppress(_Tried):
        async with database.transaction() as tx:
            found = await use_cases.close_decided(tx, told, by=by, at=utc_now())
            if dry_run:
                raise _Tried
    for closing in found:
        if closing.outcome != "closed before":
            typer.echo(f"{closing.application_id} {closing.outcome} {closing.detail}")
    return Counter(closing.outcome for closing in found)
