import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.contracts.programme import FactKind
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.programme.bodies import queries
from services.programme.bodies.facts import Fact
from services.programme.bodies.overview import Overview
from services.programme.bodies.use_cases import read_states, record, record_services
from tests.services.identity.running import until_waiting
from tests.services.programme.bodies.scenes import LAND, MOPA, TODAY, announced, wanted

NOW = datetime(2026, 6, 30, 4, tzinfo=UTC)
ASKED: dict[str, Any] = {"asks": ("list", "vendor"), "due_on": TODAY}
DAY = timedelta(days=1)


class Office:
    """Somebody who records facts."""

    def __init__(self, tx: Transaction) -> None:
        self.tx, self.overview = tx, Overview()

    async def record(self, kind: FactKind, body: str = LAND, **more: Any) -> Fact:
        return await record(self.tx, self.overview, body, wanted(kind, **more), by="s", at=NOW)

    async def refused(
        self, kind: FactKind, body: str = LAND, **more: Any
    ) -> tuple[str, str | None]:
        with pytest.raises(Refused) as refused:
            await self.record(kind, body, **more)
        return refused.value.code, refused.value.pointer


@pytest.fixture
def office(tx: Transaction) -> Office:
    return Office(tx)


async def test_the_same_fact_twice_is_one_fact(office: Office) -> None:
    """A form that was sent twice, by anybody, on any day."""
    first = await office.record("letter_sent", **ASKED)
    body = wanted("letter_sent", **ASKED)
    again = await record(office.tx, office.overview, LAND, body, by="rafiq", at=NOW + DAY)
    assert again == first
    assert len(await office.overview.facts(office.tx)) == 1


async def test_what_cannot_be_is_refused_at_its_field(office: Office) -> None:
    """It lies ahead, is due before it was asked for, or is about a body that owes nothing."""
    ahead = await office.refused("letter_sent", day=TODAY + DAY, **ASKED)
    assert ahead == ("fact_ahead", "/day")
    late = await office.refused("instructions_sent", due_on=TODAY - DAY)
    assert late == ("due_before_letter", "/due_on")
    assert (await office.refused("letter_sent", "mof", **ASKED))[0] == "body_owes_no_list"
    assert (await office.refused("letter_sent", "nobody", **ASKED))[0] == "body_not_found"
    assert await office.refused("vendor_named") == ("fact_field_missing", "/vendor")
    other = await office.refused("vendor_named", vendor="Deshi", asks=("list",))
    assert other == ("fact_field_of_other_kind", "/asks")


async def test_a_list_names_only_services_of_the_body(office: Office) -> None:
    """Another body's service, and one that the catalogue does not have, are named by place."""
    await record_services(office.tx, [announced("S001"), announced("S002", MOPA)])
    pointer = "/public_service_ids/1"
    for wrong, code in (("S002", "service_of_other_body"), ("S099", "service_not_known")):
        found = await office.refused("list_received", public_service_ids=("S001", wrong))
        assert found == (code, pointer)
    await office.record("list_received", public_service_ids=("S001",), others=("Well permit",))
    assert (await read_states(office.tx, office.overview, TODAY))[LAND].listed == 2


async def test_a_replaced_body_gets_no_facts_of_later_days(office: Office) -> None:
    """Of earlier ones it does; its services are the successor's, also on the successor's list."""
    await record_services(office.tx, [announced("S001")])
    await office.record("body_replaced", day=TODAY - 5 * DAY, replaced_by=MOPA)
    assert (await office.refused("letter_sent", **ASKED))[0] == "body_replaced"
    await office.record("letter_sent", day=TODAY - 6 * DAY, **ASKED)
    await office.record("list_received", MOPA, public_service_ids=("S001",))
    again = await office.refused("body_replaced", MOPA, replaced_by=LAND)
    assert again == ("replacement_impossible", "/replaced_by")
    itself = await office.refused("body_replaced", "fd", replaced_by="fd")
    assert itself[0] == "replacement_impossible"


