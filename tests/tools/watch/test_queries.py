"""Queries on samples in memory, and what promtool answers to the same."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import pytest

from tests.peers.debian import program
from tools.watch.queries import NotSupported, Query, selectors
from tools.watch.samples import Labels, Samples, Vector, read_metrics

# No window ends at a sample: Prometheus 2 and 3 differ there.
STEP_S, SCRAPES = 7, 61
# The value at every scrape: a counter, one that starts anew, one that came late, one that went, a
# histogram, gauges.
SERIES: dict[tuple[str, Labels], list[float]] = {
    ("jobs_total", (("queue", "a"), ("service", "x"))): [3.0 * at for at in range(SCRAPES)],
    ("jobs_total", (("queue", "b"), ("service", "x"))): [5.0 * (at % 40) for at in range(SCRAPES)],
    ("jobs_total", (("queue", "a"), ("service", "y"))): [math.nan] * 50 + [
        7.0 * at for at in range(11)
    ],
    ("gone", (("service", "x"),)): [1.0] * 30 + [math.nan] * 31,
    **{
        ("took_bucket", (("le", bound), ("service", "x"))): [share * at for at in range(SCRAPES)]
        for bound, share in (("0.1", 2.0), ("0.5", 7.0), ("1.0", 9.0), ("+Inf", 10.0))
    },
    ("waiting", (("destination", "land"), ("service", "x"))): [
        float(at % 7) for at in range(SCRAPES)
    ],
    ("waiting", (("destination", "tax"), ("service", "x"))): [2.0] * SCRAPES,
    ("due", (("destination", "land"), ("service", "x"))): [4.0] * SCRAPES,
    ("failed", (("objective", "o"),)): [0.25] * SCRAPES,
}  # fmt: skip
QUERIES = [
    'sum by (queue) (rate(jobs_total{service="x"}[5m]))',
    "sum by (service, queue) (increase(jobs_total[5m]))",
    'sum(rate(jobs_total{queue!="b", service=~"x|y"}[1m])) / sum(rate(jobs_total[1m]))',
    "histogram_quantile(0.99, sum by (le, service) (rate(took_bucket[5m])))",
    "histogram_quantile(0.5, sum by (le) (rate(took_bucket[5m])))",
    "max by (destination) (waiting) > 3",
    "max by (destination) (waiting) / max by (destination) (due)",
    "sum_over_time(failed[5m]) / (0.1 * sum_over_time(failed[5m]) > 0)",
    "group by (service) (last_over_time(gone[9m])) unless group by (service) (gone)",
    "count by (service) (waiting) or count by (service) (jobs_total)",
    'waiting{destination!~"t.*"} and waiting >= 1',
    "time() - max(due)",
    'absent(nothing{service="z"})',
    "absent(due)",
    "sum(increase(jobs_total[1m] offset 1m)) > 0",
    "min(waiting) == 2 or max(due)",
]


def _samples() -> Samples:
    samples = Samples(kept_s=10_000)
    for at in range(SCRAPES):
        said: dict[str, Vector] = {}
        for (name, labels), values in SERIES.items():
            if not math.isnan(values[at]):
                said.setdefault(name, {})[labels] = values[at]
        samples.add(float(at * STEP_S), said)
    return samples


def _by_promtool(folder: Path, promtool: Path) -> dict[str, Vector]:
    """What promtool says of each query: it is told that each answers nothing, and objects."""
    played = {
        "tests": [
            {
                "interval": f"{STEP_S}s",
                "input_series": [
                    {
                        "series": _written(name, labels),
                        "values": " ".join(
                            "stale" if math.isnan(value) else f"{value:g}" for value in values
                        ),
                    }
                    for (name, labels), values in SERIES.items()
                ],
                "promql_expr_test": [
                    {
                        "expr": query,
                        "eval_time": f"{(SCRAPES - 1) * STEP_S}s",
                        "exp_samples": [{"labels": '{no="such"}', "value": 0}],
                    }
                    for query in QUERIES
                ],
            }
        ]
    }
    file = folder / "queries.yaml"
    file.write_text(json.dumps(played))
    said = run([promtool, "test", "rules", file], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.findall(
        r"expr: (\".*\"), time: [^\n]*\n\s*exp:[^\n]*\n\s*got:([^\n]*)", said.stdout + said.stderr
    )
    return {json.loads(query): dict(_answers(text)) for query, text in found}


def _written(name: str, labels: Labels) -> str:
    return f"{name}{{{', '.join(f'{key}={json.dumps(value)}' for key, value in labels)}}}"


def _answers(text: str) -> Iterator[tuple[Labels, float]]:
    if text.strip() == "nil":
        return
    for labels, value in re.findall(r"\{([^}]*)\} ([^\s,]+)", text):
        pairs = re.findall(r'(\w+)="([^"]*)"', labels)
        yield tuple(sorted(pair for pair in pairs if pair[0] != "__name__")), float(value)


def test_answers_are_those_of_prometheus(tmp_path: Path) -> None:
    """Of every kind of query that dashboards and rules have."""
    promtool = program("promtool", "prometheus")
    if promtool is None:
        pytest.skip("not run: promtool is not on this machine, nor Debian's package")
    expected, samples = _by_promtool(tmp_path, promtool), _samples()
    assert len(expected) == len(QUERIES)
    for query in QUERIES:
        assert Query(query).ask(samples) == pytest.approx(expected[query], nan_ok=True), query


def test_a_rate_over_more_than_was_measured_is_that_of_what_was() -> None:
    """A page that was just opened shows how often something happens, and not a small part of it."""
    samples = Samples(kept_s=900)
    for at in range(3):
        samples.add(5.0 * at, {"jobs_total": {(): 10.0 * at}})
    assert Query("rate(jobs_total[5m])").ask(samples) == {(): pytest.approx(2.0)}


def test_old_samples_go() -> None:
    """What was kept for its time is forgotten, and with it series that nothing says any more."""
    samples = Samples(kept_s=50)
    for at in range(100):
        went: Vector = {(): 1.0}
        here: Vector = {(("a", "b"),): float(at)}
        samples.add(5.0 * at, {"went": went} if at < 20 else {"here": here})
    assert len(samples.times_s) <= 20
    assert list(samples.of("went")) == []
    assert Query("sum_over_time(here[10s])").ask(samples) == {(("a", "b"),): 98.0 + 99.0}


@pytest.mark.parametrize("query", ["predict_linear(a[1h], 60)", "sum without (a) (b)", "a[5m:1m]"])
def test_what_no_panel_asks_is_not_answered_wrongly(query: str) -> None:
    """It is refused by name."""
    samples = Samples(kept_s=50)
    samples.add(0.0, {"a": {(): 1.0}})
    with pytest.raises(NotSupported):
        Query(query).ask(samples)


def test_a_query_names_what_it_reads() -> None:
    """Wherever in it that stands."""
    query = 'sum by (a) (rate(b{c="d"}[5m])) / (max(e offset 1m) > 0) or absent(f)'
    assert [found.name for found in selectors(query)] == ["b", "e", "f"]
    with pytest.raises(ValueError, match="unclosed"):
        list(selectors("sum by (a"))


def test_metrics_are_read_as_they_are_written() -> None:
    """With escaped values, infinity and names that nobody asks for."""
    text = '# HELP a b\na{x="1\\"2\\\\",le="+Inf"} 3.0\nb_total 4e+06\nc 1\n'
    assert list(read_metrics(text, {"a", "b_total"})) == [
        ("a", (("le", "+Inf"), ("x", '1"2\\')), 3.0),
        ("b_total", (), 4_000_000.0),
    ]
