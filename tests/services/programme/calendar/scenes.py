"""Years of the calendar for tests."""

from datetime import date

from libs.bangladesh.calendar import reference_calendar
from libs.contracts.catalogue import CalendarChanged, CalendarDay
from libs.contracts.language import Text
from tests.services.programme.running import NOW

NAME = Text(bn="ছুটি", en="A day off")


def year(version: int, *off: date, of: int = 2026) -> CalendarChanged:
    """A year with the days off of the release, and more."""
    days = {day for day in reference_calendar().shut if day.year == of} | set(off)
    rows = [CalendarDay(day=day, name=NAME, source="gazette") for day in sorted(days)]
    return CalendarChanged(
        occurred_at=NOW, version=version, year=str(of), source="gazette", days=rows
    )
