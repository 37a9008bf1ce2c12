"""What ministries knows of an application: its deliveries."""

from libs.database.transaction import Transaction
from libs.journeys.part import OwnPart
from services.ministries.journeys import queries


async def read_own_part(tx: Transaction, tracking_number: str) -> OwnPart:
    """Read the deliveries of an application, without its form and its person."""
    return OwnPart(*await queries.read_deliveries(tx, tracking_number))
