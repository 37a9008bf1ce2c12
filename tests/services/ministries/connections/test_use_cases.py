import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.telemetry.metrics import Metrics
from services.ministries.connections import use_cases
from services.ministries.connections.current import Connections
from services.ministries.connections.rules import Change, Connection
from tests.services.ministries.scenes import HEALTH, LAND

SOAP = Connection(adapter="soap", address="https://soap.example")
DEFAULT = Connection(address="https://all.example")
BY = Change("rahima", "a new system")


async def test_each_change_is_a_version_with_name_and_reason(tx: Transaction) -> None:
    """Nothing is overwritten, a repeat adds nothing, and a change is shown as it is stored."""
    shown = [
        await use_cases.connect(tx, LAND, SOAP, BY),
        await use_cases.connect(tx, LAND, SOAP, BY),
        await use_cases.stop(tx, LAND, Change("karim", "they move")),
        await use_cases.stop(tx, LAND, BY),
        await use_cases.resume(tx, LAND, Change("karim", "they moved")),
    ]
    history = await use_cases.read_history(tx, LAND)
    first, second, third = reversed(history)
    assert shown == [first, first, second, second, third]
    assert [
        (version.version, version.is_stopped, version.set_by, version.reason) for version in history
    ] == [
        (3, False, "karim", "they moved"),
        (2, True, "karim", "they move"),
        (1, False, "rahima", "a new system"),
    ]
    assert {version.connection for version in history} == {SOAP}


async def test_a_ministry_that_does_not_exist_is_refused(tx: Transaction) -> None:
    """A mistyped ministry gets no connection."""
    with pytest.raises(Refused):
        await use_cases.connect(tx, "nobody", SOAP, BY)


async def test_a_new_connection_resumes(tx: Transaction) -> None:
    """Who sets an address wants it to be called."""
    await use_cases.stop(tx, LAND, BY)
    assert not (await use_cases.connect(tx, LAND, SOAP, BY)).is_stopped


async def test_nobody_is_called_before_the_connections_are_known(database: Database) -> None:
    """A ministry must not get a hand-over at an old address, or by another adapter."""
    connections = Connections(database, DEFAULT, Metrics("test"))
    assert {LAND, HEALTH} <= set(connections.stopped())
    async with database.transaction() as tx:
        await use_cases.connect(tx, LAND, SOAP, BY)
        await use_cases.stop(tx, HEALTH, BY)
    await connections.refresh()
    assert set(connections.stopped()) == {HEALTH}
    assert (connections.of(LAND), connections.of(HEALTH)) == (SOAP, DEFAULT)
