"""Applications counted again at night, from their rows."""

from datetime import date, datetime, timedelta

from libs.bangladesh.calendar import DHAKA
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.applications.recounts.use_cases import recount
from tests.services.applications.scenes import outbox_events, stored_applications

NIGHT = datetime(2026, 7, 1, 1, 5, tzinfo=DHAKA)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def store(tx: Transaction, at: datetime, service: str, number: int = 1) -> None:
    """Applications that were submitted at a moment."""
    stored = await stored_applications(tx, number, submitted_at=at, public_service_id=service)
    for application in stored:
        await tx.execute(
            "UPDATE applications SET application_id = $2 WHERE application_id = $1",
            application.application_id,
            new_id(at),
        )


async def test_a_day_is_counted_from_midnight_to_midnight(tx: Transaction) -> None:
    """In Dhaka, by service; yesterday and three days before, also without any application."""
    midnight = NIGHT.replace(hour=0, minute=0)
    await store(tx, midnight - DAY, "S001", 2)
    await store(tx, midnight - timedelta(milliseconds=1), "S002")
    for outside in (midnight, midnight - DAY - timedelta(milliseconds=1)):
        await store(tx, outside, "S001")
    await store(tx, midnight - 30 * DAY + HOUR, "S001", 3)
    found = {event.day: event.counts for event in await recount(tx, NIGHT)}
    assert {
        day: {count.public_service_id: count.submitted for count in counts}
        for day, counts in found.items()
    } == {
        date(2026, 6, 30): {"S001": 2, "S002": 1},
        date(2026, 6, 24): {},
        date(2026, 6, 1): {"S001": 3},
        date(2026, 4, 2): {},
    }


async def test_it_is_done_once_a_night_and_not_right_after_midnight(tx: Transaction) -> None:
    """What was submitted before midnight has reached everybody by then."""
    assert await recount(tx, NIGHT.replace(hour=0)) == []
    assert len(await recount(tx, NIGHT)) == 4
    assert await recount(tx, NIGHT + HOUR) == []
    assert len(await recount(tx, NIGHT + DAY)) == 4
    announced = [event for event in await outbox_events(tx) if "counts" in event["value"]]
    assert len(announced) == 8
