"""The reference is in the database whole, and the others are told of exactly what has changed."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from libs.database.pool import Database
from libs.errors import Unavailable
from services.catalogue.domain import Ruling
from services.catalogue.loading import load, tell_all, tell_changes
from services.catalogue.reference_files import read_reference
from services.catalogue.store import changes, offer
from tests.services.catalogue.scenes import AT, forget_told, loaded, told, with_service

NOTHING = {"bodies": 0, "areas": 0, "postcodes": 0, "public_services": 0}


async def version(database: Database) -> int:
    async with database.transaction() as tx:
        return await changes.read_version(tx)


async def test_a_load_brings_everything_and_tells_of_every_service(database: Database) -> None:
    """All rows of the reference are there, and 81 events wait to be published."""
    first = await loaded(database)
    assert first.rows == {
        "bodies": 67,
        "areas": 8 + 64 + 495 + 12 + 4526,
        "postcodes": 1343,
        "public_services": 81,
    }
    async with database.transaction() as tx:
        kinds = await tx.fetch("SELECT kind, count(*) FROM areas GROUP BY kind")
        assert {row["kind"]: row["count"] for row in kinds} == {
            "geo_division": 8,
            "district": 64,
            "upazila": 495,
            "city_corporation": 12,
            "union": 4526,
        }
        events = await told(tx)
    assert first.told == len(events) == 81
    assert len({event.public_service_id for event in events}) == 81


async def test_a_second_start_changes_nothing_and_tells_nothing(database: Database) -> None:
    """Loading again writes no row, raises no version and publishes no event."""
    await loaded(database)
    before = await version(database)
    await forget_told(database)
    again = await loaded(database, after_s=60)
    assert again.rows == NOTHING
    assert again.told == 0
    assert await version(database) == before
    async with database.transaction() as tx:
        assert await told(tx) == []


async def test_a_changed_fee_is_told_and_nothing_else(database: Database) -> None:
    """One service reads differently: one row is written and one event waits."""
    await loaded(database)
    before = await version(database)
    await forget_told(database)
    again = await loaded(database, with_service("S001", fee_bdt=75), after_s=60)
    assert again.rows == NOTHING | {"public_services": 1}
    assert await version(database) > before
    async with database.transaction() as tx:
        (event,) = await told(tx)
    assert (event.public_service_id, event.fee_bdt) == ("S001", 75)
    assert event.occurred_at == AT + timedelta(seconds=60)


async def test_replicas_that_start_together_tell_once(database: Database) -> None:
    """The second of two loads at the same time waits, and finds nothing to do."""
    results = await asyncio.gather(*(loaded(database) for _ in range(3)))
    assert sorted(result.told for result in results) == [0, 0, 81]


async def test_what_is_told_and_what_is_written_stand_or_fall_together(database: Database) -> None:
    """A load that is cut off leaves no service written and none told of."""

    async def cut_off() -> None:
        async with database.transaction() as tx:
            await load(tx, read_reference(), AT)
            raise ConnectionResetError

    with pytest.raises(Unavailable):
        await cut_off()
    async with database.transaction() as tx:
        assert await told(tx) == []
        assert await offer.read_public_services(tx) == []
    assert (await loaded(database)).told == 81


async def test_telling_all_again_tells_the_same_facts(database: Database) -> None:
    """Who has heard an event drops its repetition: id, time and content are the same."""
    await loaded(database)
    async with database.transaction() as tx:
        first = await told(tx)
    await forget_told(database)
    async with database.transaction() as tx:
        assert await tell_all(tx, AT + timedelta(days=1)) == 81
        assert await told(tx) == first


async def test_closing_twice_is_two_facts(database: Database) -> None:
    """A service that closes again, reading as it did before, is heard to close again."""
    await loaded(database)
    await forget_told(database)
    for step, is_open in enumerate((False, True, False)):
        async with database.transaction() as tx:
            await offer.save_rulings(tx, [Ruling("S001", open=is_open)])
            await tell_changes(tx, AT + timedelta(minutes=step))
    async with database.transaction() as tx:
        events = await told(tx)
    assert [event.open for event in events] == [False, True, False]
    assert len({event.event_id for event in events}) == 3


async def test_time_never_goes_back_for_readers(database: Database) -> None:
    """A clock that was set back does not make a change older than what it changes."""
    await loaded(database)
    await forget_told(database)
    await loaded(database, with_service("S001", days=30), after_s=-3600)
    async with database.transaction() as tx:
        (event,) = await told(tx)
    assert event.occurred_at > AT


async def test_a_load_leaves_what_operators_laid_down(database: Database) -> None:
    """A closed service stays closed when the reference is loaded again, even a changed one."""
    await loaded(database)
    async with database.transaction() as tx:
        await offer.save_rulings(tx, [Ruling("S001", open=False)])
        await tell_changes(tx, AT)
    await forget_told(database)
    assert (await loaded(database, after_s=60)).told == 0
    await loaded(database, with_service("S001", days=3), after_s=120)
    async with database.transaction() as tx:
        (event,) = await told(tx)
    assert (event.open, event.service_deadline_days) == (False, 3)


async def test_a_name_that_changed_on_the_map_is_written(database: Database) -> None:
    """One renamed area is one row, whatever its children."""
    await loaded(database)
    reference = read_reference()
    renamed = [
        replace(area, name_en="New name") if area.code == "3026" else area
        for area in reference.areas
    ]
    again = await loaded(database, replace(reference, areas=renamed))
    assert again.rows == NOTHING | {"areas": 1}
    assert again.told == 0


async def test_an_event_fits_a_record(database: Database) -> None:
    """No event comes near the 1 MiB that the broker takes."""
    await loaded(database)
    async with database.transaction() as tx:
        longest_bytes = await tx.fetchval("SELECT max(length(record_value)) FROM outbox")
    assert longest_bytes < 64 * 1024
