"""Names of public services kept."""

from collections.abc import Sequence

from libs.contracts.catalogue import PublicServiceChanged
from libs.database.transaction import Transaction
from services.notifications.public_services import queries


async def save_public_services(tx: Transaction, changes: Sequence[PublicServiceChanged]) -> None:
    """Save the names of public services as their newest changes have them."""
    await queries.save_public_services(tx, changes)
