"""An operator closes services and sets fees; it is written down and told."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from typer.testing import CliRunner, Result

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.catalogue.commands import make_app, set_fee, set_open
from services.catalogue.domain import FeeRuling
from services.catalogue.loading import services_as_they_stand
from services.catalogue.store import changes
from tests.services.catalogue.scenes import forget_told, loaded, told

FEE = FeeRuling(75, None, "gazette of 2026-11-01")


async def audited(tx: Transaction) -> list[tuple[str, ...]]:
    rows = await tx.fetch(
        "SELECT actor, action, public_service_id, before, after FROM audit ORDER BY audit_id"
    )
    return [tuple(row.values()) for row in rows]


@pytest.fixture
async def full(database: Database) -> Database:
    """A loaded catalogue that has told everything."""
    await loaded(database)
    await forget_told(database)
    return database


async def test_a_closed_service_is_told_and_written_down(full: Database) -> None:
    """Closing leaves one event, one line of audit, and a version that others look for."""
    async with full.transaction() as tx:
        before = await changes.read_version(tx)
        await set_open(tx, "S001", is_open=False, by="rahima")
        (event,) = await told(tx)
        assert (event.public_service_id, event.open) == ("S001", False)
        assert await audited(tx) == [("rahima", "set open", "S001", "open", "closed")]
        assert await changes.read_version(tx) > before


async def test_a_fee_is_official_only_with_its_source(full: Database) -> None:
    """A fee that names where it was published is sourced, another one is not."""
    async with full.transaction() as tx:
        official = await set_fee(tx, "S001", FEE, by="rahima")
        assert (official.fee_bdt, official.sourcing.fee) == (75, "sourced")
        heard = await set_fee(tx, "S001", FeeRuling(80, None, None), by="rahima")
        assert (heard.fee_bdt, heard.sourcing.fee) == (80, "illustrative")
        assert [event.fee_bdt for event in await told(tx)] == [75, 80]
        assert (await audited(tx))[1] == (
            "rahima",
            "set fee",
            "S001",
            "Tk 75, sourced, gazette of 2026-11-01",
            "Tk 80, illustrative",
        )


async def test_fee_and_state_do_not_touch_each_other(full: Database) -> None:
    """Closing a service keeps the fee that was set, and setting a fee keeps it closed."""
    async with full.transaction() as tx:
        await set_fee(tx, "S001", FEE, by="rahima")
        await set_open(tx, "S001", is_open=False, by="rahima")
        await set_fee(tx, "S001", FeeRuling(None, "by age", "gazette"), by="rahima")
        service = (await services_as_they_stand(tx))[0]
    assert (service.public_service_id, service.open) == ("S001", False)
    assert (service.fee_bdt, service.fee_note) == (None, "by age")


async def test_saying_it_again_tells_nothing(full: Database) -> None:
    """A service that is closed already is not told of a second time."""
    async with full.transaction() as tx:
        await set_open(tx, "S001", is_open=False, by="rahima")
        await set_open(tx, "S001", is_open=False, by="rahima")
        assert len(await told(tx)) == 1


async def test_two_operators_at_once_lose_nothing(full: Database) -> None:
    """A fee and a closing of the same moment are both there afterwards."""

    async def close() -> None:
        async with full.transaction() as tx:
            await set_open(tx, "S001", is_open=False, by="karim")

    async with asyncio.TaskGroup() as tasks, full.transaction() as tx:
        await set_fee(tx, "S001", FEE, by="rahima")
        tasks.create_task(close())
        await asyncio.sleep(0.2)  # the closing is under way while the fee is not committed
    async with full.transaction() as tx:
        service = (await services_as_they_stand(tx))[0]
    assert (service.fee_bdt, service.open) == (75, False)


async def test_an_unknown_service_is_refused(full: Database) -> None:
    """A mistyped id changes nothing."""
    async with full.transaction() as tx:
        with pytest.raises(Refused, match="public_service_not_found"):
            await set_open(tx, "S999", is_open=False, by="rahima")
        assert await audited(tx) == []


async def test_the_commands_work_from_the_shell(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """Load, close, price and publish as an operator types them; a refusal is one plain line."""
    dsn = await dsn_for("catalogue")
    database = Database(dsn, connections=1)

    async def typed(*words: str) -> Result:
        runner = CliRunner(env={"CATALOGUE_DSN": dsn})
        return await asyncio.to_thread(lambda: runner.invoke(make_app(), list(words)))

    try:
        assert "told of 81 public services" in (await typed("load")).output
        assert "told of 0 public services" in (await typed("load")).output
        closed = await typed("set-open", "S001", "--closed", "--by", "rahima")
        assert (closed.exit_code, closed.output.strip()) == (0, "S001 is closed")
        priced = await typed("set-fee", "S002", "75", "--source", "gazette", "--by", "rahima")
        assert (priced.exit_code, priced.output.strip()) == (0, "S002: Tk 75, sourced, gazette")
        assert "told of 81" in (await typed("publish-all")).output
        unknown = await typed("set-open", "S999", "--closed", "--by", "rahima")
        assert unknown.exit_code == 1
        assert "no public service with this id" in unknown.output
        assert (await typed("set-fee", "S001", "-5", "--by", "rahima")).exit_code != 0
        async with database.transaction() as tx:
            events = await told(tx)
            traced = await tx.fetchval(
                "SELECT count(*) FROM outbox WHERE position('traceparent' in encode(headers,"
                " 'escape')) > 0"
            )
        assert len(events) == traced == 81 + 2 + 81
    finally:
        await database.close()
