"""The waits of a journey as bars; their lengths are on a scale by powers of ten.

Most waits take milliseconds and some take weeks: on an even scale only the longest would be seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10
from typing import Final

from services.desk.journeys.journey import Journey, Wait

WIDTH: Final = 600.0
ROW: Final = 14
_SHORTEST_S: Final = 0.001
_LONGEST_S: Final = 366 * 86_400.0
MARKS_S: Final = (0.01, 1.0, 60.0, 3_600.0, 86_400.0, 30 * 86_400.0)
"""Durations at which the scale has a line."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One wait on the drawing.

    Args:
        wait: the wait.
        y: its upper edge.
        width: its length.
    """

    wait: Wait
    y: int
    width: float


def bars(journey: Journey) -> Sequence[Bar]:
    """Return the bars of the waits whose length is known, one under the other."""
    return list(_bars(journey))


def width_of(seconds: float) -> float:
    """Return how long a duration is on the drawing."""
    within = min(max(seconds, _SHORTEST_S), _LONGEST_S)
    share = log10(within / _SHORTEST_S) / log10(_LONGEST_S / _SHORTEST_S)
    return round(max(share * WIDTH, 2.0), 1)


def _bars(journey: Journey) -> Iterator[Bar]:
    place = 0
    for line in journey.lines:
        for wait in line.waits:
            if wait.seconds is not None:
                yield Bar(wait, place * ROW, width_of(wait.seconds))
                place += 1
