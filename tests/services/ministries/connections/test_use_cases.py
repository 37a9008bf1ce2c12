from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

import orjson
import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.telemetry.metrics import Metrics
from services.ministries.connections import use_cases
from services.ministries.connections.current import Connections
from services.ministries.connections.rules import (
    Change,
    CheckReport,
    Connection,
    announcement,
)
from tests.services.ministries.scenes import HEALTH, LAND

SOAP = Connection(adapter="soap", address="https://soap.example")
DEFAULT = Connection(address="https://all.example")
BY = Change("rahima", "a new system")
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
KEY = "a-key-for-reports"


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


def checked(
    connection: Connection, *, minute: int = 0, verdict: Literal["passed", "failed"] = "passed"
) -> CheckReport:
    report = CheckReport(
        ministry=LAND,
        checked_at=NOW + timedelta(minutes=minute),
        adapter=connection.adapter,
        address=connection.address,
        rules={"once": verdict},
    )
    return report.signed(KEY)


async def said(tx: Transaction) -> list[tuple[int, bool, bool, bool]]:
    """What was announced of the connection: version, passed, despite, stopped."""
    rows = await tx.fetch(
        "SELECT record_value FROM outbox WHERE topic = 'connections.v1' ORDER BY outbox_id"
    )
    values = [orjson.loads(row["record_value"]) for row in rows]
    assert all("address" not in value for value in values)
    return [
        (value["version"], value["passed"], value["despite"], value["stopped"]) for value in values
    ]


async def test_only_a_passed_check_of_this_adapter_at_this_address_is_announced_as_passed(
    tx: Transaction,
) -> None:
    """Not one of another system, nor one that failed since; a report before any system is none."""
    record = partial(use_cases.record_report, tx, by="rahima", report_key=KEY)
    go_live = partial(use_cases.go_live, tx, LAND, by=BY, report_key=KEY, at=NOW)
    await record(checked(SOAP))
    assert await said(tx) == []
    await go_live(connection=SOAP)
    other = SOAP.model_copy(update={"address": "https://other.example"})
    await go_live(connection=other, despite="a trial")
    await record(checked(other, minute=1))
    await record(checked(other, minute=2, verdict="failed"))
    await use_cases.stop(tx, LAND, BY)
    assert await said(tx) == [
        (1, True, False, False),
        (2, False, True, False),
        (2, True, False, False),
        (2, False, True, False),
        (3, False, True, True),
    ]


async def test_a_version_that_comes_again_after_a_restore_is_another_event(
    tx: Transaction,
) -> None:
    """Or readers would go on with the system that the database has lost."""
    lost = await use_cases.connect(tx, LAND, DEFAULT, BY)
    await tx.execute("DELETE FROM connections")
    again = replace(await use_cases.connect(tx, LAND, SOAP, BY), set_at=NOW)
    assert lost.version == again.version
    assert announcement(lost, []).event_id != announcement(again, []).event_id


async def test_the_default_is_announced_as_no_connection(tx: Transaction) -> None:
    """Where only a stop was set, and the platform's own address would be called."""
    await use_cases.stop(tx, LAND, BY)
    await use_cases.resume(tx, LAND, BY)
    assert await said(tx) == [(1, False, False, True), (2, False, False, False)]
