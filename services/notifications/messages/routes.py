"""The route that shows a citizen the state of the messages about an application."""

from libs.clock import Clock
from libs.contracts.applications import TrackingNumber
from libs.contracts.notifications import MessageList
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Citizen
from libs.web.handling.routes import Routes
from services.notifications.messages import use_cases

routes = Routes()


@routes.get("/v1/applications/{tracking_number}/messages", problems=("messages_unknown",))
async def list_messages(
    tracking_number: TrackingNumber, citizen: Citizen, tx: Transaction, clock: Clock
) -> MessageList:
    """The messages about one application, and their states."""
    return await use_cases.read_messages(tx, citizen.citizen_id, tracking_number, clock.now())
