"""One-time codes written, expired and deleted."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from libs import jobs
from libs.database.transaction import Transaction
from libs.jobs import WritableJobQueue
from libs.telemetry.metrics import Metrics
from services.notifications.codes import queries
from services.notifications.codes.rules import CodeEvent
from services.notifications.messages.use_cases import SEND_MESSAGES

SEND_CODES: Final = WritableJobQueue(
    "send_codes",
    insert=queries.insert_codes,
    claim=queries.claim_codes,
    release=SEND_MESSAGES.release,
    oldest_due_age_s=queries.read_oldest_due_age_s,
)
"""The queue of messages with one-time codes."""

_CLOSED_AT_ONCE = 1000
_NEVER_S = 3600.0  # stands for a code that no provider took in time


async def write_codes(tx: Transaction, events: Sequence[CodeEvent]) -> None:
    """Queue messages with one-time codes; repeated requests change nothing."""
    await jobs.enqueue(tx, SEND_CODES, events)


async def close_expired_codes(tx: Transaction, *, metrics: Metrics) -> int:
    """Close messages whose codes have expired, a batch at a time; return how many."""
    closed = await queries.close_expired_codes(tx, limit=_CLOSED_AT_ONCE)
    for _ in range(closed):
        tx.after_commit(partial(metrics.observe, "code_handed_over_s", _NEVER_S))
    return closed


async def measure_waiting(tx: Transaction, *, metrics: Metrics) -> int:
    """Show for how long the oldest code has waited; return 0, as there is nothing more to do."""
    metrics.gauge("code_waiting_age_s", await queries.read_oldest_age_s(tx))
    return 0


async def delete_codes(tx: Transaction, message_ids: Collection[UUID]) -> None:
    """Delete the codes and numbers of these messages."""
    if message_ids:
        await queries.delete_codes(tx, message_ids)
