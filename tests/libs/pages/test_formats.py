"""Numbers, days and times as people read them."""

from datetime import UTC, date, datetime

import pytest

from libs.pages import formats


def test_numbers_are_grouped_as_in_south_asia() -> None:
    """12,34,567, in the digits of the language."""
    assert [formats.number(value, "en") for value in (0, 50, 1_000, 1_234_567, 2.5)] == [
        "0", "50", "1,000", "12,34,567", "2.5",
    ]  # fmt: skip
    assert formats.taka(100_000, "bn") == "১,০০,০০০ টাকা"
    assert formats.taka(50, "en") == "Tk 50"


@pytest.mark.parametrize(
    ("hour_utc", "bangla", "english"),
    [(18, "রাত ১২:০৫", "12:05 am"), (23, "ভোর ৫:০৫", "5:05 am"), (3, "সকাল ৯:০৫", "9:05 am"),
     (6, "দুপুর ১২:০৫", "12:05 pm"), (10, "বিকেল ৪:০৫", "4:05 pm"), (13, "সন্ধ্যা ৭:০৫", "7:05 pm")],
)  # fmt: skip
def test_a_time_is_told_as_on_the_clock_in_dhaka(hour_utc: int, bangla: str, english: str) -> None:
    """With the part of the day that people say."""
    at = datetime(2026, 12, 15, hour_utc, 5, tzinfo=UTC)
    assert formats.moment(at, "bn").endswith(bangla)
    assert formats.moment(at, "en").endswith(english)


def test_a_day_is_that_of_dhaka() -> None:
    """Six hours ahead of UTC."""
    assert formats.day(datetime(2026, 12, 15, 18, tzinfo=UTC), "bn") == "১৬ ডিসেম্বর ২০২৬"
    assert formats.day(date(2026, 12, 16), "en") == "16 December 2026"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("12", "12"),
        ("ডিসেম্বর", "12"),
        (" december ", "12"),
        ("Dec.", "12"),
        ("মে", "5"),
        ("MAY", "5"),
        ("Ma", "Ma"),
        ("13", "13"),
        ("", ""),
    ],
)
def test_a_month_is_typed_by_its_number_or_name(typed: str, expected: str) -> None:
    """In both languages; what is no month stays, and is asked for again."""
    assert formats.month_number(typed) == expected
