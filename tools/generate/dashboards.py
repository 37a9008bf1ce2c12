"""Grafana's dashboards, and the rules and monitors of Kubernetes, from one copy of each."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from services.registry import ServiceEntry
from tools.watch.panels import DASHBOARDS, RULES, Dashboard, Panel, dashboards
from tools.watch.runbooks import runbooks, with_links

GRAFANA = f"{DASHBOARDS}/grafana"
MONITORING = "deploy/kubernetes/monitoring"
_SOURCE = {"type": "prometheus", "uid": "prometheus"}
_WIDTH, _HEIGHT, _COLUMNS = 8, 8, 3
_OF_RUNBOOKS = "nagorik-runbooks"


def watching(checkout: Path, registry: Sequence[ServiceEntry]) -> Iterator[tuple[str, str]]:
    """Path and text of every file by which the platform is watched.

    Args:
        checkout: the top of the checkout, which has the sources.
        registry: every service.
    """
    pages = runbooks(checkout)
    addresses = {
        name: f"/d/{_OF_RUNBOOKS}?viewPanel=panel-{number}" for number, name in enumerate(pages, 1)
    }
    for dashboard in dashboards(checkout):
        yield f"{GRAFANA}/{dashboard.name}.json", _dashboard(dashboard, addresses)
    texts = {name: with_links(text, addresses.__getitem__) for name, text in pages.items()}
    yield f"{GRAFANA}/runbooks.json", _runbooks(texts)
    monitors = [_monitor(entry.name) for entry in registry if entry.production]
    yield f"{MONITORING}/services.yaml", one_a_line("services/registry.py", monitors)
    for name, path in RULES.items():
        source = (checkout / path).read_text(encoding="utf-8")
        yield f"{MONITORING}/{name}.yaml", "\n".join(_rules(name, path, source)) + "\n"


def one_a_line(source: str, resources: Iterable[dict[str, Any]]) -> str:
    """Resources as YAML, each on a line of its own, so that a change is a small diff.

    Args:
        source: the file that they derive from.
        resources: the resources.
    """
    lines = "".join(f"---\n{json.dumps(resource)}\n" for resource in resources)
    return f"# Written by `make generate` from {source}.\n{lines}"


def _monitor(service: str) -> dict[str, Any]:
    """How the processes of a service are found, and asked over TLS."""
    authority = {"secret": {"name": f"{service}-tls", "key": "ca.crt"}}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": {"name": service},
        "spec": {
            "selector": {"matchLabels": {"app.kubernetes.io/name": service}},
            "podMetricsEndpoints": [
                {
                    "port": "http",
                    "scheme": "https",
                    "interval": "15s",
                    "tlsConfig": {"serverName": service, "ca": authority},
                    "relabelings": [
                        {"targetLabel": "job", "replacement": "nagorik"},
                        {
                            "sourceLabels": ["__meta_kubernetes_pod_name"],
                            "targetLabel": "instance",
                        },
                    ],
                }
            ],
        },
    }


def _rules(name: str, path: str, source: str) -> Iterator[str]:
    """Rules as a resource, each on a line of its own.

    Alerts name the namespace, by which Alertmanager finds their routes.
    """
    yield f"# Written by `make generate` from {path}, which says why."
    yield "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule"
    yield f"metadata:\n  name: {name}\nspec:\n  groups:"
    for group in yaml.load(source, Loader=yaml.CSafeLoader)["groups"]:
        yield f"    - name: {group['name']}\n      interval: {group['interval']}\n      rules:"
        for rule in group["rules"]:
            labels = {"namespace": "nagorik"} if "alert" in rule else {}
            yield f"        - {json.dumps({**rule, 'labels': {**labels, **rule['labels']}})}"


def _dashboard(dashboard: Dashboard, addresses: dict[str, str]) -> str:
    panels = [
        {
            "id": number,
            "type": "timeseries",
            "title": panel.title,
            "description": panel.about,
            "links": [_link(panel, addresses)],
            "datasource": _SOURCE,
            "gridPos": {
                "x": (number - 1) % _COLUMNS * _WIDTH,
                "y": (number - 1) // _COLUMNS * _HEIGHT,
                "w": _WIDTH,
                "h": _HEIGHT,
            },
            "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
            "targets": [
                {
                    "refId": chr(ord("A") + at),
                    "datasource": _SOURCE,
                    "expr": query,
                    "legendFormat": words,
                }
                for at, (words, query) in enumerate(panel.show.items())
            ],
        }
        for number, panel in enumerate(dashboard.panels, 1)
    ]
    return _grafana(dashboard.uid, dashboard.title, panels, refresh="10s")


def _link(panel: Panel, addresses: dict[str, str]) -> dict[str, Any]:
    return {
        "title": f"Runbook: {panel.runbook}",
        "url": addresses[panel.runbook],
        "targetBlank": True,
    }


def _runbooks(texts: dict[str, str]) -> str:
    panels = [
        {
            "id": number,
            "type": "text",
            "title": name,
            "gridPos": {"x": 0, "y": (number - 1) * 24, "w": 24, "h": 24},
            "options": {"mode": "markdown", "content": text},
        }
        for number, (name, text) in enumerate(texts.items(), 1)
    ]
    return _grafana(_OF_RUNBOOKS, "Runbooks", panels, refresh="")


def _grafana(uid: str, title: str, panels: list[dict[str, Any]], *, refresh: str) -> str:
    """A dashboard with each panel on a line of its own, so that a change is a small diff."""
    head = {
        "uid": uid,
        "title": title,
        "tags": ["nagorik"],
        "timezone": "Asia/Dhaka",
        "schemaVersion": 41,
        "editable": False,
        "refresh": refresh,
        "time": {"from": "now-1h", "to": "now"},
    }
    lines = ",\n".join(json.dumps(panel, ensure_ascii=False) for panel in panels)
    return f'{json.dumps(head)[:-1]}, "panels": [\n{lines}\n]}}\n'
