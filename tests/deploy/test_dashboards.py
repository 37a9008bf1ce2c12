"""Dashboards and alerts against the metrics that the services have."""

import ast
import copy
import json
from collections.abc import Iterator

import promql_parser
import pytest

from libs.errors import NotAdmitted, RefusesAll
from libs.telemetry.metrics import METRICS, MetricName
from tests.deploy.manifests import CHECKOUT, DEPLOY, load
from tests.deploy.manifests import named as named_resource
from tools.watch.panels import Panel, dashboards
from tools.watch.queries import selectors
from tools.watch.runbooks import runbooks

FOLDER = DEPLOY / "dashboards"
DASHBOARDS = dashboards()
PANELS = [(dashboard.name, panel) for dashboard in DASHBOARDS for panel in dashboard.panels]


def _series() -> dict[str, tuple[str, ...]]:
    """Return all series of `/metrics` with their labels."""
    found: dict[str, tuple[str, ...]] = {}
    for name, metric in METRICS.items():
        labels = ("service", *metric.labels)
        for series in _names(name):
            found[series] = (*labels, "le") if series.endswith("_bucket") else labels
    return found


def _names(name: MetricName) -> list[str]:
    full = "nagorik_" + (f"{name.removesuffix('_s')}_seconds" if name.endswith("_s") else name)
    match METRICS[name].kind:
        case "count":
            return [f"{full}_total"]
        case "gauge":
            return [full]
        case "observation":
            return [f"{full}_bucket", f"{full}_sum", f"{full}_count"]


def _expressions() -> Iterator[tuple[str, str]]:
    for name, panel in PANELS:
        for query in panel.show.values():
            yield f"{name}: {panel.title}", query
    for rule in (*_rules("alerts.yaml"), *_rules("stores.yaml")):
        yield f"rule: {rule.get('alert', rule['labels'])}", str(rule["expr"])


def _rules(file: str = "alerts.yaml") -> list[dict[str, object]]:
    (document,) = load(FOLDER / file)
    return [rule for group in document["groups"] for rule in group["rules"]]


def _alerts() -> list[dict[str, object]]:
    return [rule for rule in _rules() if "alert" in rule]


@pytest.mark.parametrize(("place", "expression"), list(_expressions()))
def test_series_of_dashboards_and_alerts_exist(place: str, expression: str) -> None:
    """Each of ours is declared, with the labels that are asked for."""
    series = _series()
    used = list(selectors(expression))
    assert used, place
    ours = [found for found in used if found.name.startswith("nagorik_")]
    for found in ours:
        assert found.name in series, f"{place}: {found.name}"
        assert {matcher.name for matcher in found.matchers} <= set(series[found.name]), place
    if len(ours) == len(used):
        known = {label for found in ours for label in series[found.name]}
        assert _kept(promql_parser.parse(expression)) <= known, place


def _kept(query: object) -> set[str]:
    """The labels that a query keeps in its answer."""
    labels: set[str] = set()
    if isinstance(query, promql_parser.AggregateExpr) and query.modifier:
        labels |= {*query.modifier.labels}
    for part in ("lhs", "rhs", "expr"):
        if (inner := getattr(query, part, None)) is not None:
            labels |= _kept(inner)
    for inner in getattr(query, "args", None) or ():
        labels |= _kept(inner)
    return labels


def test_every_metric_is_written_and_looked_at() -> None:
    """A declared one that no code writes has an empty panel; one that nobody asks for, none."""
    written = {
        word.value
        for folder in ("libs", "services", "sandbox")
        for path in (CHECKOUT / folder).rglob("*.py")
        if path.name != "metrics.py"
        for word in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(word, ast.Constant) and word.value in METRICS
    }
    assert METRICS.keys() - written == set()
    asked = {found.name for _, query in _expressions() for found in selectors(query)}
    unseen = {name for name in METRICS if not {*_names(name)} & asked}
    assert unseen == set()


@pytest.mark.parametrize(
    "rule",
    [rule for file in ("alerts.yaml", "stores.yaml") for rule in _rules(file) if "alert" in rule],
    ids=lambda rule: str(rule["alert"]),
)
def test_what_an_alert_asks_is_drawn(rule: dict[str, object]) -> None:
    """Who was woken sees since when, and whether it ends: on a panel with the alert's runbook."""
    asked = {found.name for found in selectors(str(rule["expr"]))}
    annotations = rule["annotations"]
    assert isinstance(annotations, dict)
    drawn: dict[str, set[str]] = {}
    for _, panel in PANELS:
        for query in panel.show.values():
            for found in selectors(query):
                drawn.setdefault(found.name, set()).add(f"deploy/runbooks/{panel.runbook}.md")
    assert asked <= drawn.keys()
    assert annotations["runbook"] in set().union(*(drawn[name] for name in asked))


