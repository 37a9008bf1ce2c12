"""Names of public services saved, as messages write them."""

from collections.abc import Sequence

from libs.contracts.catalogue import PublicServiceChanged
from libs.database.transaction import Transaction
from services.notifications.public_services import queries


async def save_public_services(tx: Transaction, changes: Sequence[PublicServiceChanged]) -> None:
    """Save the newest names of public services; older changes change nothing."""
    await queries.save_public_services(tx, changes)
