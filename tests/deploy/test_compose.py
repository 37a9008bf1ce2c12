"""The compose file against the services that it runs."""

import re
import subprocess
import tomllib

import pytest

from services.registry import SERVICES, WITH_DATABASE
from tests.deploy.manifests import CHECKOUT, DEPLOY, load, settings_of, variables

(COMPOSE,) = load(DEPLOY / "compose.yaml")
PARTS = COMPOSE["services"]
STEPS = [name for name in PARTS if name.startswith("migrate-") or name == "topics"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_told_only_what_it_listens_to(service: str) -> None:
    """Every variable of a service is one of its settings, and none that it needs is missing."""
    part, known = PARTS[service], variables(settings_of(service))
    assert set(part["environment"]) <= set(known)
    assert {name for name, required in known.items() if required} <= set(part["environment"])
    assert part["command"] == [service]
    assert part["build"]["args"] == {"SERVICE": service}


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_a_service_waits_for_its_schema(service: str) -> None:
    """A service with a database begins when its migration has ended."""
    step = PARTS[f"migrate-{service}"]
    wait = PARTS[service]["depends_on"][f"migrate-{service}"]
    assert wait == {"condition": "service_completed_successfully"}
    assert step["command"] == ["migrate", service]
    required = {name for name, needed in variables(settings_of(service)).items() if needed}
    assert required <= set(step["environment"])


@pytest.mark.parametrize("name", [*SERVICES, *STEPS])
def test_parts_can_do_little(name: str) -> None:
    """No part of ours writes to its image, keeps a capability or gains one."""
    part = PARTS[name]
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]


def test_the_broker_is_the_one_that_is_tested() -> None:
    """The container runs the version of Kafka that every test and the demo run."""
    lock = tomllib.loads((CHECKOUT / "tools/embedded/jgo.lock.toml").read_text(encoding="utf-8"))
    (tested,) = {
        row["version"] for row in lock["dependencies"] if row["artifactId"] == "kafka-clients"
    }
    assert PARTS["kafka"]["image"] == f"apache/kafka:{tested}"


def test_the_only_copy_is_on_disk() -> None:
    """A single broker writes to disk before it acknowledges, and makes no topic by itself."""
    told = PARTS["kafka"]["environment"]
    assert told["KAFKA_LOG_FLUSH_INTERVAL_MESSAGES"] == "1"
    assert told["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_no_secret_stands_in_the_file() -> None:
    """Passwords come from one variable, and without it nothing starts."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert "${NAGORIK_SECRET:?" in text
    secret = re.compile(r"^\s+\w*(?:SECRET|PASSWORD)\w*: (.*)$", re.ASCII | re.MULTILINE)
    assert all("${NAGORIK_SECRET" in value for value in secret.findall(text))


def test_a_database_is_made_for_every_service() -> None:
    """The script makes the databases of all services that have one, and is a valid script."""
    script = DEPLOY / "compose" / "databases.sh"
    subprocess.run(["bash", "-n", str(script)], check=True)  # noqa: S603, S607
    (line,) = re.findall(r"^for service in (.*); do$", script.read_text(), re.MULTILINE)
    assert line.split() == list(WITH_DATABASE)


def test_metrics_are_collected_from_every_service() -> None:
    """Prometheus asks every service."""
    (document,) = load(DEPLOY / "compose" / "prometheus.yaml")
    (job,) = document["scrape_configs"]
    assert job["static_configs"][0]["targets"] == [f"{service}:8080" for service in SERVICES]
