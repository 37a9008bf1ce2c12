"""Loads the catalogue, and reads the events in its outbox."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from libs.contracts import topics
from libs.contracts.catalogue import MinistryAdapter, PublicServiceChanged
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.messaging.envelope import decode, unpack_headers
from services.catalogue.public_services.reference import Reference, read_reference
from services.catalogue.public_services.use_cases import LoadResult, load_reference

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def with_service(public_service_id: str, **changes: Any) -> Reference:
    """Return the reference with one changed service."""
    reference = read_reference()
    services = [
        replace(service, **changes) if service.public_service_id == public_service_id else service
        for service in reference.services
    ]
    return replace(reference, services=services)


async def loaded(
    database: Database,
    reference: Reference | None = None,
    *,
    after_s: float = 0,
    adapter_of_bodies: MinistryAdapter = "none_yet",
) -> LoadResult:
    """Load the reference as a start does."""
    async with database.transaction() as tx:
        return await load_reference(
            tx,
            reference or read_reference(),
            AT + timedelta(seconds=after_s),
            adapter_of_bodies=adapter_of_bodies,
        )


async def announced(tx: Transaction) -> list[PublicServiceChanged]:
    """Return the decoded events about public services in the outbox, in order."""
    rows = await tx.fetch("SELECT topic, record_value, headers FROM outbox ORDER BY outbox_id")
    events = [
        decode(topics.CATALOGUE, row["topic"], unpack_headers(row["headers"]), row["record_value"])
        for row in rows
        if row["topic"] == topics.CATALOGUE.name
    ]
    return [event for event in events if isinstance(event, PublicServiceChanged)]


async def empty_outbox(database: Database) -> None:
    """Delete all events in the outbox, as the relay does."""
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM outbox")
