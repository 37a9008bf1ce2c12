"""Seats against need, kept for half a minute."""

from datetime import datetime, timedelta
from typing import Final

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.training import SeatsPage
from libs.database.transaction import Transaction
from services.programme.seats import queries, rules
from services.programme.training import use_cases as training

_KEPT_FOR: Final = timedelta(seconds=30)


class LatestSeats:
    """Seats against need of the whole country, at most 30 seconds ago."""

    def __init__(self) -> None:
        self._page: SeatsPage | None = None

    async def read(self, tx: Transaction, now: datetime, district: str | None) -> SeatsPage:
        """Return seats and need; with `district`, of its uddoktas only.

        They are counted again after 30 seconds, or when a day begins.
        """
        kept = self._page
        is_of_today = kept is not None and dhaka_date(kept.at) == dhaka_date(now)
        if kept is None or now - kept.at > _KEPT_FOR or not is_of_today:
            kept = self._page = await count(tx, now)
        if district is None:
            return kept
        return SeatsPage(at=kept.at, items=[row for row in kept.items if row.district == district])


async def count(tx: Transaction, now: datetime) -> SeatsPage:
    """Count seats and need by course, audience, district and ministry."""
    today, items = dhaka_date(now), []
    seats = await queries.count_seats(tx, today)
    for course in await training.read_courses(tx):
        for audience in course.audiences:
            day = rules.needed_on(course.needs, audience, today)
            people = await queries.count_people(tx, course.course, audience, day)
            items += rules.seats_against_need(course.course, audience, day, people, seats)
    return SeatsPage(at=now, items=items)
