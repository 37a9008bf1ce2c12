"""What notifications knows of an application: its messages."""

from libs.database.transaction import Transaction
from libs.journeys.part import OwnPart
from services.notifications.journeys import queries


async def read_own_part(tx: Transaction, tracking_number: str) -> OwnPart:
    """Read the messages about an application, without numbers and texts."""
    return OwnPart(*await queries.read_messages(tx, tracking_number))
