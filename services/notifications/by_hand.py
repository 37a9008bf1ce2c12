"""What operators may have done with messages that failed for good."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.messaging.failedrow import ByHand
from services.notifications import store


async def resend(tx: Transaction, row_keys: Collection[str]) -> set[str]:
    """Send messages again that failed for good, under the same references; return which."""
    sent = await store.requeue_messages(tx, [UUID(key) for key in row_keys])
    tx.notify_on_commit(store.SEND_MESSAGES)
    return {str(message_id) for message_id in sent}


async def resend_codes(_tx: Transaction, _row_keys: Collection[str]) -> set[str]:
    """Send no code again: it is worthless after minutes, and the citizen asks for a new one."""
    return set()


async def close(_tx: Transaction, _row_keys: Collection[str]) -> None:
    """Leave messages failed; nothing waits behind them."""


async def show(tx: Transaction, row_key: str) -> dict[str, Any] | None:
    """Read all of a message, the citizen's number included."""
    return await store.read_whole(tx, UUID(row_key))


def by_hand() -> Mapping[str, ByHand]:
    """What operators may have done with failed messages."""
    return {
        store.SEND_MESSAGES: ByHand(resend, close, show),
        store.SEND_CODES: ByHand(resend_codes, close, show),
    }