async def test_a_correction_is_a_new_fact_of_the_same_kind(office: Office) -> None:
    """Once for each fact, and never of what was announced."""
    corrects = (await office.record("vendor_named", vendor="Deshi")).fact_id
    other = await office.refused("letter_sent", corrects=corrects, **ASKED)
    assert other[0] == "correction_of_other_kind"
    await office.record("not_so", corrects=corrects)
    again = await office.refused("vendor_named", vendor="Bideshi", corrects=corrects)
    assert again[0] == "fact_corrected_before"
    for unknown in (None, new_id()):
        refused = await office.refused("not_so", corrects=unknown)
        assert refused[0] == "correction_of_nothing"
    await record_services(office.tx, [announced("S001")])
    facts = (await office.overview.facts(office.tx)).values()
    (by_event,) = [fact for fact in facts if fact.recorded_by == "catalogue"]
    refused = await office.refused("not_so", corrects=by_event.fact_id)
    assert refused[0] == "fact_was_announced"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("letter_sent", {"asks": ("list", "vendor"), "due_on": TODAY + DAY}),
        ("letter_sent", {"asks": ("list",), "due_on": TODAY}),
        ("not_so", {}),
    ],
    ids=["later", "asks for less", "not so"],
)
async def test_a_correction_gives_no_more_time(office: Office, kind: Any, said: Any) -> None:
    """That is an extension, which two people decide; an earlier day is a correction."""
    letter = await office.record("letter_sent", day=TODAY - 9 * DAY, **ASKED)
    refused = await office.refused(kind, corrects=letter.fact_id, **said)
    assert refused[0] == "extension_needed"
    earlier = {**ASKED, "due_on": TODAY - DAY}
    await office.record("letter_sent", day=TODAY - 9 * DAY, corrects=letter.fact_id, **earlier)


async def test_an_announcement_twice_and_late_is_recorded_once(office: Office) -> None:
    """The newest by its own time counts, whenever it comes."""
    opened = announced("S001", published=True)
    closed = announced("S001", open=False, occurred_at=opened.occurred_at - DAY)
    await record_services(office.tx, [opened, opened])
    await record_services(office.tx, [closed, opened])
    assert len(await office.overview.facts(office.tx)) == 2
    assert (await read_states(office.tx, office.overview, TODAY))[LAND].online == 1


async def test_states_follow_facts_of_other_processes(database: Database) -> None:
    """What another process has committed is read at the next question."""
    here, there = Overview(), Overview()
    for vendor in ("Deshi", "Bideshi"):
        body = wanted("vendor_named", vendor=vendor)
        async with database.transaction() as tx:
            await record(tx, there, LAND, body, by="s", at=NOW)
        async with database.transaction() as tx:
            assert set(await here.facts(tx)) == set(await there.facts(tx)) != set()
    async with database.transaction() as tx:
        assert (await read_states(tx, here, TODAY))[LAND].steps["vendor"].done_on == TODAY


async def test_what_was_not_committed_is_not_remembered(database: Database) -> None:
    """Another fact gets its version then, and must be read."""
    overview = Overview()

    async def fails() -> None:
        async with database.transaction() as tx:
            await record(tx, overview, LAND, wanted("vendor_named", vendor="X"), by="s", at=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    async with database.transaction() as tx:
        await record(tx, Overview(), MOPA, wanted("vendor_named", vendor="Y"), by="s", at=NOW)
    async with database.transaction() as tx:
        assert [fact.body for fact in (await overview.facts(tx)).values()] == [MOPA]


async def test_facts_that_are_recorded_at_once_are_all_read(database: Database) -> None:
    """One with a lower number that commits later would be left out for ever."""
    overview, has_number, may_commit = Overview(), asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with database.transaction() as tx:
            await record(tx, Overview(), LAND, wanted("vendor_named", vendor="X"), by="s", at=NOW)
            has_number.set()
            await may_commit.wait()

    async def quick() -> None:
        async with database.transaction() as tx:
            await record(tx, Overview(), MOPA, wanted("vendor_named", vendor="Y"), by="s", at=NOW)
        async with database.transaction() as tx:
            await overview.facts(tx)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(slow())
        await has_number.wait()
        second = tasks.create_task(quick())
        await until_waiting(database, second)
        may_commit.set()
    async with database.transaction() as tx:
        assert len(await overview.facts(tx)) == 2


def test_facts_are_only_added() -> None:
    """No statement changes or deletes one."""
    text = Path(queries.__file__).read_text(encoding="utf-8")
    assert not re.search(r"UPDATE facts\b|DELETE FROM facts\b", text)
