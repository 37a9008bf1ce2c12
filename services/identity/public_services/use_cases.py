"""Copies the catalogue's public services, and finds them."""

from collections.abc import Sequence

from libs.contracts.catalogue import PublicServiceChanged
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from services.identity.public_services import queries
from services.identity.public_services.rules import PublicService

__all__ = ["PublicService", "find_public_service", "read_public_services", "save_public_services"]


async def save_public_services(tx: Transaction, changes: Sequence[PublicServiceChanged]) -> None:
    """Store the newest version of each public service."""
    await queries.save_public_services(tx, changes)


async def read_public_services(tx: Transaction) -> dict[str, PublicService]:
    """Return all public services by id.

    Raises:
        Unavailable: none has arrived from the catalogue yet.
    """
    found = await queries.read_public_services(tx)
    if not found:
        raise Unavailable("catalogue", "no public service has arrived yet", retry_after_s=2.0)
    return {service.public_service_id: service for service in found}


async def find_public_service(tx: Transaction, public_service_id: str) -> PublicService:
    """Return a public service, open or closed.

    Raises:
        Refused: there is no such public service.
        Unavailable: none has arrived from the catalogue yet.
    """
    found = (await read_public_services(tx)).get(public_service_id)
    if found is None:
        raise Refused("public_service_unknown", pointer="/public_service_id")
    return found