@pytest.mark.parametrize(("dashboard", "panel"), PANELS)
def test_each_panel_has_its_runbook(dashboard: str, panel: Panel) -> None:
    """In the checkout; and what is recorded under the names that it asks for."""
    assert panel.runbook in runbooks()
    recorded = {rule.get("record") for rule in _rules()}
    asked = {found.name for query in panel.show.values() for found in selectors(query)}
    assert {name for name in asked if name.startswith("objective:")} <= recorded


def test_a_click_on_a_panel_opens_its_runbook() -> None:
    """The link of Grafana's panel names the panel that has this page."""
    texts = json.loads((FOLDER / "grafana" / "runbooks.json").read_text(encoding="utf-8"))
    pages = {f"/d/{texts['uid']}?viewPanel=panel-{page['id']}": page for page in texts["panels"]}
    for dashboard in DASHBOARDS:
        path = FOLDER / "grafana" / f"{dashboard.name}.json"
        shown = json.loads(path.read_text(encoding="utf-8"))["panels"]
        for panel, drawn in zip(dashboard.panels, shown, strict=True):
            (link,) = drawn["links"]
            assert pages[link["url"]]["title"] == panel.runbook
            first_line = runbooks()[panel.runbook].splitlines()[0]
            assert pages[link["url"]]["options"]["content"].startswith(first_line)


def test_kubernetes_has_the_dashboards_and_rules_of_compose() -> None:
    """Each file is in a ConfigMap that Grafana looks for; rules differ by their namespace only."""
    (made,) = load(FOLDER / "grafana" / "kustomization.yaml")
    named = [file for each in made["configMapGenerator"] for file in each["files"]]
    assert sorted(named) == sorted(path.name for path in (FOLDER / "grafana").glob("*.json"))
    assert made["generatorOptions"]["labels"] == {"grafana_dashboard": "1"}
    for name in ("alerts", "stores"):
        (source,) = load(FOLDER / f"{name}.yaml")
        groups = copy.deepcopy(named_resource("PrometheusRule", name)["spec"]["groups"])
        for rule in (rule for group in groups for rule in group["rules"]):
            assert rule["labels"].pop("namespace", "nagorik") == "nagorik"
        assert groups == source["groups"]


def test_a_missing_list_of_holidays_has_an_alert() -> None:
    """From November a missing list of the next year's holidays wakes somebody."""
    watched = " ".join(str(rule["expr"]) for rule in _alerts())
    assert "nagorik_holiday_lists_missing" in watched


def test_trouble_with_a_ministry_goes_to_its_focal_point() -> None:
    """What keeps everything from its system is escalated, and names the ministry."""
    alerts = {str(rule["alert"]): rule for rule in _alerts()}
    for name in (
        *("MinistrySilent", "MinistryDoesNotAdmitUs", "MinistryStopped", "ExchangeStuck"),
        "MinistryEscalated",
    ):
        labels, annotations = alerts[name]["labels"], alerts[name]["annotations"]
        assert isinstance(labels, dict)
        assert isinstance(annotations, dict)
        assert labels["escalate_to"] == "focal_point"
        assert "{{ $labels.destination }}" in annotations["summary"]


@pytest.mark.parametrize(
    ("alert", "failure"),
    [
        ("ProviderDoesNotAdmitUs", NotAdmitted),
        ("DestinationRefusesAll", RefusesAll),
    ],
)
def test_what_does_not_end_by_waiting_has_an_alert(alert: str, failure: type[Exception]) -> None:
    """A proxy in place of a destination, and one that refuses all; the name is the code's."""
    (rule,) = (rule for rule in _alerts() if rule["alert"] == alert)
    assert f'failure="{failure.__name__}"' in str(rule["expr"])


def test_every_failure_has_an_alert() -> None:
    """Final failures, dead letters and blocked records have one."""
    watched = " ".join(str(rule["expr"]) for rule in _alerts())
    for name in (
        *("final_failures", "dead_letters_waiting", "outbox_oldest_age_seconds"),
        *("oldest_unhandled_age_seconds", "partitions_held", "job_oldest_due_age_seconds"),
        *("outbox_blocked_age_seconds", "code_budget_used", "code_waiting_age_seconds"),
    ):
        assert f"nagorik_{name}" in watched
