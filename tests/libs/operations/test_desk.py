import pytest

from libs.errors import Refused
from libs.messaging.journal import By
from libs.messaging.unsettled import Wanted
from tests.conftest import DatabaseFor
from tests.libs.messaging.scene import SAMPLED
from tests.libs.operations.scene import PHONE, Scene, scene

RAHIM = By("rahim", "ticket 4711")


@pytest.fixture
async def one(database_for: DatabaseFor) -> Scene:
    return await scene(await database_for("applications"))


async def ids(one: Scene) -> list[int]:
    return [each.dead_letter_id for each in await one.desk.listed(limit=10)]


async def acts(one: Scene) -> list[tuple[str, str, int, str]]:
    entries = await one.desk.journal(before=None, limit=10)
    return [(each.actor, each.action, each.dead_letter_id, each.why) for each in entries]


async def test_the_list_has_all_an_operator_needs_and_nothing_of_a_citizen(one: Scene) -> None:
    """Record and row side by side: place, reason, tries, times, owner, trace, age, who waits."""
    record, waiting, row = await one.desk.listed(limit=10)
    assert (record.topic, record.offset, record.reason) == ("applications.v1", 1, "defect.KeyError")
    assert (record.owner, record.attempts, record.waiting_behind) == ("applications", 3, 1)
    assert (row.worker, row.party, row.owner) == ("hand over", "lgd", "lgd")
    assert (row.trace_id, row.attempts, row.holds_back) == (SAMPLED.trace_id, 3, True)
    for each in (record, waiting, row):
        assert each.service == "applications"
        assert each.first_seen_at <= each.last_seen_at
        assert each.age_s >= 0
        assert PHONE not in each.model_dump_json()


async def test_a_look_gives_everything_and_stands_in_the_journal(one: Scene) -> None:
    """Of a record its bytes, of a row all of it; who looked, at which, and why."""
    record = await one.desk.look(1, RAHIM)
    row = await one.desk.look(3, RAHIM)
    assert PHONE in (record.value or "")
    assert "ce_type" in {header.name for header in record.headers}
    assert row.row == {"row_key": "a", "phone": PHONE}
    assert await acts(one) == [
        ("rahim", "look", 3, "ticket 4711"),
        ("rahim", "look", 1, "ticket 4711"),
    ]


async def test_without_a_line_in_the_journal_nothing_is_given_out(one: Scene) -> None:
    """The look and its line are one transaction: where the journal cannot be written, no look."""
    async with one.database.transaction() as tx:
        await tx.execute(
            "ALTER TABLE operators_journal ADD CONSTRAINT full_up CHECK (false) NOT VALID"
        )
    try:
        with pytest.raises(Exception, match="full_up"):
            await one.desk.look(1, RAHIM)
    finally:
        async with one.database.transaction() as tx:
            await tx.execute("ALTER TABLE operators_journal DROP CONSTRAINT full_up")


async def test_what_is_not_there_is_refused_and_not_journalled(one: Scene) -> None:
    """A number that is none of ours."""
    for ask in (one.desk.look(99, RAHIM), one.desk.one(99)):
        with pytest.raises(Refused, match="dead_letter_unknown"):
            await ask
    assert await acts(one) == []


async def test_a_replay_goes_one_by_one_by_reason_or_by_time(one: Scene) -> None:
    """What waits behind follows; the row is made due by its service; twice does nothing twice."""
    assert (await one.desk.replay(Wanted(reason="defect"), RAHIM, limit=10)).settled == [1, 2]
    assert (await one.desk.replay(Wanted(ids=[3]), RAHIM, limit=10)).settled == [3]
    assert (await one.desk.replay(Wanted(), RAHIM, limit=10)).settled == []
    assert (len(one.hearing.heard), one.rows.resent) == (2, ["a"])
    assert await ids(one) == []
    assert [(action, number) for _, action, number, _ in await acts(one)] == [
        ("replay", 3),
        ("replay", 1),
    ]


async def test_settling_by_hand_lets_go_what_waits_and_gives_no_effect(one: Scene) -> None:
    """The bad record is closed unheard, the one behind it is heard; the row's service lets go."""
    report = await one.desk.settle([1, 1, 3, 99], RAHIM)
    assert report.settled == [1, 2, 3]
    assert [event.type for event in one.hearing.heard] == ["application_withdrawn"]
    assert (one.rows.closed, one.rows.resent) == (["a"], [])
    assert (await one.desk.one(1)).settled_how == "settled by hand"
    assert await acts(one) == [
        ("rahim", "settle", 3, "ticket 4711"),
        ("rahim", "settle", 1, "ticket 4711"),
    ]
    assert (await one.desk.settle([1, 3], RAHIM)).settled == []
