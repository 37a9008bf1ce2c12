"""What operators may do with deliveries that failed for good."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.messaging.failedrow import ByHand
from services.ministries.deliveries import use_cases
from services.ministries.deliveries.use_cases import DELIVER


async def resend(tx: Transaction, row_keys: Collection[str]) -> set[str]:
    """Deliver again, under the same keys and in order; return which."""
    return {str(each) for each in await use_cases.resend(tx, [UUID(key) for key in row_keys])}


async def settle(tx: Transaction, row_keys: Collection[str]) -> None:
    """Take deliveries as handed over by another way."""
    await use_cases.settle(tx, [UUID(key) for key in row_keys])


async def show(tx: Transaction, row_key: str) -> dict[str, Any] | None:
    """Read all of a delivery."""
    return await use_cases.show(tx, UUID(row_key))


def manual_actions() -> Mapping[str, ByHand]:
    """Return the manual actions by job type."""
    return {DELIVER: ByHand(resend, settle, show)}
