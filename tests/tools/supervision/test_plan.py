"""Addresses and settings of all processes on one machine."""

import socket
import stat
from importlib import import_module
from pathlib import Path

import pytest

from libs.contracts.access import service_users
from libs.settings import ServiceSettings
from services.registry import ON_KAFKA, REGISTRY, SERVICES, WITH_DATABASE, ServiceEntry
from tools.embedded.ports import HOST
from tools.supervision.plan import (
    FILES,
    WATCH,
    Plan,
    Replica,
    make_plan,
    make_replica,
    read_plan,
)

DSN = {service: f"postgresql://{service}@127.0.0.1:5/{service}" for service in WITH_DATABASE}


@pytest.fixture
async def plan(tmp_path: Path) -> Plan:
    return await make_plan(tmp_path)


def own_settings(plan: Plan, service: str) -> dict[str, str]:
    """The settings of a service, apart from what it inherits."""
    environment = plan.environment(service, bootstrap="127.0.0.1:9", dsn=DSN, replica=Replica("1"))
    prefix = f"{service.upper()}_"
    return {
        name.removeprefix(prefix): value
        for name, value in environment.items()
        if name.startswith(prefix)
    }


async def test_ports_and_secret_stay_from_start_to_start(tmp_path: Path) -> None:
    """Sessions, open callbacks and bookmarks stay valid after a restart."""
    first, second = await make_plan(tmp_path), await make_plan(tmp_path)
    assert first == second
    assert set(first.ports) == {*SERVICES, FILES, WATCH}
    assert len(set(first.ports.values())) == len(first.ports)


async def test_the_plan_of_a_running_platform_is_read_as_it_is(plan: Plan) -> None:
    """Commands beside it find its services, and its next start has the same addresses."""
    with socket.create_server((HOST, plan.ports["sandbox"])):
        assert read_plan(plan.folder) == plan
    assert await make_plan(plan.folder) == plan


async def test_two_folders_do_not_share_a_secret(tmp_path: Path) -> None:
    """Two checkouts can run at the same time."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = await make_plan(tmp_path / "a"), await make_plan(tmp_path / "b")
    assert first.secret != second.secret
    assert len(first.secret) >= 32


async def test_only_the_owner_may_read_the_secret(plan: Plan) -> None:
    """The secret allows its reader to sign as a ministry."""
    assert stat.S_IMODE((plan.folder / "secret").stat().st_mode) == 0o600
    assert plan.secret == (plan.folder / "secret").read_text()


@pytest.mark.parametrize("entry", REGISTRY, ids=lambda entry: entry.name)
async def test_a_service_gets_only_settings_that_it_has(plan: Plan, entry: ServiceEntry) -> None:
    """Otherwise a renamed setting would silently have its default."""
    settings: type[ServiceSettings] = import_module(f"{entry.package}.settings").Settings
    names = set(own_settings(plan, entry.name))
    assert names <= {name.upper() for name in settings.model_fields}
    assert {"DSN", "PORT", "PUBLIC_URL", "REPLICA"} <= names


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_gets_its_own_database_and_no_other(plan: Plan, service: str) -> None:
    """It has the DSN of no other service."""
    environment = plan.environment(service, bootstrap="127.0.0.1:9", dsn=DSN)
    own = {name for name, value in environment.items() if value in DSN.values()}
    assert own == ({f"{service.upper()}_DSN"} if service in WITH_DATABASE else set())
    assert environment["NAGORIK_KAFKA_BOOTSTRAP"] == "127.0.0.1:9"


def test_every_service_of_the_map_of_topics_has_a_user() -> None:
    """The sandbox has none."""
    assert set(ON_KAFKA) == set(service_users())


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_logs_in_as_itself_and_knows_no_other_password(
    plan: Plan, service: str
) -> None:
    """Its environment has its own Kafka user and password only."""
    environment = plan.environment(service, bootstrap="b", dsn=DSN, secured=True)
    known = set(environment.values()) & set(plan.kafka_passwords().values())
    if service in ON_KAFKA:
        assert environment[f"{service.upper()}_KAFKA_USER"] == service
        assert known == {plan.kafka_passwords()[service]}
        assert environment["NAGORIK_KAFKA_SECURITY"] == "SASL_PLAINTEXT"
    else:
        assert known == set()


async def test_no_two_passwords_are_the_same(plan: Plan) -> None:
    """The environment of one service gives access to its own database and Kafka user only."""
    databases = {plan.database_password(service) for service in WITH_DATABASE}
    assert len(databases | {plan.secret} | set(plan.kafka_passwords().values())) == (
        len(WITH_DATABASE) + 1 + len(ON_KAFKA)
    )


async def test_both_ends_of_a_callback_have_the_same_secret(plan: Plan) -> None:
    """Ministries and notifications check with the secret that the sandbox signs with."""
    sandbox = own_settings(plan, "sandbox")
    assert sandbox["MINISTRY_SECRET"] == own_settings(plan, "ministries")["MINISTRY_SECRET"]
    assert sandbox["SMS_SECRET"] == own_settings(plan, "notifications")["SMS_SECRET"]
    assert sandbox["SMS_SECRET"] != sandbox["MINISTRY_SECRET"]


async def test_addresses_lead_to_the_services_they_name(plan: Plan) -> None:
    """The gateway has the addresses of its upstreams; outside systems are in the sandbox."""
    gateway = own_settings(plan, "gateway")
    for service in WITH_DATABASE:
        assert gateway[f"{service.upper()}_URL"] == plan.url(service)
    assert own_settings(plan, "ministries")["MINISTRIES_URL"] == plan.url("sandbox")
    assert own_settings(plan, "notifications")["SMS_URL"] == plan.url("sandbox")


async def test_a_further_replica_listens_elsewhere_and_is_called_back_at_the_first(
    plan: Plan, tmp_path: Path
) -> None:
    """A second replica has its own port; callbacks go to the first one, which stays."""
    (tmp_path / "second").mkdir()
    replica = await make_replica(tmp_path / "second", "1")
    environment = plan.environment("ministries", bootstrap="b", dsn=DSN, replica=replica)
    assert environment["MINISTRIES_REPLICA"] == "1"
    assert environment["MINISTRIES_PORT"] == str(replica.port) != str(plan.ports["ministries"])
    assert environment["MINISTRIES_PUBLIC_URL"] == plan.url("ministries")
    assert await make_replica(tmp_path / "second", "1") == replica
