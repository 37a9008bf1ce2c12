"""The newest samples of a platform's metrics, in memory, as Prometheus would keep them."""

import math
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

Labels = tuple[tuple[str, str], ...]
"""Names and values of a series' labels, by name."""
Vector = dict[Labels, float]

_LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)", re.ASCII)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"', re.ASCII)
_ESCAPED = re.compile(r'\\([\\"n])')


class Points(NamedTuple):
    """Times in seconds, and the value at each."""

    times_s: Sequence[float]
    values: Sequence[float]


def read_metrics(text: str, names: Collection[str]) -> Iterator[tuple[str, Labels, float]]:
    """Yield the samples of Prometheus' text format that have one of the names."""
    for line in text.splitlines():
        if (found := _LINE.match(line)) and found[1] in names:
            yield found[1], _labels(found[2] or ""), float(found[3])


def _labels(text: str) -> Labels:
    pairs = ((name, _ESCAPED.sub(_character, value)) for name, value in _LABEL.findall(text))
    return tuple(sorted(pairs))


def _character(escaped: re.Match[str]) -> str:
    return "\n" if escaped[1] == "n" else escaped[1]


class Samples:
    """Samples of all series at the times of the newest scrapes.

    Args:
        kept_s: seconds for which they are kept.
    """

    def __init__(self, kept_s: float) -> None:
        self._kept_s = kept_s
        self.times_s: list[float] = []
        self._series: dict[str, dict[Labels, array[float]]] = {}

    def add(self, time_s: float, sampled: Mapping[str, Vector]) -> None:
        """Add what all processes said at one time, and forget what is too old."""
        before = len(self.times_s)
        self.times_s.append(time_s)
        self.record(sampled)
        for series in self._series.values():
            for values in series.values():
                if len(values) == before:
                    values.append(math.nan)  # its process said nothing of it
        old = bisect_left(self.times_s, time_s - self._kept_s)
        if old > len(self.times_s) // 2:  # seldom, since all of them are moved
            self._forget(old)

    def record(self, sampled: Mapping[str, Vector]) -> None:
        """Add series to the newest scrape."""
        at = len(self.times_s) - 1
        for name, vector in sampled.items():
            series = self._series.setdefault(name, {})
            for labels, value in vector.items():
                values = series.setdefault(labels, array("d"))
                values.extend([math.nan] * (at - len(values)))
                if len(values) > at:
                    values[at] = value
                else:
                    values.append(value)

    def of(self, name: str) -> Iterator[tuple[Labels, Sequence[float]]]:
        """Yield the series of a name with a value for each time, NaN where it was not there."""
        yield from self._series.get(name, {}).items()

    def within(self, from_s: float, to_s: float) -> slice:
        """The places of the scrapes after `from_s`, up to `to_s`."""
        return slice(bisect_right(self.times_s, from_s), bisect_right(self.times_s, to_s))

    def _forget(self, old: int) -> None:
        del self.times_s[:old]
        for name, series in self._series.items():
            for values in series.values():
                del values[:old]
            self._series[name] = {
                labels: values for labels, values in series.items() if any(map(_is_there, values))
            }


def _is_there(value: float) -> bool:
    return not math.isnan(value)


def there(times_s: Sequence[float], values: Sequence[float]) -> Points:
    """The points of a series at which it was there."""
    pairs = [
        (time_s, value)
        for time_s, value in zip(times_s, values, strict=True)
        if not math.isnan(value)
    ]
    return Points([time_s for time_s, _ in pairs], [value for _, value in pairs])
