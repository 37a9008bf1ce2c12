from dataclasses import dataclass
from datetime import date, timedelta

from libs.versions import holding, last_version, newest_versions, next_number, now_or_later

TODAY = date(2026, 12, 16)


@dataclass(frozen=True)
class Price:
    """A version of a price."""

    series: str
    version: int
    valid_from: date
    ended: bool = False


def price(series: str, version: int, in_days: int, *, ended: bool = False) -> Price:
    """Return a version that holds from so many days after today on."""
    return Price(series, version, TODAY + timedelta(days=in_days), ended)


def test_the_newest_version_whose_day_has_come_holds() -> None:
    """In whichever order they are given; an ended series has none."""
    first, second, later = price("tea", 1, -9), price("tea", 2, 0), price("tea", 3, 1)
    gone = [price("milk", 1, -9), price("milk", 2, -1, ended=True)]
    for versions in ([first, second, later, *gone], [*gone, later, second, first]):
        assert holding(versions, TODAY) == [second]
        assert holding(versions, TODAY + timedelta(days=1)) == [later]
        assert newest_versions(versions, TODAY)["milk"].ended
    assert holding([later], TODAY) == []


def test_versions_are_numbered_in_their_series() -> None:
    """From 1, also after an end."""
    versions = [price("tea", 2, 0, ended=True), price("tea", 1, 0), price("milk", 7, 0)]
    assert last_version(versions, "tea") == versions[0]
    assert last_version(versions, "salt") is None
    assert [next_number(versions, series) for series in ("tea", "milk", "salt")] == [3, 8, 1]


def test_versions_that_hold_no_more_are_left_out() -> None:
    """But for yesterday's, which another clock may still need."""
    versions = [price("tea", 3, 1), price("tea", 1, -9), price("tea", 2, 0)]
    days = [now_or_later(versions, TODAY + timedelta(days=later)) for later in range(3)]
    assert [[version.version for version in day] for day in days] == [[1, 2, 3], [2, 3], [3]]
    ended = [price("milk", 1, -9), price("milk", 2, 0, ended=True)]
    assert now_or_later(ended, TODAY + timedelta(days=1)) == ()
