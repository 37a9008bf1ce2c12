"""What operators may do with messages that failed for good."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.messaging.failedrow import ByHand
from services.notifications.codes.use_cases import SEND_CODES
from services.notifications.messages.use_cases import SEND_MESSAGES
from services.notifications.sending import use_cases


async def resend_messages(tx: Transaction, row_keys: Collection[str]) -> set[str]:
    """Send messages again, under the same references; return which."""
    resent = await use_cases.resend_messages(tx, [UUID(key) for key in row_keys])
    return {str(message_id) for message_id in resent}


async def resend_codes(_tx: Transaction, _row_keys: Collection[str]) -> set[str]:
    """Send no code again: it has expired, and the citizen asks for a new one."""
    return set()


async def settle(_tx: Transaction, _row_keys: Collection[str]) -> None:
    """Leave messages failed; nothing waits behind them."""


async def show(tx: Transaction, row_key: str) -> dict[str, Any] | None:
    """Read all of a message, the citizen's number included."""
    return await use_cases.show(tx, UUID(row_key))


def manual_actions() -> Mapping[str, ByHand]:
    """Return the manual actions by job type."""
    return {
        SEND_MESSAGES: ByHand(resend_messages, settle, show),
        SEND_CODES: ByHand(resend_codes, settle, show),
    }
