"""What operators may have done with deliveries that failed for good."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.messaging.failedrow import ByHand
from services.ministries.store import cases, deliveries
from services.ministries.store.deliveries import DUE


async def resend(tx: Transaction, row_keys: Collection[str]) -> set[str]:
    """Hand over again what failed for good, under the same keys and in order; return which."""
    delivery_ids = [UUID(key) for key in row_keys]
    application_ids = await deliveries.applications_of(tx, delivery_ids)
    await cases.lock_cases(tx, application_ids)
    opened = await deliveries.requeue_deliveries(tx, delivery_ids)
    await deliveries.wake_next(tx, application_ids)
    return {str(delivery_id) for delivery_id in opened}


async def close(tx: Transaction, row_keys: Collection[str]) -> None:
    """Take deliveries as handed over otherwise, and let the next of their applications go."""
    delivery_ids = [UUID(key) for key in row_keys]
    application_ids = await deliveries.applications_of(tx, delivery_ids)
    await cases.lock_cases(tx, application_ids)
    await deliveries.close_deliveries(tx, delivery_ids)
    await deliveries.wake_next(tx, application_ids)


async def show(tx: Transaction, row_key: str) -> dict[str, Any] | None:
    """Read all of a delivery, the citizen's form included."""
    return await deliveries.read_whole(tx, UUID(row_key))


def by_hand() -> Mapping[str, ByHand]:
    """What operators may have done with failed deliveries."""
    return {DUE: ByHand(resend, close, show)}
