"""Every metric of the platform by name, with its unit, and one registry per service.

A name ends in its unit (`_s`, `_bytes`), if there is one. On `/metrics` names follow Prometheus:
with the prefix `nagorik_`, `_seconds` for `_s`, and the suffix `_total` for counters. Memory, CPU
time and open files of the process have the names that every client of Prometheus gives them
(`process_…`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from prometheus_client import CollectorRegistry, generate_latest

from libs.telemetry.series import Family, Histogram, Kind, Number, ProcessFamilies

MetricName = Literal[
    "build_info",
    "event_loop_delay_s",
    "database_wait_s",
    "http_requests",
    "http_request_duration_s",
    "http_client_requests",
    "http_client_duration_s",
    "events_handled",
    "event_age_s",
    "events_repeated",
    "events_dead_lettered",
    "final_failures",
    "handler_failures",
    "partitions_held",
    "values_unopened",
    "partitions_ahead_of_database",
    "records_behind",
    "oldest_unhandled_age_s",
    "lag_measured_at_s",
    "outbox_published",
    "outbox_waiting",
    "outbox_oldest_age_s",
    "outbox_blocked_age_s",
    "dead_letters_waiting",
    "jobs_done",
    "job_attempts_failed",
    "jobs_failed",
    "job_duration_s",
    "job_oldest_due_age_s",
    "step_defects",
    "papers_not_scanned_age_s",
    "papers_damaged",
    "rate_limited",
    "code_budget_used",
    "code_waiting_age_s",
    "code_handed_over_s",
    "erasures_unconfirmed",
    "cases_stalled",
    "watchers",
    "watchers_dropped",
    "cache_answers",
    "holiday_lists_missing",
    "ministry_waiting",
    "ministry_oldest_waiting_s",
    "ministry_down_s",
    "ministry_trouble_s",
    "circuit_open",
    "escalations_open",
    "applications_lost",
    "due_applications",
    "due_applications_in_time",
    "ministry_connection_stopped",
    "batch_unanswered_age_s",
    "inquiry_unanswered_age_s",
    "file_rows_not_used",
    "states_not_used",
    "exchange_defects",
    "confinement_gaps",
    "certificate_ends_at_s",
]


# From a commit's fraction of a millisecond to a ministry's half minute.
_BUCKETS_S = (
    0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metric:
    """The kind, the help text, the labels and, of a histogram, the buckets of a metric."""

    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = _BUCKETS_S


# Labels have few values (routes, topics, destinations); they never have ids of citizens. Should one
# get many by a defect or from outside, what comes after `MOST_SERIES` shares a series.
METRICS: Mapping[MetricName, Metric] = {
    "build_info": Metric("gauge", "1; which release runs on which Python", ("release", "python")),
    "event_loop_delay_s": Metric(
        "observation", "By how much a timer of one second is late: the process is busy or stopped"
    ),
    "database_wait_s": Metric("observation", "From asking for a connection of the pool to it"),
    "http_requests": Metric("count", "Requests answered", ("method", "route", "status_class")),
    "http_request_duration_s": Metric(
        "observation", "From a request to its answer", ("method", "route")
    ),
    "http_client_requests": Metric(
        "count", "Requests to other systems", ("destination", "outcome")
    ),
    "http_client_duration_s": Metric(
        "observation", "Answer time of other systems", ("destination",)
    ),
    "events_handled": Metric("count", "Events handled", ("topic",)),
    "event_age_s": Metric(
        "observation",
        "From what an event tells of to its effect in a reader",
        ("topic", "type"),
        bounds=(1.0, 2.5, 10.0, 60.0, 300.0),
    ),
    "events_repeated": Metric("count", "Events that the inbox knew already", ("topic",)),
    "events_dead_lettered": Metric("count", "Records put aside", ("topic", "reason")),
    "final_failures": Metric("count", "Records and jobs that failed for good", ("source",)),
    "handler_failures": Metric("count", "Batches that failed", ("topic", "failure")),
    "partitions_held": Metric("gauge", "Partitions whose records fail in a row", ("topic",)),
    "values_unopened": Metric("count", "Stored values that cannot be decrypted", ()),
    "partitions_ahead_of_database": Metric(
        "gauge", "Partitions read further than the database knows: it was restored", ("group",)
    ),
    "records_behind": Metric(
        "gauge", "Records of a topic that a group has not handled", ("group", "topic")
    ),
    "oldest_unhandled_age_s": Metric(
        "gauge", "Since when the oldest of them is in Kafka; 0 if there is none", ("group", "topic")
    ),
    "lag_measured_at_s": Metric("gauge", "When these two were measured, in Unix time"),
    "outbox_published": Metric("count", "Events that Kafka acknowledged", ()),
    "outbox_waiting": Metric("gauge", "Events not yet acknowledged, up to 10,000", ()),
    "outbox_oldest_age_s": Metric(
        "gauge", "Since when the oldest event waits to be published; 0 if none does"
    ),
    "outbox_blocked_age_s": Metric(
        "gauge", "Since when events of a topic cannot be written", ("topic",)
    ),
    "dead_letters_waiting": Metric("gauge", "Dead letters not yet replayed", ()),
    "jobs_done": Metric("count", "Jobs done", ("queue", "destination")),
    "job_attempts_failed": Metric(
        "count", "Attempts that failed", ("queue", "destination", "failure")
    ),
    "jobs_failed": Metric("count", "Jobs that failed for good", ("queue", "destination")),
    "job_duration_s": Metric("observation", "One call to a destination", ("queue", "destination")),
    "job_oldest_due_age_s": Metric(
        "gauge", "Since when the oldest due job of a queue is due; 0 if none is", ("queue",)
    ),
    "step_defects": Metric(
        "count", "Steps of periodic work that failed by a defect", ("component",)
    ),
    "papers_not_scanned_age_s": Metric(
        "gauge", "Since when the oldest paper waits that no scanner has seen", ()
    ),
    "papers_damaged": Metric("gauge", "Papers whose content cannot be read, up to 1,000", ()),
    "rate_limited": Metric("count", "Requests over the limit", ("limit",)),
    "code_budget_used": Metric(
        "gauge", "Share of a day's budget that log-in codes have used", ("budget",)
    ),
    "code_waiting_age_s": Metric(
        "gauge", "For how long the oldest code has waited for a provider; 0 if none waits", ()
    ),
    "code_handed_over_s": Metric(
        "observation",
        "From a request for a code until a provider has it; an hour for one that none took in time",
        bounds=(0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 600.0),
    ),
    "erasures_unconfirmed": Metric(
        "gauge", "Erasures that a service has not confirmed in time, up to 1,000", ()
    ),
    "cases_stalled": Metric(
        "gauge", "Open cases that have neither an officer who can act nor a clock that runs", ()
    ),
    "watchers": Metric("gauge", "Open live views", ()),
    "watchers_dropped": Metric("count", "Live views that could not keep up", ()),
    "cache_answers": Metric("count", "Answers looked for in the cache", ("outcome",)),
    "holiday_lists_missing": Metric(
        "gauge", "1 while this year's, or from November the next year's, holidays are missing", ()
    ),
    "ministry_waiting": Metric(
        "gauge", "Submissions that wait for longer than a minute", ("destination",)
    ),
    "ministry_oldest_waiting_s": Metric(
        "gauge", "Since when the oldest submission waits", ("destination",)
    ),
    "ministry_down_s": Metric(
        "gauge",
        "For how long a ministry's system has been silent; 0 if it is not",
        ("destination",),
    ),
    "circuit_open": Metric(
        "gauge", "1 while a destination is not called, or only probed", ("queue", "destination")
    ),
    "applications_lost": Metric(
        "gauge",
        "Applications that were counted again from their rows, and whose event was not counted",
    ),
    "escalations_open": Metric(
        "gauge",
        "1 while somebody has to be told about a ministry; level 2 is the next in line",
        ("destination", "level"),
    ),
    "ministry_trouble_s": Metric(
        "gauge",
        "For how long nothing reaches a ministry's system for a known reason; 0 if it does",
        ("destination", "trouble"),
    ),
    "due_applications": Metric(
        "gauge", "Applications whose charter's day was in the last 30 days", ("destination",)
    ),
    "due_applications_in_time": Metric(
        "gauge", "Those of them that were decided in time", ("destination",)
    ),
    "batch_unanswered_age_s": Metric(
        "gauge", "Since when a row of a sent batch has had no answer", ("destination",)
    ),
    "file_rows_not_used": Metric(
        "count", "Rows of ministries' files, or files, that could not be used", ("destination",)
    ),
    "states_not_used": Metric(
        "count", "Rows of answers to questions that could not be used", ("destination",)
    ),
    "exchange_defects": Metric(
        "count", "Steps of exchanges of files that failed by a defect of ours", ("destination",)
    ),
    "confinement_gaps": Metric(
        "gauge",
        "What processes for files of strangers can do and should not; 1 while none can be started",
        (),
    ),
    "certificate_ends_at_s": Metric(
        "gauge", "When the process' certificate ends, or its authority's, in Unix time", ()
    ),
    "inquiry_unanswered_age_s": Metric(
        "gauge", "Since when a ministry has said nothing about an application", ("destination",)
    ),
    "ministry_connection_stopped": Metric(
        "gauge",
        "1 while a ministry's system is not called, since it is gone, or by an operator",
        ("destination",),
    ),
}

_Key = tuple[MetricName, tuple[tuple[str, str], ...]]


class Metrics:
    """The metrics of one service, in a registry of its own; for the event loop's thread only."""

    def __init__(self, service: str) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(ProcessFamilies(service))
        self._service = service
        self._families: dict[MetricName, Family] = {}
        self._counts: dict[_Key, Number] = {}
        self._gauges: dict[_Key, Number] = {}
        self._histograms: dict[_Key, Histogram] = {}

    def count(self, name: MetricName, amount: float = 1, **labels: str) -> None:
        """Add to a counter.

        Raises:
            TypeError: the metric is no counter.
        """
        self.counter(name, **labels).value += amount

    def gauge(self, name: MetricName, value: float, **labels: str) -> None:
        """Set a gauge.

        Raises:
            TypeError: the metric is no gauge.
        """
        key = (name, tuple(labels.items()))
        gauge = self._gauges.get(key)
        if gauge is None:
            family = self._family(name, "gauge")
            gauge = family.number(labels)
            if not family.is_full:
                self._gauges[key] = gauge
        gauge.value = value

    def observe(self, name: MetricName, value: float, **labels: str) -> None:
        """Add a value to a histogram, in the unit that the name ends in.

        Raises:
            TypeError: the metric is no histogram.
        """
        self.histogram(name, **labels).observe(value)

    def counter(self, name: MetricName, **labels: str) -> Number:
        """Return one series of a counter, which saves later look-ups by name and labels."""
        key = (name, tuple(labels.items()))
        counter = self._counts.get(key)
        if counter is None:
            family = self._family(name, "count")
            counter = family.number(labels)
            if not family.is_full:
                self._counts[key] = counter
        return counter

    def histogram(self, name: MetricName, **labels: str) -> Histogram:
        """Return one series of a histogram, which saves later look-ups by name and labels."""
        key = (name, tuple(labels.items()))
        histogram = self._histograms.get(key)
        if histogram is None:
            family = self._family(name, "observation")
            histogram = family.histogram(labels)
            if not family.is_full:
                self._histograms[key] = histogram
        return histogram

    def render(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def _family(self, name: MetricName, kind: Kind) -> Family:
        """Return the family of a metric, made at its first use.

        Raises:
            TypeError: the metric is of another kind.
        """
        metric = METRICS[name]
        if metric.kind != kind:
            raise TypeError(f"{name} is no {kind}")
        if name not in self._families:
            shown = name.removesuffix("_s") + "_seconds" if name.endswith("_s") else name
            family = Family(
                f"nagorik_{shown}", metric.help, kind, metric.labels, self._service, metric.bounds
            )
            self._registry.register(family)
            self._families[name] = family
        return self._families[name]
