import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from libs.telemetry.series import Family, Kind, Spread

BOUNDS = (0.5, 1.0, 30.0)


def family(kind: Kind) -> Family:
    return Family("nagorik_x", "What x is", kind, ("topic", "reason"), "test", BOUNDS)


def shown(made: Family) -> str:
    registry = CollectorRegistry()
    registry.register(made)
    return generate_latest(registry).decode()


def test_value_falls_into_the_bucket_whose_bound_it_does_not_pass() -> None:
    """A value at a bound belongs to that bucket, one beyond all bounds to infinity."""
    spread = Spread(BOUNDS)
    for value in (0.1, 0.5, 0.6, 1.0, 30.0, 31.0):
        spread.observe(value)
    assert list(spread.up_to()) == [("0.5", 2), ("1.0", 4), ("30.0", 5), ("+Inf", 6)]
    assert spread.sum == pytest.approx(63.2)


def test_observation_is_written_as_prometheus_own_histogram_would() -> None:
    """Dashboards cannot tell our histogram from the library's."""
    registry = CollectorRegistry()
    names = ("service", "topic", "reason")
    theirs = Histogram("nagorik_x", "What x is", names, registry=registry, buckets=BOUNDS)
    ours = family("observation")
    for value in (0.2, 0.7, 99.0):
        theirs.labels(service="test", topic="a", reason="b").observe(value)
        ours.spread({"topic": "a", "reason": "b"}).observe(value)
    expected = generate_latest(registry).decode().splitlines()
    assert shown(ours).splitlines() == [line for line in expected if "_created" not in line]


def test_count_and_gauge_are_written_with_their_labels_in_one_order() -> None:
    """Whatever order the caller names labels in, they are one series."""
    count = family("count")
    count.tally({"topic": "a", "reason": "b"}).value += 1
    count.tally({"reason": "b", "topic": "a"}).value += 2
    assert 'nagorik_x_total{reason="b",service="test",topic="a"} 3.0' in shown(count)
    gauge = family("gauge")
    gauge.tally({"topic": "a", "reason": "b"}).value = 7
    assert 'nagorik_x{reason="b",service="test",topic="a"} 7.0' in shown(gauge)


@pytest.mark.parametrize("labels", [{}, {"topic": "a"}, {"topic": "a", "reason": "b", "who": "c"}])
def test_other_labels_than_the_metrics_own_fail(labels: dict[str, str]) -> None:
    """A label cannot be left out, and none can slip in."""
    with pytest.raises(ValueError, match="labels"):
        family("count").tally(labels)
