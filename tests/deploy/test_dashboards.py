"""Dashboards and alerts against the metrics that the services have."""

import json
import re
from collections.abc import Iterator

import pytest

from libs.errors import NotAdmitted, RefusesAll
from libs.telemetry.metrics import METRICS, MetricName
from tests.deploy.manifests import CHECKOUT, DEPLOY, load

FOLDER = DEPLOY / "dashboards"
_METRIC = re.compile(r"\b(nagorik_[a-z_]+)(?:\{([^}]*)\})?", re.ASCII)
_BY = re.compile(r"\bby \(([^)]*)\)", re.ASCII)
_LABEL = re.compile(r"([a-z_]+)\s*(?:=~|!=|=)", re.ASCII)


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
    for path in sorted(FOLDER.glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel["targets"]:
                if "nagorik_" in target["expr"]:
                    yield f"{path.name}: {panel['title']}", target["expr"]
    for rule in _rules():
        if "nagorik_" in str(rule["expr"]):
            yield f"alerts.yaml: {rule.get('alert', rule['labels'])}", str(rule["expr"])


def _rules() -> list[dict[str, object]]:
    (document,) = load(FOLDER / "alerts.yaml")
    return [rule for group in document["groups"] for rule in group["rules"]]


def _alerts() -> list[dict[str, object]]:
    return [rule for rule in _rules() if "alert" in rule]


@pytest.mark.parametrize(("place", "expression"), list(_expressions()))
def test_series_of_dashboards_and_alerts_exist(place: str, expression: str) -> None:
    """With their labels."""
    series, used = _series(), list(_METRIC.finditer(expression))
    assert used, place
    for found in used:
        assert found[1] in series, f"{place}: {found[1]}"
        assert set(_LABEL.findall(found[2] or "")) <= set(series[found[1]]), place
    known = {label for found in used for label in series[found[1]]}
    asked = {label.strip() for by in _BY.findall(expression) for label in by.split(",")}
    assert asked <= known, place


def test_who_is_on_call_finds_the_runbook_at_each_panel() -> None:
    """And what is recorded under the names that panels ask for."""
    panels = json.loads((FOLDER / "on-call.json").read_text(encoding="utf-8"))["panels"]
    for panel in panels:
        (page,) = re.findall(r"Runbook: (\S+)\.$", panel["description"])
        assert (CHECKOUT / page).is_file()
    asked = re.findall(r"objective:[a-z0-9:]+", json.dumps(panels))
    assert asked
    assert {*asked} <= {rule.get("record") for rule in _rules()}


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
