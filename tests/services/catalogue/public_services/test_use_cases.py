import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.catalogue import Adapter, MinistryAdapter
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.rules import FeeOverride
from services.catalogue.public_services.use_cases import (
    announce_all,
    load_reference,
    read_ministry_adapters,
    read_services,
    read_version,
    set_fee,
    set_ministry_adapter,
    set_open,
    set_service_adapter,
)
from tests.services.catalogue.running import until_waiting
from tests.services.catalogue.scenes import AT, announced, empty_outbox, loaded, with_service

ADAPTERS: tuple[MinistryAdapter, ...] = ("own", "none_yet", "hosted")
FEE = FeeOverride(75, None, "gazette of 2026-11-01")
NOTHING = {
    "bodies": 0,
    "ministry_adapters": 0,
    "areas": 0,
    "postcodes": 0,
    "public_services": 0,
    "routing_rules": 0,
}


async def version(database: Database) -> int:
    async with database.transaction() as tx:
        return await read_version(tx)


async def test_a_first_load_stores_and_announces_everything(database: Database) -> None:
    """All rows of the reference are stored, and 81 events are in the outbox."""
    first = await loaded(database)
    assert first.rows == {
        "bodies": 67,
        "ministry_adapters": 0,
        "areas": 5105,
        "postcodes": 1343,
        "public_services": 81,
        "routing_rules": 132,
    }
    async with database.transaction() as tx:
        events = await announced(tx)
    assert first.announced == len(events) == 81
    assert len({event.public_service_id for event in events}) == 81


async def test_a_second_load_does_nothing(database: Database) -> None:
    """A repeat writes no row, raises no version and announces nothing."""
    await loaded(database)
    before = await version(database)
    await empty_outbox(database)
    again = await loaded(database, after_s=60)
    assert again.rows == NOTHING
    assert again.announced == 0
    assert await version(database) == before
    async with database.transaction() as tx:
        assert await announced(tx) == []


async def test_only_a_changed_service_is_announced(database: Database) -> None:
    """One changed service writes one row and one event."""
    await loaded(database)
    before = await version(database)
    await empty_outbox(database)
    again = await loaded(database, with_service("S001", fee_bdt=75), after_s=60)
    assert again.rows == NOTHING | {"public_services": 1}
    assert await version(database) > before
    async with database.transaction() as tx:
        (event,) = await announced(tx)
    assert (event.public_service_id, event.fee_bdt) == ("S001", 75)
    assert event.occurred_at == AT + timedelta(seconds=60)


async def test_replicas_that_start_together_announce_once(database: Database) -> None:
    """Concurrent loads run one after the other; only the first one writes and announces."""
    results = await asyncio.gather(*(loaded(database) for _ in range(3)))
    assert sorted(result.announced for result in results) == [0, 0, 81]


async def test_a_load_is_one_transaction(database: Database) -> None:
    """An interrupted load stores and announces nothing."""

    async def interrupted() -> None:
        async with database.transaction() as tx:
            await load_reference(tx, read_reference(), AT)
            raise ConnectionResetError

    with pytest.raises(Unavailable):
        await interrupted()
    async with database.transaction() as tx:
        assert await announced(tx) == []
        assert await read_services(tx, AT.date()) == []
    assert (await loaded(database)).announced == 81


async def test_announcing_all_again_repeats_the_same_events(database: Database) -> None:
    """Id, time and content are the same, so that consumers drop the repeat."""
    await loaded(database)
    async with database.transaction() as tx:
        first = await announced(tx)
    await empty_outbox(database)
    async with database.transaction() as tx:
        assert await announce_all(tx, AT + timedelta(days=1)) == 81
        assert await announced(tx) == first


async def test_a_second_closing_is_a_new_event(database: Database) -> None:
    """A service that is closed, opened and closed again is announced three times."""
    await loaded(database)
    await empty_outbox(database)
    for step, is_open in enumerate((False, True, False)):
        async with database.transaction() as tx:
            at = AT + timedelta(minutes=step)
            await set_open(tx, "S001", is_open=is_open, by="rahima", at=at)
    async with database.transaction() as tx:
        events = await announced(tx)
    assert [event.open for event in events] == [False, True, False]
    assert len({event.event_id for event in events}) == 3


