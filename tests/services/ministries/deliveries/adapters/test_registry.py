import asyncio
import sys

import pytest
from pydantic import SecretStr

from libs.errors import Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.ministries.connections.rules import Connection
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.deliveries.adapters.registry import Adapters
from services.ministries.deliveries.adapters.soap import SoapAdapter
from services.ministries.deliveries.rules import plan_delivery
from services.ministries.settings import Settings
from tests.services.ministries.connections.scenes import FixedConnections
from tests.services.ministries.deliveries.adapters.suite import MinistrySystem, answering
from tests.services.ministries.scenes import HEALTH, LAND, submission


async def test_a_ministry_can_have_an_address_of_its_own() -> None:
    """Other ministries share the default address."""
    answer = answering(body=b'{"case_file_number": "1"}')
    shared, own = MinistrySystem(answer), MinistrySystem(answer)
    runners = [await shared.listening(), await own.listening()]
    connections = FixedConnections(shared.url, {HEALTH: Connection(address=own.url)})
    settings = Settings(ministry_secret=SecretStr("x" * 32), private_networks="127.0.0.0/8")
    clients = Clients(settings, tracing=Tracing("ministries"), metrics=Metrics("ministries"))
    adapters = Adapters(settings, connections.of, clients, public_url="http://nagorik.example")
    for ministry in (LAND, HEALTH):
        delivery = plan_delivery(submission(ministry=ministry))
        await adapters.of(ministry).submit(delivery, delivery.idempotency_key)
    for client in clients.all():
        await client.close()
    for runner in runners:
        await runner.cleanup()
    assert [each.path for each in shared.arrived] == [f"/ministries/{LAND}/submissions"]
    assert [each.path for each in own.arrived] == [f"/ministries/{HEALTH}/submissions"]
    assert b"http://nagorik.example/v1/ministries/mohfw/decisions" in own.arrived[0].body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_a_private_address_is_not_connected_to(host: str) -> None:
    """Whatever name it has: an address inside our network is called only if it is allowed."""
    system = MinistrySystem(answering(body=b'{"case_file_number": "1"}'))
    runner = await system.listening()
    unchecked = Connection(address=system.url).model_copy(
        update={"address": system.url.replace("127.0.0.1", host)}
    )
    connections = FixedConnections("https://a.example", {LAND: unchecked})
    settings = Settings(ministry_secret=SecretStr("x" * 32))
    clients = Clients(settings, tracing=Tracing("ministries"), metrics=Metrics("ministries"))
    adapters = Adapters(settings, connections.of, clients, public_url="http://nagorik.example")
    delivery = plan_delivery(submission())
    with pytest.raises(Unavailable, match="no connection"):
        await adapters.of(LAND).submit(delivery, delivery.idempotency_key)
    for client in clients.all():
        await client.close()
    await runner.cleanup()
    assert not system.arrived


def test_the_adapter_follows_the_connection() -> None:
    """The kind of a ministry's system is data."""
    connections = FixedConnections(
        "https://json.example", {HEALTH: Connection(adapter="soap", address="https://soap.example")}
    )
    settings = Settings(ministry_secret=SecretStr("x" * 32))
    clients = Clients(settings, tracing=Tracing("ministries"), metrics=Metrics("ministries"))
    not_used: list[str] = []
    adapters = Adapters(
        settings,
        connections.of,
        clients,
        public_url="http://nagorik.example",
        count_not_used=not_used.append,
    )
    adapters.link(HEALTH).count_not_used()
    assert not_used == [HEALTH]
    assert isinstance(adapters.of(HEALTH), SoapAdapter)
    assert not isinstance(adapters.of(LAND), SoapAdapter)


async def test_what_no_ministry_uses_is_not_imported() -> None:
    """A service whose ministries take JSON over HTTP has no library of the other adapters."""
    imported = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "import sys, services.ministries.main; print(*sys.modules)"),
        stdout=asyncio.subprocess.PIPE,
    )
    modules = (await imported.communicate())[0].decode().split()
    assert "services.ministries.deliveries.adapters.registry" in modules
    assert {"asyncssh", "openpyxl", "zeep"}.isdisjoint(modules)


def test_secrets_are_found_by_the_name_of_the_connection() -> None:
    """Without a name they are those of the ministry; a login is no other ministry's."""
    connections = FixedConnections(
        "https://a.example", {HEALTH: Connection(address="https://b.example", credentials="shared")}
    )
    login = {"user": "platform", "password": "only-for-tests"}
    settings = Settings.model_validate(
        {"ministry_secret": "x" * 32, "logins": {"shared": login, LAND: {**login, "user": "land"}}}
    )
    clients = Clients(settings, tracing=Tracing("ministries"), metrics=Metrics("ministries"))
    adapters = Adapters(settings, connections.of, clients, public_url="http://nagorik.example")
    users = {name: adapters.link(name).login for name in (HEALTH, LAND, "mopa")}
    assert {name: each.user if each else None for name, each in users.items()} == {
        HEALTH: "platform",
        LAND: "land",
        "mopa": None,
    }
    assert "only-for-tests" not in repr(adapters.link(HEALTH))
