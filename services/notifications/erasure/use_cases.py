"""Erases citizens from notifications, and confirms it."""

from collections import Counter

from libs.contracts.identity import CitizenErased
from libs.contracts.notifications import MessagesErased
from libs.database.transaction import Transaction
from libs.erase_all import erase_all, erase_functions_of
from libs.messaging.delete_records import delete_records
from services.notifications.messages import use_cases as messages

_ERASE_FUNCTIONS = erase_functions_of("services.notifications")


async def erase_citizen(tx: Transaction, erased: CitizenErased) -> MessagesErased:
    """Delete a citizen's number and messages; return the confirmation.

    No later event brings them back. A repeat finds nothing any more, and confirms under the same
    event id.
    """
    deleted = Counter(await erase_all(tx, _ERASE_FUNCTIONS, erased.citizen_id, erased.occurred_at))
    message_ids = await messages.delete_messages(tx, erased.citizen_id)
    deleted.update(await delete_records(tx, [erased.citizen_id, *message_ids], message_ids))
    deleted["messages"] += len(message_ids)
    return MessagesErased.because_of(erased, deleted=dict(deleted))