async def test_a_load_keeps_overrides(database: Database) -> None:
    """A closed service stays closed after a load, also if its reference changed."""
    await loaded(database)
    async with database.transaction() as tx:
        await set_open(tx, "S001", is_open=False, by="rahima", at=AT)
    await empty_outbox(database)
    assert (await loaded(database, after_s=60)).announced == 0
    await loaded(database, with_service("S001", days=3), after_s=120)
    async with database.transaction() as tx:
        (event,) = await announced(tx)
    assert (event.open, event.service_deadline_days) == (False, 3)


async def test_a_changed_adapter_is_announced_with_every_service_of_the_ministry(
    database: Database,
) -> None:
    """Both ways, with an entry in the audit log; a repeat announces nothing."""
    await loaded(database)
    await empty_outbox(database)
    services = 0
    for step, adapter in enumerate(ADAPTERS):
        async with database.transaction() as tx:
            at = AT + timedelta(minutes=step)
            services = await set_ministry_adapter(tx, "lgd", adapter, by="rahima", at=at)
            assert services > 1
            assert await set_ministry_adapter(tx, "lgd", adapter, by="rahima", at=at) == 0
    async with database.transaction() as tx:
        events = await announced(tx)
        adapters = await read_ministry_adapters(tx)
        audit = await tx.fetch("SELECT action, detail FROM audit_log ORDER BY entry_no LIMIT 1")
    assert {event.ministry for event in events} == {"lgd"}
    assert [event.ministry_adapter for event in events] == [
        adapter for adapter in ADAPTERS for _ in range(services)
    ]
    assert adapters == {"lgd": "hosted"}
    assert [tuple(row) for row in audit] == [("set adapter", "none_yet → own")]


async def test_a_service_has_an_adapter_of_its_own_from_a_day_on(database: Database) -> None:
    """It is announced at once, and until its day that of the ministry holds."""
    await loaded(database)
    await empty_outbox(database)
    today = dhaka_date(AT)
    async with database.transaction() as tx:
        changes: list[tuple[Adapter | None, int]] = [("desk", 5), (None, 9)]
        for adapter, days in changes:
            await set_service_adapter(
                tx, "S005", adapter, valid_from=today + timedelta(days=days), by="rahima", at=AT
            )
        with pytest.raises(Refused, match="adapter_day_passed"):
            await set_service_adapter(
                tx, "S005", "own", valid_from=today - timedelta(days=1), by="rahima", at=AT
            )
        with pytest.raises(Refused, match="public_service_not_found"):
            await set_service_adapter(tx, "S999", "own", valid_from=today, by="rahima", at=AT)
        events = await announced(tx)
    assert {event.public_service_id for event in events} == {"S005"}
    assert [(version.adapter, version.version) for version in events[-1].adapters] == [
        ("desk", 1),
        (None, 2),
    ]
    assert events[-1].ministry_adapter == "none_yet"


@pytest.mark.parametrize(("adapter", "set_at_first"), [("none_yet", 0), ("hosted", 67)])
async def test_a_body_has_no_adapter_before_somebody_sets_one(
    database: Database, adapter: MinistryAdapter, set_at_first: int
) -> None:
    """Also where the setting says that all ministries are played, and that sets one."""
    for expected in (set_at_first, 0):
        result = await loaded(database, adapter_of_bodies=adapter)
        assert result.rows["ministry_adapters"] == expected
    async with database.transaction() as tx:
        assert {event.ministry_adapter for event in await announced(tx)} == {adapter}


async def test_an_adapter_that_was_set_stays(database: Database) -> None:
    """The setting is for bodies of which nobody has said anything."""
    await loaded(database)
    async with database.transaction() as tx:
        await set_ministry_adapter(tx, "lgd", "own", by="rahima", at=AT)
    await loaded(database, adapter_of_bodies="hosted", after_s=60)
    async with database.transaction() as tx:
        adapters = await read_ministry_adapters(tx)
    assert (adapters["lgd"], adapters["erd"]) == ("own", "hosted")


async def test_a_load_keeps_the_adapter(database: Database) -> None:
    """The reference says nothing about adapters; a start changes none."""
    await loaded(database)
    async with database.transaction() as tx:
        await set_ministry_adapter(tx, "lgd", "own", by="rahima", at=AT)
    assert (await loaded(database, after_s=60)).announced == 0


async def test_an_unknown_ministry_has_no_adapter(tx: Transaction) -> None:
    """A mistyped id is refused."""
    with pytest.raises(Refused, match="body_not_found"):
        await set_ministry_adapter(tx, "lgdd", "own", by="rahima", at=AT)


