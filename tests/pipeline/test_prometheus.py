"""A real Prometheus scrapes the running platform, and answers what dashboards and rules ask."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

import aiohttp
import pytest

from services.registry import SERVICES
from tests.deploy.manifests import DEPLOY, load
from tests.peers.debian import program
from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.platform import Platform
from tests.waiting import until
from tools.embedded.ports import HOST, free_port
from tools.virtual_users.citizen import Accepted, Citizen
from tools.watch.panels import dashboards

FOLDER = DEPLOY / "dashboards"
RULES = [FOLDER / "alerts.yaml", FOLDER / "stores.yaml"]
MOST_SERIES, MOST_ROUTES = 3_000, 300
# Series of routes apart: tests before this one have asked all routes, with all methods.
OWN = 'count by (instance) ({__name__=~"nagorik_.+|process_.+", route=""})'
ROUTES = 'count by (instance) (count by (instance, route) ({route!=""}))'
_SELECTOR = re.compile(r"\b(?:nagorik|process)_[a-z_]+(?:{[^}]*})?", re.ASCII)
# What a healthy platform on one machine does not have, and why.
EMPTY = {
    "nagorik_batch_unanswered_age_seconds": "no ministry exchanges files",
    "nagorik_file_rows_not_used_total": "no ministry exchanges files",
    "nagorik_exchange_defects_total": "no ministry exchanges files",
    "nagorik_inquiry_unanswered_age_seconds": "no ministry is asked for its decisions",
    "nagorik_states_not_used_total": "no ministry is asked for its decisions",
    "nagorik_certificate_ends_at_seconds": "services speak HTTP on one machine",
    "nagorik_due_applications": "no day of a charter has come",
    "nagorik_due_applications_in_time": "no day of a charter has come",
    "nagorik_escalations_open": "nothing waits for long",
    "nagorik_events_dead_lettered_total": "nothing failed",
    "nagorik_handler_failures_total": "nothing failed",
    "nagorik_outbox_blocked_age_seconds": "nothing is blocked",
    "nagorik_partitions_held": "nothing is blocked",
    "nagorik_ministry_connection_stopped": "nothing is stopped",
    "nagorik_rate_limited_total": "nobody asks too often",
    "nagorik_watchers": "nobody watches",
    "nagorik_watchers_dropped_total": "nobody watches",
    "nagorik_papers_damaged": "papers are looked at later",
    "nagorik_papers_not_scanned_age_seconds": "papers are looked at later",
    'nagorik_cache_answers_total{outcome="hit"}': "nobody asks twice",
}

Ask = Callable[[str], Awaitable[list[dict[str, Any]]]]


def rules() -> Iterator[dict[str, Any]]:
    """All rules."""
    for path in RULES:
        for document in load(path):
            for group in document["groups"]:
                yield from group["rules"]


def expressions() -> Iterator[str]:
    """What dashboards and rules ask."""
    for dashboard in dashboards():
        for panel in dashboard.panels:
            yield from panel.show.values()
    for rule in rules():
        yield rule["expr"]


@pytest.fixture
async def prometheus(platform: Platform, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a Prometheus that scrapes all services once a second."""
    path = program("prometheus", "prometheus")
    if path is None:
        pytest.skip("not run: prometheus is not on this machine, nor Debian's package")
    targets = [platform.plan.url(name).partition("//")[2] for name in SERVICES]
    configuration = tmp_path / "prometheus.yaml"
    configuration.write_text(
        json.dumps(  # JSON is YAML
            {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": list(map(str, RULES)),
                "scrape_configs": [
                    {"job_name": "nagorik", "static_configs": [{"targets": targets}]}
                ],
            }
        )
    )
    address = f"{HOST}:{free_port()}"
    process = Popen(  # noqa: ASYNC220, S603
        [
            path,
            f"--config.file={configuration}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address={address}",
        ],
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
async def ask(platform: Platform, prometheus: str) -> Ask:
    """Asks Prometheus, once it has scraped each service several times."""

    async def asked(query: str) -> list[dict[str, Any]]:
        form = {"query": query}
        async with platform.http.post(f"{prometheus}/api/v1/query", data=form) as answer:
            said = await answer.json()
        assert said["status"] == "success", f"{query}: {said}"
        found: list[dict[str, Any]] = said["data"]["result"]
        return found

    async def scraped() -> bool:
        try:
            return len(await asked('sum_over_time(up{job="nagorik"}[1m]) > 4')) == len(SERVICES)
        except (OSError, aiohttp.ClientError):  # it reads its configuration
            return False

    await until(scraped)
    return asked


async def test_what_dashboards_and_rules_ask_is_there(
    platform: Platform,
    prometheus: str,
    ask: Ask,
    citizen: Citizen,
    form: dict[str, Any],
    answered: Callable[[Accepted], Awaitable[None]],
) -> None:
    """Each query is parsed, and each series has data or is named as empty; no alert fires."""
    await answered(await citizen.apply(TAX_NUMBER, form))
    for expression in expressions():
        await ask(expression)
    asked = {selector for each in expressions() for selector in _SELECTOR.findall(each)}

    async def empty() -> set[str]:
        found = {selector for selector in asked if not await ask(selector)}
        return {each for each in found if not {each, each.partition("{")[0]} & EMPTY.keys()}

    try:
        await until(lambda: _none(empty), every_s=1.0)
    except TimeoutError:
        assert await empty() == set()
    async with platform.http.get(f"{prometheus}/api/v1/rules") as answer:
        groups = (await answer.json())["data"]["groups"]
    loaded = [rule for group in groups for rule in group["rules"]]
    assert len(loaded) == len(list(rules()))
    assert [rule for rule in loaded if rule.get("lastError")] == []
    assert [rule["name"] for rule in loaded if rule.get("state") == "firing"] == []


async def test_a_service_has_no_more_series_than_planned(ask: Ask) -> None:
    """A label with many values would be seen here before it fills a server's memory."""
    for asked, most in ((OWN, MOST_SERIES), (ROUTES, MOST_ROUTES)):

        async def counted(query: str = asked) -> dict[str, float] | None:
            found = await ask(query)
            counts = {series["metric"]["instance"]: float(series["value"][1]) for series in found}
            return counts if len(counts) == len(SERVICES) else None

        # A scrape that a busy machine did not answer in its second leaves a service without series.
        counts = await until(counted, every_s=0.5)
        assert max(counts.values()) <= most, counts


async def _none(found: Callable[[], Awaitable[set[str]]]) -> bool:
    return not await found()
