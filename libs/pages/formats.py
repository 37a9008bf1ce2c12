"""Numbers, days and times in both languages; lists and searches in addresses."""

from datetime import date, datetime, time
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import DHAKA, MONTHS
from libs.bangladesh.text import bangla_digits, normalise
from libs.contracts.language import Language

_UNITS: Final = (
    (86_400, ("দিন", "day")),
    (3_600, ("ঘণ্টা", "hour")),
    (60, ("মিনিট", "minute")),
    (1, ("সেকেন্ড", "second")),
)
_SECOND: Final = ("সেকেন্ড", "second")
_MILLISECOND: Final = ("মিলিসেকেন্ড", "millisecond")
_TENTHS_BELOW_S: Final = 10.0
LONGEST_SEARCH: Final = 200
_SHORT: Final = 3
"""Letters of a month's short name in English, such as Dec."""


def month_number(text: str) -> str:
    """Return the number of a month that was typed as a number or by its name; else the text."""
    typed = normalise(text).strip(" .").casefold()
    for place, names in enumerate(MONTHS, start=1):
        if typed in {*(name.casefold() for name in names), names[1][:_SHORT].casefold()}:
            return str(place)
    return text


def digits(value: str | int, language: Language) -> str:
    """Write a number, or the digits in a text, as readers of the language do."""
    return bangla_digits(value) if language == "bn" else str(value)


def number(value: float, language: Language) -> str:
    """Write a number in the groups of South Asia: 12,34,567."""
    whole, _, fraction = f"{value:.10g}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    groups: list[str] = []
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    written = ",".join([*groups, tail]) + (f".{fraction}" if fraction else "")
    return digits(written, language)


def taka(amount: int, language: Language) -> str:
    """Write an amount of taka."""
    written = number(amount, language)
    return f"{written} টাকা" if language == "bn" else f"Tk {written}"


def day(value: date, language: Language) -> str:
    """Write a day; of a time, its day in Dhaka."""
    if isinstance(value, datetime):
        value = value.astimezone(DHAKA).date()
    month = MONTHS[value.month - 1][0 if language == "bn" else 1]
    return digits(f"{value.day} {month} {value.year}", language)


def moment(value: datetime, language: Language) -> str:
    """Write a time as the clock in Dhaka shows it, with its day."""
    at = value.astimezone(DHAKA)
    return f"{day(at, language)}, {clock_time(at.time(), language)}"


def clock_time(value: time, language: Language) -> str:
    """Write a time of the day."""
    hour, minute = value.hour % 12 or 12, f"{value.minute:02d}"
    if language == "bn":
        return digits(f"{_part_of_day(value.hour)} {hour}:{minute}", "bn")
    return f"{hour}:{minute} {'am' if value.hour < 12 else 'pm'}"


def instant(value: datetime, language: Language) -> str:
    """Write a time with its milliseconds, as the clock in Dhaka shows it."""
    at = value.astimezone(DHAKA)
    return f"{day(at, language)}, {digits(f'{at:%H:%M:%S}.{at.microsecond // 1000:03d}', language)}"


def duration(seconds: float, language: Language) -> str:
    """Write a duration by its two largest units; a short one more exactly."""
    if seconds < 1:
        return _amount(round(seconds * 1000), _MILLISECOND, language)
    if seconds < _TENTHS_BELOW_S:
        return _amount(f"{seconds:.1f}", _SECOND, language)
    left, parts = round(seconds), list[str]()
    for unit_s, unit in _UNITS:
        count, left = divmod(left, unit_s)
        if count:
            parts.append(_amount(count, unit, language))
        elif parts:
            break
    return " ".join(parts[:2])


def about(seconds: float, language: Language) -> str:
    """Write a duration as people say it, by its largest unit."""
    if seconds < 1:
        return "এক সেকেন্ডের কম" if language == "bn" else "less than a second"
    unit_s, unit = next(unit for unit in _UNITS if seconds >= unit[0])
    return _amount(int(seconds // unit_s), unit, language)


def _amount(count: int | str, unit: tuple[str, str], language: Language) -> str:
    if language == "bn":
        return f"{digits(count, language)} {unit[0]}"
    return f"{count} {unit[1]}{'' if count == 1 else 's'}"


def page_mark(text: str) -> str | None:
    """Return the end of the page of a list before; None for the first page."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def search_text(typed: str) -> str:
    """Return the words of a search; a very long text is cut."""
    return " ".join(typed.split())[:LONGEST_SEARCH]


def _part_of_day(hour: int) -> str:
    """The part of the day that people say with an hour in Bangla."""
    if hour < 4 or hour >= 20:
        return "রাত"
    if hour < 6:
        return "ভোর"
    if hour < 12:
        return "সকাল"
    if hour < 15:
        return "দুপুর"
    return "বিকেল" if hour < 18 else "সন্ধ্যা"