async def test_an_event_says_where_its_deadline_comes_from(database: Database) -> None:
    """17 of the 81 deadlines are published; only from these may a due date come."""
    await loaded(database)
    async with database.transaction() as tx:
        status = Counter(event.service_deadline_status for event in await announced(tx))
    assert status == {"sourced": 17, "illustrative": 64}


async def test_only_a_changed_area_is_written(database: Database) -> None:
    """One changed area writes one row and no event."""
    await loaded(database)
    reference = read_reference()
    changed = [
        area.model_copy(update={"ward_count": 99}) if area.code == "3026" else area
        for area in reference.areas
    ]
    again = await loaded(database, replace(reference, areas=changed))
    assert again.rows == NOTHING | {"areas": 1}
    assert again.announced == 0


async def test_an_event_fits_a_record(database: Database) -> None:
    """Every event is far smaller than the 1 MiB limit of the broker."""
    await loaded(database)
    async with database.transaction() as tx:
        longest_bytes = await tx.fetchval("SELECT max(length(record_value)) FROM outbox")
    assert longest_bytes < 64 * 1024


async def audit_log(tx: Transaction) -> list[tuple[str, ...]]:
    rows = await tx.fetch("SELECT actor, action, subject, detail FROM audit_log ORDER BY entry_no")
    return [tuple(row.values()) for row in rows]


@pytest.fixture
async def full(database: Database) -> Database:
    """A loaded catalogue with an empty outbox."""
    await loaded(database)
    await empty_outbox(database)
    return database


async def test_a_closed_service_is_announced_and_audited(full: Database) -> None:
    """Closing gives one event, one audit entry and a new version."""
    async with full.transaction() as tx:
        before = await read_version(tx)
        await set_open(tx, "S001", is_open=False, by="rahima", at=AT)
        (event,) = await announced(tx)
        assert (event.public_service_id, event.open) == ("S001", False)
        assert await audit_log(tx) == [("rahima", "set open", "S001", "open → closed")]
        assert await read_version(tx) > before


async def test_a_fee_is_official_only_with_a_source(full: Database) -> None:
    """A fee with a source is sourced; a fee without one is illustrative."""
    async with full.transaction() as tx:
        official = await set_fee(tx, "S001", FEE, by="rahima", at=AT)
        assert (official.fee_bdt, official.fee_basis) == (75, "sourced")
        unsourced = await set_fee(tx, "S001", FeeOverride(80, None, None), by="rahima", at=AT)
        assert (unsourced.fee_bdt, unsourced.fee_basis) == (80, "illustrative")
        assert [event.fee_bdt for event in await announced(tx)] == [75, 80]
        assert (await audit_log(tx))[1] == (
            "rahima",
            "set fee",
            "S001",
            "Tk 75, sourced, gazette of 2026-11-01 → Tk 80, illustrative",
        )


async def test_fee_and_state_are_independent(full: Database) -> None:
    """A closing does not change the fee, and a new fee does not reopen the service."""
    async with full.transaction() as tx:
        await set_fee(tx, "S001", FEE, by="rahima", at=AT)
        await set_open(tx, "S001", is_open=False, by="rahima", at=AT)
        await set_fee(tx, "S001", FeeOverride(None, "by age", "gazette"), by="rahima", at=AT)
        service = (await read_services(tx, AT.date()))[0]
    assert (service.public_service_id, service.open) == ("S001", False)
    assert (service.fee_bdt, service.fee_note) == (None, "by age")


async def test_closing_a_closed_service_announces_nothing(full: Database) -> None:
    """A repeated closing writes no event."""
    async with full.transaction() as tx:
        await set_open(tx, "S001", is_open=False, by="rahima", at=AT)
        await set_open(tx, "S001", is_open=False, by="rahima", at=AT)
        assert len(await announced(tx)) == 1


async def test_concurrent_changes_are_both_stored(full: Database) -> None:
    """A fee and a closing at the same time do not overwrite each other."""

    async def close() -> None:
        async with full.transaction() as tx:
            await set_open(tx, "S001", is_open=False, by="karim", at=AT)

    async with asyncio.TaskGroup() as tasks, full.transaction() as tx:
        await set_fee(tx, "S001", FEE, by="rahima", at=AT)
        await until_waiting(full, tasks.create_task(close()))
    async with full.transaction() as tx:
        service = (await read_services(tx, AT.date()))[0]
    assert (service.fee_bdt, service.open) == (75, False)
