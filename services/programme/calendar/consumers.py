"""Years of the calendar that the catalogue publishes."""

from libs.contracts import topics
from libs.contracts.catalogue import CalendarChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.programme.calendar import use_cases

router = Router("programme")


@router.subscriber(topics.CALENDAR)
async def on_calendar_changed(batch: Batch[CalendarChanged], tx: Tx) -> None:
    """Two people published the days of a year, or a later order for it."""
    await use_cases.copy_years(tx, batch.events)
