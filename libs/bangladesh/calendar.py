"""Days and sums as offices in Bangladesh count and write them."""

from collections.abc import Collection
from datetime import date, datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import Final

from libs.bangladesh.text import bangla_digits

DHAKA: Final = timezone(timedelta(hours=6), "Asia/Dhaka")
"""Fixed at +06:00: there has been no summer time since 2009, and a machine may lack tzdata."""

LONGEST_DEADLINE_DAYS: Final = 3_660

_FRIDAY, _SATURDAY = 4, 5
_MONTHS_BN: Final = (
    "জানুয়ারি", "ফেব্রুয়ারি", "মার্চ", "এপ্রিল", "মে", "জুন",
    "জুলাই", "আগস্ট", "সেপ্টেম্বর", "অক্টোবর", "নভেম্বর", "ডিসেম্বর",
)  # fmt: skip
_MONTHS_EN: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def dhaka_date(at: datetime) -> date:
    """Return the date that the calendar on a wall in Dhaka shows at a moment.

    Raises:
        ValueError: the moment carries no time zone.
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


def format_date_bn(day: date) -> str:
    """Write a date in Bangla, like ১৬ ডিসেম্বর ২০২৬ (Gregorian months)."""
    return f"{bangla_digits(day.day)} {_MONTHS_BN[day.month - 1]} {bangla_digits(day.year)}"


def format_date_en(day: date) -> str:
    """Write a date in English, like 16 December 2026, whatever the machine's locale."""
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def format_taka_bn(amount_bdt: int) -> str:
    """Write whole taka in Bangla, grouped by thousand, lakh and crore: ১,২৫,০০০ টাকা."""
    return f"{bangla_digits(_grouped(amount_bdt))} টাকা"


def format_taka_en(amount_bdt: int) -> str:
    """Write whole taka in English, grouped by thousand, lakh and crore: Tk 1,25,000."""
    return f"Tk {_grouped(amount_bdt)}"


def _grouped(amount: int) -> str:
    """Put commas after the last three digits and then after every two."""
    sign, digits = ("-" if amount < 0 else ""), str(abs(amount))
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)]
    return sign + ",".join([*reversed(pairs), tail])


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
    # Imported here: dates and sums are written in every service, but only those that count
    # working days have the package in their dependency group.
    from holidays import country_holidays

    return frozenset(country_holidays("BD", years=year))
