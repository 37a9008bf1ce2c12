"""How long it takes after a fault until what it broke works again: click, hand-over, SMS.

It is measured where nothing else on that way is broken in between: while the operator is away for
a minute, a killed process says nothing about how soon messages are sent again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tools.chaos.crowd import Click
from tools.chaos.schedule import Fault
from tools.chaos.witness import Books
from tools.ledger.pages import Row
from tools.ledger.phones import tracking_number_in

_DOOR = frozenset({"gateway", "identity", "catalogue", "applications", "postgres"})
_HAND_OVER = _DOOR | {"kafka", "ministries", "sandbox"}
_SMS = _DOOR | {"kafka", "notifications", "sms", "sandbox"}


@dataclass(frozen=True, slots=True)
class Done:
    """A fault that was done, and when it began and was over, in seconds since 1970."""

    fault: Fault
    began_s: float
    over_s: float


@dataclass(frozen=True, slots=True)
class Way:
    """One way that news takes: who stands on it, and when each click was made and came through."""

    stations: frozenset[str]
    through: Sequence[tuple[float, float]]


def recoveries(
    done: Sequence[Done], clicks: Sequence[Click], books: Books
) -> list[tuple[float, str]]:
    """Seconds until the first later click came through after a fault, and its name; sorted.

    Args:
        done: the faults of the run.
        clicks: the clicks of the run.
        books: the ledger of the run.
    """
    ways = _ways(clicks, books)
    found: list[tuple[float, str]] = []
    for one in done:
        waits = [
            wait_s
            for way in ways
            if one.fault.target in way.stations
            for wait_s in _wait_s(one, way, done)
        ]
        if waits:
            found.append((max(waits), one.fault.name))
    return sorted(found)


def _wait_s(one: Done, way: Way, done: Sequence[Done]) -> Iterator[float]:
    """The wait on one way after one fault; none when it was broken again before it was over."""
    later = [through_s for clicked_s, through_s in way.through if clicked_s >= one.over_s]
    if not later:
        return
    first_s = min(later)
    broken_again = any(
        other.began_s < first_s and other.over_s > one.over_s
        for other in done
        if other.fault.target in way.stations
    )
    if not broken_again:
        yield first_s - one.over_s


def _ways(clicks: Sequence[Click], books: Books) -> list[Way]:
    handed_over = _first_times((row["application_id"], row) for row in books.submissions)
    confirmed = _first_times(
        (number, row) for row in books.messages if (number := tracking_number_in(row["text"]))
    )
    by_stations = {
        _DOOR: {
            click.application_id: click.answered_at.timestamp()
            for click in clicks
            if click.answered_at
        },
        _HAND_OVER: handed_over,
        _SMS: {
            click.application_id: confirmed[click.tracking_number]
            for click in clicks
            if click.tracking_number in confirmed
        },
    }
    return [
        Way(
            stations,
            [
                (click.clicked_at.timestamp(), times[click.application_id])
                for click in clicks
                if click.application_id in times
            ],
        )
        for stations, times in by_stations.items()
    ]


def _first_times(rows: Iterable[tuple[str, Row]]) -> dict[str, float]:
    first: dict[str, float] = {}
    for name, row in rows:
        first.setdefault(name, datetime.fromisoformat(row["received_at"]).timestamp())
    return first
