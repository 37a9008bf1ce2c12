"""What people have published and stopped, read and stored under the lock of the catalogue."""

from collections.abc import Mapping

from libs.database.transaction import Transaction
from services.catalogue.descriptions import queries
from services.catalogue.descriptions.rules import (
    Described,
    Draft,
    ServiceVersion,
    Stop,
    by_service,
)


async def read_described(tx: Transaction) -> Mapping[str, Described]:
    """Return what people have published and stopped, by public service."""
    return by_service(await queries.read_versions(tx), await queries.read_stops(tx))


async def read_drafts(tx: Transaction) -> Mapping[str, Draft]:
    """Return the drafts, by public service."""
    return {draft.public_service_id: draft for draft in await queries.read_drafts(tx)}


async def save_draft(tx: Transaction, draft: Draft) -> None:
    """Store a draft; it replaces an earlier one of the public service."""
    await queries.save_draft(tx, draft)


async def add_version(tx: Transaction, version: ServiceVersion) -> None:
    """Store a version that was published; its draft is done."""
    await queries.insert_version(tx, version)
    await queries.delete_draft(tx, version.public_service_id)


async def add_stop(tx: Transaction, stop: Stop) -> None:
    """Store what one person stopped."""
    await queries.insert_stop(tx, stop)
