from dataclasses import replace

import pytest

from libs.database.pool import Database
from libs.dead_letters import queries
from libs.dead_letters.rules import JournalNote, Selection
from libs.errors import Refused
from libs.ids import new_id
from tests.conftest import DatabaseFor
from tests.libs.dead_letters.scenes import (
    PHONE,
    Jobs,
    Scene,
    admin_of,
    failed_record,
    make_dead_letters,
    open_dead_letters,
    scene,
)
from tests.libs.messaging.scenes import (
    SAMPLED,
    RecordingHandler,
    handling,
    raw,
    submitted,
    withdrawn,
)

RAHIM = JournalNote("rahim", "ticket 4711")


@pytest.fixture
async def database(database_for: DatabaseFor) -> Database:
    return await database_for("applications")


@pytest.fixture
async def one(database: Database) -> Scene:
    return await scene(database)


async def ids(one: Scene) -> list[int]:
    return [letter_view.dead_letter_id for letter_view in await one.admin.list_open(limit=10)]


async def acts(one: Scene) -> list[tuple[str, str, int, str]]:
    entries = await one.admin.journal(before=None, limit=10)
    return [(entry.actor, entry.action, entry.dead_letter_id, entry.why) for entry in entries]


async def test_the_list_has_all_an_operator_needs_and_nothing_of_a_citizen(one: Scene) -> None:
    """Record and job: place, reason, attempts, times, owner, trace, age, blocked records."""
    record, blocked, job = await one.admin.list_open(limit=10)
    assert (record.topic, record.offset, record.reason) == ("applications.v1", 1, "defect.KeyError")
    assert (record.owner, record.attempts, record.blocked_count) == ("applications", 3, 1)
    assert (job.job_type, job.destination, job.owner) == ("hand over", "lgd", "lgd")
    assert (job.trace_id, job.attempts, job.blocks) == (SAMPLED.trace_id, 3, True)
    for letter_view in (record, blocked, job):
        assert letter_view.service == "applications"
        assert letter_view.first_seen_at <= letter_view.last_seen_at
        assert letter_view.age_s >= 0
        assert PHONE not in letter_view.model_dump_json()


async def test_the_full_view_is_in_the_journal(one: Scene) -> None:
    """The full view has all data of a record or job; the journal has actor, id and reason."""
    record = await one.admin.look(1, RAHIM)
    job = await one.admin.look(3, RAHIM)
    assert PHONE in (record.value or "")
    assert "ce_type" in {header.name for header in record.headers}
    assert job.job == {"job_key": "a", "phone": PHONE}
    assert await acts(one) == [
        ("rahim", "look", 3, "ticket 4711"),
        ("rahim", "look", 1, "ticket 4711"),
    ]


async def test_without_a_line_in_the_journal_nothing_is_shown(one: Scene) -> None:
    """If the journal entry cannot be written, the full view fails."""
    async with one.database.transaction() as tx:
        await tx.execute(
            "ALTER TABLE operators_journal ADD CONSTRAINT full_up CHECK (false) NOT VALID"
        )
    try:
        with pytest.raises(Exception, match="full_up"):
            await one.admin.look(1, RAHIM)
    finally:
        async with one.database.transaction() as tx:
            await tx.execute("ALTER TABLE operators_journal DROP CONSTRAINT full_up")


async def test_what_is_not_there_is_refused_and_not_journalled(one: Scene) -> None:
    """An unknown id is refused."""
    for ask in (one.admin.look(99, RAHIM), one.admin.show(99)):
        with pytest.raises(Refused, match="dead_letter_unknown"):
            await ask
    assert await acts(one) == []


async def test_a_replay_goes_one_by_one_by_reason_or_by_time(one: Scene) -> None:
    """Dead letters are replayed by id, reason or time; a repeat does nothing."""
    assert (await one.admin.replay(Selection(reason="defect"), RAHIM, limit=10)).settled == [1, 2]
    assert (await one.admin.replay(Selection(ids=[3]), RAHIM, limit=10)).settled == [3]
    assert (await one.admin.replay(Selection(), RAHIM, limit=10)).settled == []
    assert (len(one.recorder.heard), one.jobs.resent) == (2, ["a"])
    assert await ids(one) == []
    assert [(action, number) for _, action, number, _ in await acts(one)] == [
        ("replay", 3),
        ("replay", 1),
    ]


async def test_a_settled_record_has_no_effect_and_blocks_no_longer(one: Scene) -> None:
    """A settled record is not handled, the blocked one is; the service closes a settled job."""
    report = await one.admin.settle([1, 1, 3, 99], RAHIM)
    assert report.settled == [1, 2, 3]
    assert [event.type for event in one.recorder.heard] == ["application_withdrawn"]
    assert (one.jobs.closed, one.jobs.resent) == (["a"], [])
    assert (await one.admin.show(1)).settled_how == "settled manually"
    assert await acts(one) == [
        ("rahim", "settle", 3, "ticket 4711"),
        ("rahim", "settle", 1, "ticket 4711"),
    ]
    assert (await one.admin.settle([1, 3], RAHIM)).settled == []


async def test_a_settled_record_has_no_effect_when_it_is_read_again(database: Database) -> None:
    """After lost offsets too, neither one that failed nor one that it blocked is handled."""
    application, recorder = new_id(), RecordingHandler()
    records = [raw(submitted(application), 1), raw(withdrawn(application), 2)]
    await make_dead_letters(database, *records)
    await admin_of(database, recorder, Jobs()).settle([2, 1], RAHIM)
    await handling(database, recorder).handle([*records, raw(submitted(application), 3)])
    assert [event.type for event in recorder.heard] == ["application_submitted"]
    assert await open_dead_letters(database) == []


async def test_an_event_that_could_not_be_read_can_come_again_under_its_id(
    database: Database,
) -> None:
    """It is handled when its writer has corrected it, before or after the settlement."""
    recorder = RecordingHandler()
    for number, is_before in enumerate((True, False)):
        event = submitted()
        bad, corrected = raw(event, 2 * number), raw(event, 2 * number + 1)
        bad.value = b"{"
        await make_dead_letters(database, bad)
        (letter,) = await open_dead_letters(database)
        if is_before:
            await handling(database, recorder).handle([corrected])
        await admin_of(database, recorder, Jobs()).settle([letter.dead_letter_id], RAHIM)
        if not is_before:
            await handling(database, recorder).handle([corrected])
    assert len(recorder.heard) == 2
    assert await open_dead_letters(database) == []


async def test_what_has_no_event_is_settled_all_the_same(database: Database) -> None:
    """As a record whose headers are not those of an event, or an event that was not published."""
    async with database.transaction() as tx:
        unpublished = replace(failed_record(2, "unpublishable.too_large"), outbox_id=7)
        await queries.insert_records(tx, [failed_record(1), unpublished])
    report = await admin_of(database, RecordingHandler(), Jobs()).settle([1, 2], RAHIM)
    assert report.settled == [1, 2]
