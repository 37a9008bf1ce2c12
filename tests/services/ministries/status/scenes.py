"""Attempts at ministries, and what is measured of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.jobs import DestinationCalls
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.deliveries.jobs import retry_policy
from services.ministries.deliveries.rules import Delivery
from services.ministries.settings import Settings
from services.ministries.status import use_cases
from tests.services.ministries.scenes import LAND, claim, failed

SETTINGS = Settings.model_validate(
    {"ministry_secret": "a-master-secret-for-tests-of-32-characters"}
)

POLICY = retry_policy(SETTINGS)


async def let_pass(tx: Transaction, period: timedelta) -> None:
    """Move everything that is stored back in time."""
    await tx.execute(
        """
        UPDATE deliveries
           SET planned_at = planned_at - $1::interval, open_since = open_since - $1::interval,
               due_at = due_at - $1::interval
        """,
        period,
    )
    await tx.execute("UPDATE ministry_calls SET answered_at = answered_at - $1::interval", period)
    await tx.execute("UPDATE ministry_calls SET failed_at = failed_at - $1::interval", period)
    await tx.execute(
        """
        UPDATE ministry_status
           SET since = since - $1::interval, announced_at = announced_at - $1::interval
        """,
        period,
    )


async def measure(tx: Transaction, calls: Sequence[DestinationCalls] = ()) -> None:
    """One step of the periodic measuring."""
    now = datetime.now(UTC)
    await use_cases.record_calls(tx, calls, replica="0", at=now)
    await use_cases.measure(tx, at=now, asked_every_s=SETTINGS.asked_every_s)


def silent(failures: int) -> DestinationCalls:
    """The ministry did not answer."""
    return DestinationCalls(LAND, "open", failures, None, datetime.now(UTC), None, None)


async def attempt(tx: Transaction) -> list[Delivery]:
    """Try all that is due; nothing is answered."""
    tried = await claim(tx)
    failure = Unavailable(LAND, "no answer")
    results = [
        failed(
            delivery, failure, POLICY.retry_in_s(failure, attempts=delivery.attempts + 1, age_s=1e9)
        )
        for delivery in tried
    ]
    await deliveries.record_results(tx, results)
    return tried
