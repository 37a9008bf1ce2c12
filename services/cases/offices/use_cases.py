"""Copies the rules of offices, and gives those of public services."""

from collections.abc import Collection, Mapping, Sequence

from libs.contracts.catalogue import PublicServiceChanged, RoutingRule
from libs.database.transaction import Transaction
from services.cases.offices import queries


async def copy_rules(tx: Transaction, events: Sequence[PublicServiceChanged]) -> None:
    """Store the newest rules of public services; a repeat changes nothing."""
    newest: dict[str, PublicServiceChanged] = {}
    for event in events:
        before = newest.setdefault(event.public_service_id, event)
        if before.occurred_at <= event.occurred_at:
            newest[event.public_service_id] = event
    await queries.save_rules(tx, list(newest.values()))


async def read_rules(
    tx: Transaction, public_service_ids: Collection[str]
) -> Mapping[str, Sequence[RoutingRule]]:
    """Read all versions of the rules of public services, by their ids."""
    return await queries.read_rules(tx, public_service_ids)
