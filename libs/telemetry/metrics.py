"""Every metric of the platform by name, with its unit, and one registry per service.

A name ends in its unit (`_s`, `_bytes`); what has none is a plain number. On `/metrics` the names
follow Prometheus: `nagorik_` before, `_seconds` for `_s`, `_total` after a count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

Kind = Literal["count", "gauge", "observation"]
MetricName = Literal[
    "http_requests",
    "http_request_duration_s",
    "http_client_requests",
    "http_client_duration_s",
    "events_handled",
    "events_repeated",
    "events_dead_lettered",
    "final_failures",
    "handler_failures",
    "outbox_published",
    "outbox_waiting",
    "dead_letters_waiting",
    "work_done",
    "work_failed",
    "work_given_up",
    "work_duration_s",
    "rate_limited",
    "watchers",
    "watchers_dropped",
    "cache_answers",
]


@dataclass(frozen=True, slots=True)
class Metric:
    """What a metric counts or measures, and by which labels it is told apart."""

    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


# Labels hold ids of things we have few of (routes, topics, parties), never of citizens.
METRICS: Mapping[MetricName, Metric] = {
    "http_requests": Metric("count", "Requests answered", ("method", "route", "status_class")),
    "http_request_duration_s": Metric(
        "observation", "From a request to its answer", ("method", "route", "status_class")
    ),
    "http_client_requests": Metric("count", "Requests to other parties", ("party", "outcome")),
    "http_client_duration_s": Metric("observation", "Answer time of other parties", ("party",)),
    "events_handled": Metric("count", "Events handled", ("topic",)),
    "events_repeated": Metric("count", "Events that the inbox knew already", ("topic",)),
    "events_dead_lettered": Metric("count", "Records put aside", ("topic", "reason")),
    "final_failures": Metric("count", "Records and due rows that failed for good", ("source",)),
    "handler_failures": Metric("count", "Batches that failed", ("topic", "failure")),
    "outbox_published": Metric("count", "Events that Kafka acknowledged", ()),
    "outbox_waiting": Metric("gauge", "Events not yet acknowledged", ()),
    "dead_letters_waiting": Metric("gauge", "Dead letters not yet replayed", ()),
    "work_done": Metric("count", "Rows done", ("worker", "party")),
    "work_failed": Metric("count", "Tries that failed", ("worker", "party", "failure")),
    "work_given_up": Metric("count", "Rows failed for good", ("worker", "party")),
    "work_duration_s": Metric("observation", "One call outside", ("worker", "party")),
    "rate_limited": Metric("count", "Requests over the limit", ("limit",)),
    "watchers": Metric("gauge", "Open live views", ()),
    "watchers_dropped": Metric("count", "Live views that could not keep up", ()),
    "cache_answers": Metric("count", "Answers looked for in the cache", ("outcome",)),
}

# From a commit's fraction of a millisecond to a ministry's half minute.
_BUCKETS_S = (
    0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
)  # fmt: skip

_Instrument: TypeAlias = Counter | Gauge | Histogram


class Metrics:
    """The metrics of one service, in a registry of its own."""

    def __init__(self, service: str) -> None:
        self._registry = CollectorRegistry()
        self._service = service
        self._instruments: dict[MetricName, _Instrument] = {}
        self._children: dict[tuple[MetricName, tuple[tuple[str, str], ...]], _Instrument] = {}

    def count(self, name: MetricName, amount: float = 1, **labels: str) -> None:
        """Add to a count.

        Raises:
            TypeError: when the name is no count in `METRICS`.
        """
        instrument = self._labelled(name, labels)
        if not isinstance(instrument, Counter):
            raise TypeError(f"{name} is no count")
        instrument.inc(amount)

    def gauge(self, name: MetricName, value: float, **labels: str) -> None:
        """Set a gauge to what it stands at.

        Raises:
            TypeError: when the name is no gauge in `METRICS`.
        """
        instrument = self._labelled(name, labels)
        if not isinstance(instrument, Gauge):
            raise TypeError(f"{name} is no gauge")
        instrument.set(value)

    def observe(self, name: MetricName, value: float, **labels: str) -> None:
        """Add one measured value, in the unit that the name ends in.

        Raises:
            TypeError: when the name is no observation in `METRICS`.
        """
        instrument = self._labelled(name, labels)
        if not isinstance(instrument, Histogram):
            raise TypeError(f"{name} is no observation")
        instrument.observe(value)

    def render(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def _labelled(self, name: MetricName, labels: dict[str, str]) -> _Instrument:
        key = (name, tuple(labels.items()))
        child = self._children.get(key)
        if child is None:
            instrument = self._instruments.get(name) or self._made(name)
            child = instrument.labels(service=self._service, **labels)
            self._children[key] = child
        return child

    def _made(self, name: MetricName) -> _Instrument:
        metric = METRICS[name]
        labels = ("service", *metric.labels)
        full_name = "nagorik_" + (
            name.removesuffix("_s") + "_seconds" if name[-2:] == "_s" else name
        )
        instrument: _Instrument
        match metric.kind:
            case "count":
                instrument = Counter(full_name, metric.help, labels, registry=self._registry)
            case "gauge":
                instrument = Gauge(full_name, metric.help, labels, registry=self._registry)
            case "observation":
                instrument = Histogram(
                    full_name, metric.help, labels, registry=self._registry, buckets=_BUCKETS_S
                )
        self._instruments[name] = instrument
        return instrument
