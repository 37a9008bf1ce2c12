"""One-time codes written, claimed, expired and deleted."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from libs.contracts.identity import CodeRequested
from libs.database.claims import Terms
from libs.database.transaction import Transaction
from services.notifications.codes import queries, rules
from services.notifications.messages.rules import DueMessage

SEND_CODES: Final = "send_codes"
"""The job type of messages with one-time codes."""

_CLOSED_AT_ONCE = 1000


async def write_codes(tx: Transaction, events: Sequence[CodeRequested]) -> None:
    """Queue messages with one-time codes; repeated requests change nothing."""
    await queries.insert_codes(tx, [rules.code_message_for(event) for event in events])
    tx.notify_on_commit(SEND_CODES)


async def claim_codes(tx: Transaction, lease: Terms) -> list[DueMessage]:
    """Claim due messages with valid codes for a job runner."""
    return await queries.claim_codes(tx, lease)


async def close_expired_codes(tx: Transaction) -> int:
    """Close messages whose codes have expired, a batch at a time; return how many."""
    return await queries.close_expired_codes(tx, limit=_CLOSED_AT_ONCE)


async def delete_codes(tx: Transaction, message_ids: Collection[UUID]) -> None:
    """Delete the codes and numbers of messages that need them no longer."""
    if message_ids:
        await queries.delete_codes(tx, message_ids)
