"""The composed containers against the services that they run."""

import re
import subprocess
import tomllib

import pytest

from services.registry import OPENERS, REGISTRY, SERVICES, WITH_DATABASE, ServiceEntry
from tests.deploy.manifests import CHECKOUT, DEPLOY, composed, load, settings_of, variables

CONTAINERS = composed()
STEPS = [name for name in CONTAINERS if name.startswith("migrate-") or name == "topics"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_its_own_settings_and_no_others(service: str) -> None:
    """Every variable of a service is one of its settings, and no required one is missing."""
    container, known = CONTAINERS[service], variables(settings_of(service))
    assert set(container["environment"]) <= set(known)
    assert {name for name, required in known.items() if required} <= set(container["environment"])
    assert container["command"] == [service]


def test_services_agree_on_the_addresses_of_gateway_and_pages() -> None:
    """Proofs of devices and OpenID name the published gateway, passkeys the desk by a name."""
    ports = {
        name: CONTAINERS[name]["ports"][0].removesuffix(":8080")
        for name in ("gateway", "portal", "desk")
    }
    origins = {
        setting: value
        for service in SERVICES
        for setting, value in CONTAINERS[service]["environment"].items()
        if setting.endswith(("_ORIGIN", "_ISSUER"))
    }
    declared = {
        setting
        for service in SERVICES
        for setting in variables(settings_of(service))
        if setting.endswith(("_ORIGIN", "_ISSUER"))
    }
    assert origins.keys() == declared
    for setting in ("DESK_PORTAL_ORIGIN", "ISSUANCE_PORTAL_ORIGIN"):
        assert origins.pop(setting) == f"http://127.0.0.1:{ports['portal']}"
    for setting in ("IDENTITY_STAFF_ORIGIN", "PORTAL_DESK_ORIGIN"):
        assert origins.pop(setting) == f"http://localhost:{ports['desk']}"
    assert set(origins.values()) == {f"http://127.0.0.1:{ports['gateway']}"}


@pytest.mark.parametrize("entry", REGISTRY, ids=lambda entry: entry.name)
def test_a_service_of_production_runs_from_its_own_image(entry: ServiceEntry) -> None:
    """So does the sandbox."""
    build = CONTAINERS[entry.name]["build"]
    assert build["target"] == ("service" if entry.production else entry.name)
    assert build.get("args") == ({"SERVICE": entry.name} if entry.production else None)


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_a_service_waits_for_its_schema(service: str) -> None:
    """A service with a database starts after its migration."""
    step = CONTAINERS[f"migrate-{service}"]
    wait = CONTAINERS[service]["depends_on"][f"migrate-{service}"]
    assert wait == {"condition": "service_completed_successfully"}
    assert step["command"] == ["migrate", service]


@pytest.mark.parametrize(("service", "name"), OPENERS.items())
def test_an_opener_has_nothing_to_steal(service: str, name: str) -> None:
    """Another user without network and variables, which shares a socket with the service."""
    container, caller = CONTAINERS[name], CONTAINERS[service]
    socket = caller["environment"][f"{service.upper()}_OPENER"]
    user, group = container["user"].split(":")
    assert container["network_mode"] == "none"
    assert "environment" not in container
    assert container["image"] == caller["image"]
    assert container["command"] == ["opener", service, socket, "/tmp/files", group]  # noqa: S108
    assert user not in {"0", group}
    assert caller["volumes"] == [f"{each}:ro" for each in container["volumes"]]
    assert name in caller["depends_on"]


@pytest.mark.parametrize("name", [*SERVICES, *OPENERS.values(), *STEPS])
def test_containers_have_few_rights(name: str) -> None:
    """None of ours writes to its image, or has or gains a capability."""
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]


def test_the_broker_has_the_tested_version() -> None:
    """Tests and demo run the same version of Kafka."""
    lock = tomllib.loads((CHECKOUT / "tools/embedded/jgo.lock.toml").read_text(encoding="utf-8"))
    (tested,) = {
        row["version"] for row in lock["dependencies"] if row["artifactId"] == "kafka-clients"
    }
    assert CONTAINERS["kafka"]["image"] == f"apache/kafka:{tested}"


def test_the_single_broker_flushes() -> None:
    """Before it acknowledges; it creates no topic on first use."""
    variables_of_kafka = CONTAINERS["kafka"]["environment"]
    assert variables_of_kafka["KAFKA_LOG_FLUSH_INTERVAL_MESSAGES"] == "1"
    assert variables_of_kafka["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_the_files_have_no_secret() -> None:
    """Passwords derive from one variable, which is required."""
    files = [DEPLOY / "compose.yaml", DEPLOY / "compose" / "services.yaml"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert "${NAGORIK_SECRET:?" in text
    secret = re.compile(r"^\s+\w*(?:SECRET|PASSWORD)\w*: (.*)$", re.ASCII | re.MULTILINE)
    assert all("${NAGORIK_SECRET" in value for value in secret.findall(text))


def test_the_script_of_the_databases_is_valid() -> None:
    """It runs at the first start of an empty server only."""
    subprocess.run(["bash", "-n", str(DEPLOY / "compose" / "databases.sh")], check=True)  # noqa: S603, S607


def test_metrics_are_collected_from_every_service() -> None:
    """Prometheus scrapes every service."""
    (document,) = load(DEPLOY / "compose" / "prometheus.yaml")
    (job,) = document["scrape_configs"]
    assert job["static_configs"][0]["targets"] == [f"{service}:8080" for service in SERVICES]
