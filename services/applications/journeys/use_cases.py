"""What applications knows of an application: how it stands, and its changes."""

from libs.database.transaction import Transaction
from libs.journeys.part import OwnPart
from services.applications.journeys import queries


async def read_own_part(tx: Transaction, tracking_number: str) -> OwnPart:
    """Read an application and its changes, without its person and without notes."""
    found = await queries.find(tx, tracking_number)
    if found is None:
        return OwnPart(None, [])
    application_id, application = found
    return OwnPart(application_id, await queries.read_changes(tx, application_id), application)
