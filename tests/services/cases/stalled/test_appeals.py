"""An appeal that nobody may hear is named at once, whatever clock runs."""

import pytest

from libs.database.pool import Database
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from services.cases.officers.rules import Officer
from services.cases.officers.use_cases import save_officers
from services.cases.queues.use_cases import read_unmanned
from services.cases.stalled.capability import Searches
from services.cases.stalled.rules import Search
from services.cases.stalled.use_cases import look_on
from tests.services.cases.scenes import (
    MEMBER,
    NOW,
    SECRETARY,
    UNION,
    Desk,
    acted,
    appealed,
    changed_officer,
    submitted,
)

REGISTRAR = Officer(new_id(), "lgd", UNION.office_id, frozenset({"registrar"}))
UNO = Officer(new_id(), "lgd", UNION.office_id, frozenset({"uno"}))


async def found(database: Database) -> int:
    """How many cases a whole search names."""
    async with database.transaction() as tx:
        return len((await look_on(tx, Search(), NOW, limit=9)).found)


@pytest.mark.parametrize(
    ("hears", "is_named"),
    [((REGISTRAR,), True), ((REGISTRAR, UNO), False), ((), True)],
    ids=["who decided", "another one, too", "nobody"],
)
async def test_an_appeal_before_who_decided_is_named_at_once(
    database: Database, hears: tuple[Officer, ...], *, is_named: bool
) -> None:
    """The clock of the step gives the case to the same duty, so it hides nothing."""
    desk, first = await Desk(database).prepare(), submitted("S001")
    await desk.take_in(first)
    async with database.transaction() as tx:
        await save_officers(
            tx,
            [
                changed_officer(
                    officer_id=one.officer_id, office_id=UNION.office_id, duties=("uno",)
                )
                for one in hears
            ],
        )
    for officer, action in ((MEMBER, "attest"), (SECRETARY, "forward")):
        await acted(desk, officer, first.event_id, action)
    await acted(desk, REGISTRAR, first.event_id, "refuse", note="জন্ম তারিখ মেলে না")
    assert await found(database) == 0
    await desk.take_in(appealed(first))
    assert await found(database) == int(is_named)
    async with database.transaction() as tx:
        searches = Searches(Metrics("cases"), at_once=9)
        await searches.look_on(tx)
        for ministry, is_theirs in ((None, True), ("lgd", True), ("psd", False)):
            rows = await read_unmanned(tx, ministry)
            at = [(row.office_id, row.duty, row.cases) for row in rows]
            assert at == [(UNION.office_id, "uno", 1)] * (is_named and is_theirs)
        await save_officers(
            tx, [changed_officer(office_id=UNION.office_id, duties=("uno",), officer_id=new_id())]
        )
        await searches.look_on(tx)
        assert await read_unmanned(tx, None) == []
    assert await desk.rows("SELECT kind FROM timers") == [("escalation",)]


async def test_what_was_sent_back_is_done_by_who_did_it_before(database: Database) -> None:
    """It is no appeal any more, and the first officers have it again."""
    desk, first = await Desk(database).prepare(), submitted("S001")
    await desk.take_in(first)
    async with database.transaction() as tx:
        of_union = {"office_id": UNION.office_id, "duties": ("secretary",)}
        await save_officers(tx, [changed_officer(officer_id=SECRETARY.officer_id, **of_union)])
    for officer, action in ((MEMBER, "attest"), (SECRETARY, "forward")):
        await acted(desk, officer, first.event_id, action)
    await acted(desk, REGISTRAR, first.event_id, "refuse", note="জন্ম তারিখ মেলে না")
    await desk.take_in(appealed(first))
    await acted(desk, UNO, first.event_id, "served", papers={"appeal_notice_served": "17"})
    await acted(desk, UNO, first.event_id, "remand", papers={"appeal_record": "18"})
    assert (await desk.file(first)).state.step == "enter"
    assert await found(database) == 0
