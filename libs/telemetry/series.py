"""Figures as plain numbers in memory, written in Prometheus' format when they are scraped.

Prometheus' own instruments take locks and look at their labels on every step, since any thread may
touch them. Ours are touched by the one thread of the event loop.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from typing_extensions import override

Kind = Literal["count", "gauge", "observation"]


@dataclass(slots=True)
class Tally:
    """A number that is counted up or set."""

    value: float = 0.0


class Spread:
    """How often values fell between bounds, and their sum.

    Args:
        bounds: the largest value of each bucket, growing; larger ones are counted beyond the last.
    """

    __slots__ = ("_bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Add one measured value."""
        self.counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def up_to(self) -> Iterator[tuple[str, float]]:
        """How many values were at most each bound, the last being infinity."""
        names = [*map(str, self._bounds), "+Inf"]
        return zip(names, accumulate(self.counts), strict=True)


class Family(Collector):
    """All series of one metric.

    Args:
        name: as Prometheus shows it, without `_total`.
        text: what it counts or measures.
        kind: which of the three it is.
        labels: the labels of its series, beside the service.
        service: stands in every series.
        bounds: of the buckets of an observation.
    """

    def __init__(
        self,
        name: str,
        text: str,
        kind: Kind,
        labels: Sequence[str],
        service: str,
        bounds: Sequence[float],
    ) -> None:
        self._name, self._text, self._kind = name, text, kind
        self._labels = tuple(labels)
        self._service = service
        self._bounds = bounds
        self._tallies: dict[tuple[str, ...], Tally] = {}
        self._spreads: dict[tuple[str, ...], Spread] = {}

    def tally(self, labels: Mapping[str, str]) -> Tally:
        """The count or gauge with these labels; `ValueError` comes out for unknown labels."""
        return self._tallies.setdefault(self._values(labels), Tally())

    def spread(self, labels: Mapping[str, str]) -> Spread:
        """The observation with these labels; `ValueError` comes out for unknown labels."""
        return self._spreads.setdefault(self._values(labels), Spread(self._bounds))

    @override
    def collect(self) -> Iterator[Metric]:
        """Everything as it stands now."""
        names = ("service", *self._labels)
        if self._kind == "observation":
            histogram = HistogramMetricFamily(self._name, self._text, labels=names)
            for values, spread in self._spreads.items():
                histogram.add_metric(values, list(spread.up_to()), spread.sum)
            yield histogram
            return
        shown = CounterMetricFamily if self._kind == "count" else GaugeMetricFamily
        family = shown(self._name, self._text, labels=names)
        for values, tally in self._tallies.items():
            family.add_metric(values, tally.value)
        yield family

    def _values(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """The values of the labels, in the order of their names.

        Raises:
            ValueError: they are not the labels of this metric.
        """
        if labels.keys() != set(self._labels):
            raise ValueError(f"{self._name} has the labels {self._labels}")
        return self._service, *(str(labels[name]) for name in self._labels)
