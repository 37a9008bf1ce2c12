"""The local copy of the catalogue."""

from collections.abc import Sequence

from libs.contracts.catalogue import PublicServiceChanged
from libs.database.transaction import Transaction
from services.ministries.public_services import queries


async def save_public_services(tx: Transaction, changes: Sequence[PublicServiceChanged]) -> None:
    """Save public services as their newest changes have them."""
    newest = {change.public_service_id: change for change in changes}
    await queries.save_public_services(tx, [newest[key] for key in sorted(newest)])
