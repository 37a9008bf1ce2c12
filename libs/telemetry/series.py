"""Metrics as plain numbers in memory, written in Prometheus' format when they are scraped.

The instruments of `prometheus_client` take a lock at each step, since any thread may use them. Ours
are used by the thread of the event loop only.
"""

from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from prometheus_client import ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from typing_extensions import override

Kind = Literal["count", "gauge", "observation"]

MOST_SERIES = 2_000
"""Of one metric. All routes with all methods and classes of status are fewer than half of it."""
_TOO_MANY = "too_many"


@dataclass(slots=True)
class Number:
    """The current value of one counter or gauge with its labels."""

    value: float = 0.0


class Histogram:
    """The number of observed values per bucket, and their sum.

    Args:
        bounds: the upper bound of each bucket, ascending; the last bucket has none.
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
        """Return how many values were at most each bound, the last being infinity."""
        names = [*map(str, self._bounds), "+Inf"]
        return zip(names, accumulate(self.counts), strict=True)


class Family(Collector):
    """All series of one metric.

    Args:
        name: as Prometheus shows it, without `_total`.
        text: what it counts or measures.
        kind: `count` (a counter), `gauge`, or `observation` (a histogram).
        labels: the labels of its series, in addition to `service`.
        service: value of the label `service` in all series.
        bounds: of the buckets of a histogram.
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
        self._numbers: dict[tuple[str, ...], Number] = {}
        self._histograms: dict[tuple[str, ...], Histogram] = {}

    def number(self, labels: Mapping[str, str]) -> Number:
        """Return the counter or gauge with these labels, or that of all which are too many.

        Raises:
            ValueError: the metric has other labels.
        """
        return self._numbers.setdefault(self._values(labels, self._numbers), Number())

    def histogram(self, labels: Mapping[str, str]) -> Histogram:
        """Return the histogram with these labels, or that of all which are too many.

        Raises:
            ValueError: the metric has other labels.
        """
        values = self._values(labels, self._histograms)
        return self._histograms.setdefault(values, Histogram(self._bounds))

    @property
    def is_full(self) -> bool:
        """Whether labels that have no series yet share one."""
        return max(len(self._numbers), len(self._histograms)) >= MOST_SERIES

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield the current values in Prometheus' data model."""
        names = ("service", *self._labels)
        if self._kind == "observation":
            histograms = HistogramMetricFamily(self._name, self._text, labels=names)
            for values, histogram in self._histograms.items():
                histograms.add_metric(values, list(histogram.up_to()), histogram.sum)
            yield histograms
            return
        shown = CounterMetricFamily if self._kind == "count" else GaugeMetricFamily
        family = shown(self._name, self._text, labels=names)
        for values, number in self._numbers.items():
            family.add_metric(values, number.value)
        yield family

    def _values(
        self, labels: Mapping[str, str], known: Container[tuple[str, ...]]
    ) -> tuple[str, ...]:
        """The values of the labels, in the order of their names.

        Raises:
            ValueError: they are not the labels of this metric.
        """
        if labels.keys() != set(self._labels):
            raise ValueError(f"{self._name} has the labels {self._labels}")
        values = self._service, *(str(labels[name]) for name in self._labels)
        if self.is_full and values not in known:
            return self._service, *(_TOO_MANY for _ in self._labels)
        return values


class ProcessFamilies(Collector):
    """Memory, CPU time and open files of this process, with the label `service`.

    Args:
        service: value of the label.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self._process = ProcessCollector(registry=None)

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield the current values; none where the system does not say them."""
        for family in self._process.collect():
            family.samples = [
                sample._replace(labels={"service": self._service}) for sample in family.samples
            ]
            yield family
