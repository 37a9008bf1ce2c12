"""A loaded catalogue, and what it has told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from libs.contracts import topics
from libs.contracts.catalogue import PublicServiceChanged
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.messaging.envelope import decode, unpack_headers
from services.catalogue.loading import Loaded, load
from services.catalogue.reference_files import Reference, read_reference

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def with_service(public_service_id: str, **changes: Any) -> Reference:
    """The reference in which one service reads differently."""
    reference = read_reference()
    services = [
        replace(each, **changes) if each.public_service_id == public_service_id else each
        for each in reference.services
    ]
    return replace(reference, services=services)


async def loaded(
    database: Database, reference: Reference | None = None, *, after_s: float = 0
) -> Loaded:
    """Load the reference as a start does."""
    async with database.transaction() as tx:
        return await load(tx, reference or read_reference(), AT + timedelta(seconds=after_s))


async def told(tx: Transaction) -> list[PublicServiceChanged]:
    """What waits to be told, in order, read as a reader reads it."""
    rows = await tx.fetch("SELECT topic, record_value, headers FROM outbox ORDER BY outbox_id")
    events = [
        decode(topics.CATALOGUE, row["topic"], unpack_headers(row["headers"]), row["record_value"])
        for row in rows
    ]
    return [event for event in events if isinstance(event, PublicServiceChanged)]


async def forget_told(database: Database) -> None:
    """Empty the outbox, as the relay does."""
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM outbox")


def as_json(text: bytes) -> Any:
    """JSON as Python."""
    return orjson.loads(text)
