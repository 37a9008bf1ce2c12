"""Who is told of an alert, as Alertmanager's own tool reads the routes."""

from pathlib import Path
from subprocess import run
from typing import Any

import pytest
import yaml

from tests.deploy.manifests import named, of_kind
from tests.peers.debian import program

ALERTS = [
    rule
    for resource in of_kind("PrometheusRule")
    for group in resource["spec"]["groups"]
    for rule in group["rules"]
    if "alert" in rule
]


@pytest.fixture(scope="module")
def amtool() -> Path:
    """The machine's, or that of Debian's package."""
    found = program("amtool", "prometheus-alertmanager")
    if found is None:
        pytest.skip("not run: amtool is not on this machine, nor Debian's package")
    return found


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration that the operator makes of ours: routes for the alerts of its namespace."""
    spec = named("AlertmanagerConfig", "nagorik")["spec"]
    ours = _route(spec["route"])
    ours["matchers"] = ['namespace="nagorik"']
    receivers = [
        {"name": each["name"], "webhook_configs": [{"url": "http://127.0.0.1:9/"}]}
        for each in spec["receivers"]
    ]
    made = {
        "route": {"receiver": "nobody", "routes": [{**ours, "continue": True}]},
        "receivers": [{"name": "nobody"}, *receivers],
    }
    path = tmp_path_factory.mktemp("routes") / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(made), encoding="utf-8")
    return path


def _route(ours: dict[str, Any]) -> dict[str, Any]:
    """A route as Alertmanager writes it."""
    snake = {"groupBy": "group_by", "groupWait": "group_wait", "groupInterval": "group_interval"}
    made = {snake.get(key, key): value for key, value in ours.items()}
    made["repeat_interval"] = made.pop("repeatInterval", "1d")
    made["matchers"] = [
        f'{each["name"]}{each["matchType"]}"{each["value"]}"' for each in ours.get("matchers", [])
    ]
    made["routes"] = [_route(each) for each in ours.get("routes", [])]
    return made


def _told(amtool: Path, routes: Path, rule: dict[str, Any]) -> set[str]:
    labels = [f"{name}={value}" for name, value in rule["labels"].items()]
    done = run(  # noqa: S603
        [amtool, "config", "routes", "test", f"--config.file={routes}", *labels],
        capture_output=True,
        text=True,
        check=True,
    )
    return {*done.stdout.strip().split(",")}


@pytest.mark.parametrize("kind", ["page", "ticket"])
@pytest.mark.parametrize("for_focal_point", [False, True])
def test_each_kind_of_alert_is_told(
    amtool: Path, routes: Path, kind: str, *, for_focal_point: bool
) -> None:
    """A page and a ticket go to theirs, and what a focal point has to hear to a third as well."""
    alerts = [
        rule
        for rule in ALERTS
        if rule["labels"]["severity"] == kind
        and ("escalate_to" in rule["labels"]) == for_focal_point
    ]
    wanted = {kind, "focal_point"} if for_focal_point else {kind}
    for rule in alerts[:1]:  # all of them have these labels
        assert _told(amtool, routes, rule) == wanted
    assert alerts or (kind, for_focal_point) == ("page", True)


def test_every_alert_has_the_labels_of_a_route() -> None:
    """The namespace of its resource, by which the operator chooses, and a known severity."""
    for rule in ALERTS:
        labels = rule["labels"]
        assert labels["namespace"] == "nagorik"
        assert labels["severity"] in {"page", "ticket"}
        assert labels.get("escalate_to", "focal_point") == "focal_point"
