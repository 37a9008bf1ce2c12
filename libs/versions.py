"""Dated versions: a value changes from a day on, and the earlier versions stay.

A version has a number in its series and a first day; the newest one whose day has come holds. The
last version of a series may say that it ends.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol, TypeVar


class Dated(Protocol):
    """One version of something, such as of a routing rule."""

    @property
    def series(self) -> str:
        """The id of the versioned thing."""

    @property
    def version(self) -> int:
        """Its number, from 1."""

    @property
    def valid_from(self) -> date:
        """The first day on which it holds."""

    @property
    def ended(self) -> bool:
        """Whether the series ends on that day."""


V = TypeVar("V", bound=Dated)


def last_version(versions: Iterable[V], series: str) -> V | None:
    """Return the version with the highest number of a series; None for a series without one."""
    own = (version for version in versions if version.series == series)
    return max(own, key=lambda version: version.version, default=None)


def next_number(versions: Iterable[Dated], series: str) -> int:
    """Return the number of the next version of a series."""
    last = last_version(versions, series)
    return last.version + 1 if last else 1


def newest_versions(versions: Iterable[V], on: date) -> dict[str, V]:
    """Return the newest version of each series whose day has come on a day, also of ended ones."""
    newest: dict[str, V] = {}
    for version in versions:
        other = newest.get(version.series)
        if version.valid_from <= on and (other is None or other.version < version.version):
            newest[version.series] = version
    return newest


def holding(versions: Iterable[V], on: date) -> list[V]:
    """Return the version of each series that holds on a day, without ended series."""
    return [version for version in newest_versions(versions, on).values() if not version.ended]


def now_or_later(versions: Iterable[V], today: date) -> tuple[V, ...]:
    """Return the versions that hold now or later, in order; a day is left for other clocks.

    A series of which nothing holds now or later is left out.
    """
    versions = list(versions)
    newest = newest_versions(versions, today - timedelta(days=1))
    current = [
        version
        for version in versions
        if version.series not in newest or version.version >= newest[version.series].version
    ]
    lasting = {version.series for version in current if not version.ended}
    kept = [version for version in current if version.series in lasting]
    return tuple(sorted(kept, key=lambda version: (version.series, version.version)))
