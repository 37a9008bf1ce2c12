"""Days as offices in Bangladesh count them."""

from collections.abc import Collection
from datetime import date, datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import Final

DHAKA: Final = timezone(timedelta(hours=6), "Asia/Dhaka")
"""Fixed at +06:00: there has been no summer time since 2009, and a machine may lack tzdata."""

LONGEST_DEADLINE_DAYS: Final = 3_660

_FRIDAY, _SATURDAY = 4, 5


def dhaka_date(at: datetime) -> date:
    """Return the date in Dhaka at a moment.

    Raises:
        ValueError: the moment has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return at.astimezone(DHAKA).date()


def is_working_day(day: date, *, closed: Collection[date] = ()) -> bool:
    """Whether government offices are open: not on Fridays, Saturdays and public holidays.

    Holidays are those of the `holidays` package, moon-dependent ones estimated until announced.
    It lacks holidays of the yearly gazette such as Durga Puja, Buddha Purnima, Janmashtami and
    days given by order.

    Args:
        day: a date in Dhaka (see dhaka_date).
        closed: further dates on which offices are shut, from the gazette.
    """
    if day.weekday() in {_FRIDAY, _SATURDAY} or day in closed:
        return False
    return day not in _public_holidays(day.year)


def add_working_days(day: date, days: int, *, closed: Collection[date] = ()) -> date:
    """Return the working day on which a deadline of so many working days ends.

    The day itself does not count, as the General Clauses Act, 1897, section 9 has it for "from";
    with 0 days the answer is the day itself.

    Args:
        day: the date in Dhaka from which the deadline runs.
        days: working days, 0 to 3,660.
        closed: further dates on which offices are shut.

    Raises:
        ValueError: the days are out of range.
    """
    if not 0 <= days <= LONGEST_DEADLINE_DAYS:
        raise ValueError(f"a deadline has 0 to {LONGEST_DEADLINE_DAYS} working days")
    return _end_of_deadline(day, days, frozenset(closed))


@lru_cache(maxsize=1024)  # the same few deadlines all day long
def _end_of_deadline(day: date, days: int, closed: frozenset[date]) -> date:
    end = day
    for _ in range(days):
        end += timedelta(days=1)
        while not is_working_day(end, closed=closed):
            end += timedelta(days=1)
    return end


@cache
def _public_holidays(year: int) -> frozenset[date]:
    # Imported here: every service knows the date in Dhaka, but only those that count working days
    # have the package in their dependency group.
    from holidays import country_holidays

    return frozenset(country_holidays("BD", years=year))
