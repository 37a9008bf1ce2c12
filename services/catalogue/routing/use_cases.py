"""Stores and reads the versions of routing rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from libs.contracts.catalogue import RoutingRule
from libs.database.transaction import Transaction
from services.catalogue.routing import queries, rules
from services.catalogue.routing.rules import Version


async def load_reference(
    tx: Transaction, reference: Sequence[tuple[str, RoutingRule]], at: datetime
) -> int:
    """Store the rules of the reference that are not there yet; return how many.

    Rules that operators have added since stay, and hold.
    """
    versions = [Version(key, rule, at, rules.REFERENCE, "") for key, rule in reference]
    return await queries.insert_versions(tx, versions)


async def add(tx: Transaction, version: Version) -> None:
    """Store a new version of a rule."""
    await queries.insert_versions(tx, [version])


async def read_versions(tx: Transaction, public_service_id: str) -> list[Version]:
    """Read every version of the rules of a public service, in their order."""
    return await queries.read_versions(tx, public_service_id)


async def read_all(tx: Transaction) -> Mapping[str, list[RoutingRule]]:
    """Read all versions of all rules, by public service."""
    found: dict[str, list[RoutingRule]] = {}
    for version in await queries.read_versions(tx):
        found.setdefault(version.public_service_id, []).append(version.rule)
    return found
