"""What a real broker says of itself through Kafka's exporter, as our configuration names it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.deploy.manifests import DEPLOY, load, named
from tests.waiting import until
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.jars import LockedJar, fetched
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.ports import HOST, free_port
from tools.watch.panels import dashboards
from tools.watch.queries import selectors

# The exporter that Strimzi's images have, of the version that is served as a package.
EXPORTER = LockedJar(
    "io.prometheus.jmx",
    "jmx_prometheus_javaagent",
    "1.0.1",
    "",
    "7d61f737fd661610ccc14aea79764faa1ea94a340cbc8f0029b3d2edea3d80c1",
)
OF_THE_LAG_EXPORTER = {"kafka_consumergroup_lag"}


def _asked() -> set[str]:
    """The names of Kafka's metrics that dashboards and rules ask for."""
    queries = [
        query
        for dashboard in dashboards()
        for panel in dashboard.panels
        for query in panel.show.values()
    ]
    (rules,) = load(DEPLOY / "dashboards" / "stores.yaml")
    queries += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    names = {found.name for query in queries for found in selectors(query)}
    return {name for name in names if name.startswith("kafka_")} - OF_THE_LAG_EXPORTER


@pytest.fixture
async def said(tmp_path: Path) -> AsyncIterator[str]:
    """All that a broker with the exporter says."""
    try:
        (jar,) = await fetched([EXPORTER])
    except EmbeddedStackFailed:
        pytest.skip("not run: the exporter's jar cannot be fetched")
    configuration, port = tmp_path / "metrics.yaml", free_port()
    configuration.write_text(named("ConfigMap", "kafka-metrics")["data"]["metrics.yaml"])
    agent = f"-javaagent:{jar}={HOST}:{port}:{configuration}"
    broker = EmbeddedKafka(tmp_path / "kafka", java_options=[agent])
    await broker.start()
    try:
        async with aiohttp.ClientSession() as http:

            async def answers() -> bool:
                async with http.get(f"http://{HOST}:{port}/metrics") as response:
                    return response.status == 200

            await until(answers)
            async with http.get(f"http://{HOST}:{port}/metrics") as response:
                yield await response.text()
    finally:
        await broker.stop()


async def test_a_broker_says_what_dashboards_and_rules_ask(said: str) -> None:
    """Under these names, and little else."""
    names = {*re.findall(r"^(kafka_\w+)", said, re.ASCII | re.MULTILINE)}
    assert _asked() - names == set()
    assert len(re.findall(r"^kafka_", said, re.MULTILINE)) < 200


def test_the_brokers_have_the_configuration() -> None:
    """Strimzi starts them with it."""
    chosen = named("Kafka", "kafka")["spec"]["kafka"]["metricsConfig"]["valueFrom"]
    reference = chosen["configMapKeyRef"]
    assert reference["key"] in named("ConfigMap", reference["name"])["data"]
