"""Applications counted again, once a night."""

from datetime import datetime, time, timedelta
from typing import Final

from libs.bangladesh.calendar import DHAKA, dhaka_date
from libs.contracts.applications import DayRecounted, ServiceCount
from libs.database.transaction import Transaction
from libs.ids import NAMESPACE, derived_id
from libs.messaging.writing import outbox
from services.applications.lifecycle import use_cases as lifecycle
from services.applications.recounts import queries

DAYS_BEFORE: Final = (1, 7, 30, 90)
FROM_HOUR: Final = 1
"""In Dhaka: what was submitted before midnight has reached every reader by then."""


async def recount(tx: Transaction, at: datetime) -> list[DayRecounted]:
    """Count yesterday and three days before again, once a night, and announce what was counted.

    Returns:
        What was announced.
    """
    today = dhaka_date(at)
    if at.astimezone(DHAKA).hour < FROM_HOUR or not await queries.insert_recount(tx, today):
        return []
    events = []
    for days in DAYS_BEFORE:
        day = today - timedelta(days=days)
        start = datetime.combine(day, time.min, DHAKA)
        counted = await lifecycle.count_submitted(tx, start, start + timedelta(days=1))
        events.append(
            DayRecounted(
                event_id=derived_id(NAMESPACE, f"recount/{day}/{today}"),
                occurred_at=at,
                day=day,
                counts=tuple(
                    ServiceCount(public_service_id=service_id, submitted=number)
                    for service_id, number in sorted(counted.items())
                ),
            )
        )
    await outbox.add(tx, events)
    return events
