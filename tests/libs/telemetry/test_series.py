import prometheus_client
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from libs.telemetry.series import Family, Histogram, Kind

BOUNDS = (0.5, 1.0, 30.0)


def family(kind: Kind) -> Family:
    return Family("nagorik_x", "What x is", kind, ("topic", "reason"), "test", BOUNDS)


def shown(made: Family) -> str:
    registry = CollectorRegistry()
    registry.register(made)
    return generate_latest(registry).decode()


def test_a_bucket_includes_its_upper_bound() -> None:
    """A value above all bounds is in the bucket of infinity."""
    histogram = Histogram(BOUNDS)
    for value in (0.1, 0.5, 0.6, 1.0, 30.0, 31.0):
        histogram.observe(value)
    assert list(histogram.up_to()) == [("0.5", 2), ("1.0", 4), ("30.0", 5), ("+Inf", 6)]
    assert histogram.sum == pytest.approx(63.2)


def test_a_histogram_is_written_like_that_of_prometheus_client() -> None:
    """The text is the same."""
    registry = CollectorRegistry()
    names = ("service", "topic", "reason")
    theirs = prometheus_client.Histogram(
        "nagorik_x", "What x is", names, registry=registry, buckets=BOUNDS
    )
    ours = family("observation")
    for value in (0.2, 0.7, 99.0):
        theirs.labels(service="test", topic="a", reason="b").observe(value)
        ours.histogram({"topic": "a", "reason": "b"}).observe(value)
    expected = generate_latest(registry).decode().splitlines()
    assert shown(ours).splitlines() == [line for line in expected if "_created" not in line]


def test_the_order_of_labels_makes_no_difference() -> None:
    """Counters and gauges with the same labels are one series."""
    count = family("count")
    count.number({"topic": "a", "reason": "b"}).value += 1
    count.number({"reason": "b", "topic": "a"}).value += 2
    assert 'nagorik_x_total{reason="b",service="test",topic="a"} 3.0' in shown(count)
    gauge = family("gauge")
    gauge.number({"topic": "a", "reason": "b"}).value = 7
    assert 'nagorik_x{reason="b",service="test",topic="a"} 7.0' in shown(gauge)


@pytest.mark.parametrize("labels", [{}, {"topic": "a"}, {"topic": "a", "reason": "b", "who": "c"}])
def test_other_labels_are_refused(labels: dict[str, str]) -> None:
    """A label can neither be left out nor added."""
    with pytest.raises(ValueError, match="labels"):
        family("count").number(labels)
