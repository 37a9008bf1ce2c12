import re
import tracemalloc
from typing import get_args

import pytest

from libs.telemetry.metrics import METRICS, MetricName, Metrics
from libs.telemetry.series import MOST_SERIES


def labels_of(name: MetricName) -> dict[str, str]:
    return dict.fromkeys(METRICS[name].labels, "x")


def test_every_metric_name_has_a_row() -> None:
    """The names of the type and the rows of the table are the same."""
    assert set(get_args(MetricName)) == METRICS.keys()


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_can_be_shown(name: MetricName) -> None:
    """Prometheus can parse each metric, with its unit spelt out."""
    metrics = Metrics("test")
    match METRICS[name].kind:
        case "count":
            metrics.count(name, 2, **labels_of(name))
        case "gauge":
            metrics.gauge(name, 2, **labels_of(name))
        case "observation":
            metrics.observe(name, 2, **labels_of(name))
    lines = metrics.render().decode().splitlines()
    shown = "\n".join(line for line in lines if "nagorik_" in line)
    assert 'service="test"' in shown
    assert ("_seconds" in shown) == name.endswith("_s")
    assert ("_total{" in shown) == (METRICS[name].kind == "count")


def test_counts_add_up() -> None:
    """Equal labels are one series."""
    metrics = Metrics("test")
    metrics.count("events_handled", 2, topic="a")
    metrics.count("events_handled", topic="a")
    metrics.count("events_handled", topic="b")
    shown = metrics.render().decode()
    assert 'nagorik_events_handled_total{service="test",topic="a"} 3.0' in shown
    assert 'nagorik_events_handled_total{service="test",topic="b"} 1.0' in shown


def test_two_services_of_one_process_have_separate_metrics() -> None:
    """Each has a registry."""
    one, other = Metrics("one"), Metrics("other")
    one.gauge("watchers", 1)
    assert b"watchers" not in other.render()


def test_memory_and_cpu_of_the_process_are_shown() -> None:
    """With the service's name, so that they stand beside its other series."""
    shown = Metrics("test").render().decode()
    for name in ("process_cpu_seconds_total", "process_resident_memory_bytes"):
        (value,) = re.findall(rf'^{name}{{service="test"}} (\S+)$', shown, re.MULTILINE)
        assert float(value) > 0


def test_a_histogram_has_the_buckets_of_its_aim() -> None:
    """An aim is the bound of a bucket, else nobody can say how often it was reached."""
    metrics = Metrics("test")
    metrics.observe("code_handed_over_s", 1.9)
    (met,) = re.findall(
        r'^nagorik_code_handed_over_seconds_bucket{le="2.0",.*} (\S+)$',
        metrics.render().decode(),
        re.MULTILINE,
    )
    assert float(met) == 1


def test_an_unknown_label_is_refused() -> None:
    """A label such as a citizen's id cannot be added."""
    with pytest.raises(ValueError, match="label"):
        Metrics("test").count("events_handled", topic="a", citizen_id="x")


def add(metrics: Metrics, name: MetricName, value: str) -> None:
    """Write to the series whose labels all have this value."""
    labels = dict.fromkeys(METRICS[name].labels, value)
    match METRICS[name].kind:
        case "count":
            metrics.count(name, 1, **labels)
        case "gauge":
            metrics.gauge(name, 1, **labels)
        case "observation":
            metrics.observe(name, 1, **labels)


@pytest.mark.parametrize(
    ("name", "shown_as", "known", "too_many"),
    [
        ("events_dead_lettered", "_total", 2, 9 * MOST_SERIES + 1),
        ("job_duration_s", "_count", 2, 9 * MOST_SERIES + 1),
        ("code_budget_used", "", 1, 1),
    ],
)
def test_a_label_with_ever_new_values_fills_no_memory(
    name: MetricName, shown_as: str, known: int, too_many: int
) -> None:
    """What comes after the last series shares one; what was there before goes on."""
    metrics = Metrics("test")
    add(metrics, name, "known")

    def hostile(first: int) -> None:
        for number in range(first, first + 5 * MOST_SERIES):
            add(metrics, name, f"hostile{number}")

    hostile(0)
    tracemalloc.start()
    hostile(5 * MOST_SERIES)
    used_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used_bytes < 100_000
    add(metrics, name, "known")
    series = rf'^nagorik_\w+{shown_as}{{.*{METRICS[name].labels[0]}="(\w+)".*}} (\S+)$'
    values = dict(re.findall(series, metrics.render().decode(), re.MULTILINE | re.ASCII))
    assert len(values) == MOST_SERIES + 1
    assert (float(values["known"]), float(values["too_many"])) == (known, too_many)
