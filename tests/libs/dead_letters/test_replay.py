"""Replays: in order, once, with the blocked records."""

import asyncio
from collections.abc import Collection
from typing import Any

import pytest

from libs.contracts.events import Event
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import queries
from libs.dead_letters.replay import Replay
from libs.dead_letters.rules import ALL, JournalNote, ManualActions, Selection
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.batch_transaction import Handler
from libs.messaging.reading.redelivery import redelivery
from libs.messaging.writing import outbox
from libs.telemetry.tracing import Tracing
from tests.conftest import DatabaseFor
from tests.libs.dead_letters.scenes import (
    Jobs,
    defective,
    failed_job,
    make_dead_letters,
    open_dead_letters,
    redeliver_to,
)
from tests.libs.messaging.scenes import (
    SAMPLED,
    RecordingHandler,
    broken,
    handling,
    raw,
    submitted,
    until_one_waits,
    withdrawn,
)


@pytest.fixture
async def database(database_for: DatabaseFor) -> Database:
    return await database_for("applications")


def replaying(database: Database, handler: Handler) -> Replay:
    return Replay(database, redeliver_to(handler), {})


async def open_letters(database: Database) -> list[tuple[int, str, int]]:
    found = await open_dead_letters(database)
    return [(each.dead_letter_id, each.reason, each.attempts) for each in found]


async def test_a_fixed_handler_gets_the_record_and_those_it_blocked_in_order(
    database: Database,
) -> None:
    """After a fix, one replay settles the bad record and all blocked ones, in order."""
    application, recorder = new_id(), RecordingHandler()
    await make_dead_letters(database, raw(submitted(application), 1))
    await make_dead_letters(
        database, raw(withdrawn(application), 2), raw(submitted(application), 3)
    )
    report = await replaying(database, recorder).run(ALL)
    assert [event.type for event in recorder.heard] == [
        "application_submitted",
        "application_withdrawn",
        "application_submitted",
    ]
    assert (report.settled, report.failed, report.blocked) == ([1, 2, 3], {}, [])
    assert await open_letters(database) == []


async def test_blocked_records_follow_even_when_only_the_first_was_selected(
    database: Database,
) -> None:
    """A replay of one dead letter, or one reason, includes what it blocks."""
    application, recorder = new_id(), RecordingHandler()
    await make_dead_letters(
        database, raw(submitted(application), 1), raw(withdrawn(application), 2)
    )
    report = await replaying(database, recorder).run(Selection(reason="defect"))
    assert report.settled == [1, 2]
    assert await open_letters(database) == []


async def test_a_blocked_record_never_overtakes(database: Database) -> None:
    """A replay of the later record alone does nothing."""
    application, recorder = new_id(), RecordingHandler()
    await make_dead_letters(
        database, raw(submitted(application), 1), raw(withdrawn(application), 2)
    )
    report = await replaying(database, recorder).run(Selection(ids=[2]))
    assert (report.settled, report.blocked) == ([], [2])
    assert recorder.heard == []


async def test_a_later_record_of_a_topic_made_again_waits_behind_the_open_one(
    database: Database,
) -> None:
    """Offsets of a topic that was deleted and made again are small; the order is still kept."""
    application, recorder = new_id(), RecordingHandler()
    await make_dead_letters(database, raw(submitted(application), 1_000))
    await make_dead_letters(database, raw(withdrawn(application), 3), handler=recorder)
    assert recorder.heard == []
    alone = await replaying(database, recorder).run(Selection(ids=[2]))
    assert (alone.settled, alone.blocked) == ([], [2])
    report = await replaying(database, recorder).run(Selection(ids=[1]))
    assert report.settled == [1, 2]
    assert [event.type for event in recorder.heard] == [
        "application_submitted",
        "application_withdrawn",
    ]


async def test_a_later_record_in_another_partition_waits_behind_the_open_one(
    database: Database,
) -> None:
    """A key whose partition changed keeps its order, whatever the offsets of both partitions."""
    application, recorder = new_id(), RecordingHandler()
    later = raw(withdrawn(application), 3)
    later.partition = 1
    await make_dead_letters(database, raw(submitted(application), 1_000), later)
    alone = await replaying(database, recorder).run(Selection(ids=[2]))
    assert (alone.settled, alone.blocked) == ([], [2])
    assert (await replaying(database, recorder).run(Selection(ids=[1]))).settled == [1, 2]
    assert [event.type for event in recorder.heard] == [
        "application_submitted",
        "application_withdrawn",
    ]


async def test_a_record_that_fails_at_the_place_of_a_settled_one_is_kept(
    database: Database,
) -> None:
    """In a topic that was made again, another record has the same partition and offset."""
    await make_dead_letters(database, raw(submitted(), 1))
    await replaying(database, RecordingHandler()).run(ALL)
    again = raw(submitted(), 1)
    for _ in range(2):
        await make_dead_letters(database, again)
    assert await open_letters(database) == [(2, "defect.KeyError", 3)]


async def test_a_redelivered_record_of_a_blocked_key_is_no_dead_letter(
    database: Database,
) -> None:
    """What had its effect before the key was blocked is dropped by the inbox, as always."""
    application, handled = new_id(), RecordingHandler()
    first = raw(submitted(application), 1)
    await make_dead_letters(database, first, handler=handled)
    await make_dead_letters(database, raw(withdrawn(application), 2))
    await make_dead_letters(database, first)
    assert await open_letters(database) == [(1, "defect.KeyError", 3)]
    assert len(handled.heard) == 1


async def test_a_replay_run_twice_does_nothing_twice(database: Database) -> None:
    """The second run finds nothing, and calls no handler."""
    recorder = RecordingHandler()
    await make_dead_letters(database, raw(submitted(), 1))
    await replaying(database, recorder).run(ALL)
    await replaying(database, recorder).run(Selection(ids=[1]))
    assert len(recorder.heard) == 1


async def test_two_replays_at_once_do_nothing_twice(database: Database) -> None:
    """In two replays at once, each record is handled once."""
    await make_dead_letters(database, *[raw(submitted(), offset) for offset in range(10)])
    recorder = RecordingHandler()
    reports = await asyncio.gather(
        replaying(database, recorder).run(ALL), replaying(database, recorder).run(ALL)
    )
    assert len(recorder.heard) == 10
    assert sorted(reports[0].settled + reports[1].settled) == list(range(1, 11))


async def test_a_record_that_fails_again_counts_the_attempt_and_goes_on_blocking(
    database: Database,
) -> None:
    """A failed replay changes only the count and the reason."""
    application = new_id()
    await make_dead_letters(
        database, raw(submitted(application), 1), raw(withdrawn(application), 2)
    )
    other = RecordingHandler(fails_on=lambda _: ValueError("still wrong"))
    report = await replaying(database, other).run(ALL)
    assert report.failed == {1: "defect.ValueError"}
    assert report.blocked == [2]
    assert await open_letters(database) == [(1, "defect.ValueError", 4), (2, "blocked", 1)]


async def test_an_effect_and_its_settling_are_one_transaction(database: Database) -> None:
    """A handler that fails leaves neither what it wrote nor a settled dead letter."""
    application = new_id()
    await make_dead_letters(database, raw(submitted(application), 1))

    async def write_and_fail(_: Batch[Any], tx: Transaction) -> None:
        await outbox.add(tx, [withdrawn(application)])
        raise Unavailable("database")

    before = await outbox_rows(database)
    with pytest.raises(Unavailable):
        await replaying(database, write_and_fail).run(ALL)
    assert await outbox_rows(database) == before
    assert await open_letters(database) == [(1, "defect.KeyError", 3)]


async def outbox_rows(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM outbox"))


async def test_a_refused_record_can_be_accepted_later(database: Database) -> None:
    """A refused record is handled again by a replay, although its mark is in the inbox."""

    async def refuse(batch: Batch[Any], _: Transaction) -> None:
        batch.refuse(batch.events[0], Refused("wrong_state"))

    recorder = RecordingHandler()
    await make_dead_letters(database, raw(submitted(), 1), handler=refuse)
    report = await replaying(database, refuse).run(ALL)
    assert report.failed == {1: "refused.wrong_state"}
    report = await replaying(database, recorder).run(ALL)
    assert report.settled == [1]
    assert len(recorder.heard) == 1


async def test_a_refused_record_is_handled_after_a_replay_that_failed(database: Database) -> None:
    """Its mark is that of the refusal, whatever went wrong in a replay meanwhile."""

    async def refuse(batch: Batch[Any], _: Transaction) -> None:
        batch.refuse(batch.events[0], Refused("wrong_state"))

    recorder = RecordingHandler()
    await make_dead_letters(database, raw(submitted(), 1), handler=refuse)
    report = await replaying(database, defective()).run(ALL)
    assert report.failed == {1: "defect.KeyError"}
    unheard = Replay(database, redelivery({}, Tracing("applications")), {})
    assert (await unheard.run(ALL)).failed == {1: "unreadable.unheard_topic"}
    report = await replaying(database, recorder).run(ALL)
    assert report.settled == [1]
    assert len(recorder.heard) == 1


async def test_a_final_refusal_no_longer_blocks(database: Database) -> None:
    """If the fixed handler refuses the record, the records that it blocked follow."""
    application, heard = new_id(), list[Event]()

    async def refuse_first(batch: Batch[Any], _: Transaction) -> None:
        (event,) = batch.events
        if event.type == "application_submitted":
            batch.refuse(event, Refused("wrong_state"))
        else:
            heard.append(event)

    await make_dead_letters(
        database, raw(submitted(application), 1), raw(withdrawn(application), 2)
    )
    report = await replaying(database, refuse_first).run(ALL)
    assert (report.failed, report.settled) == ({1: "refused.wrong_state"}, [2])
    assert len(heard) == 1


async def test_an_event_that_had_its_effect_otherwise_is_only_settled(database: Database) -> None:
    """A replay settles an event that was handled meanwhile, and does not handle it."""
    event, recorder = submitted(), RecordingHandler()
    await make_dead_letters(database, raw(event, 1))
    async with database.transaction() as tx:
        await tx.execute("UPDATE dead_letters SET blocks = false")
    await handling(database, recorder).handle([raw(event, 9)])
    report = await replaying(database, recorder).run(ALL)
    assert report.settled == [1]
    assert len(recorder.heard) == 1


async def test_what_cannot_be_read_still_cannot_be_read(database: Database) -> None:
    """An unreadable record keeps its reason; so does one of a topic without a consumer."""
    await make_dead_letters(database, broken(new_id(), 1))
    report = await replaying(database, RecordingHandler()).run(ALL)
    assert report.failed == {1: "unreadable.not_json"}
    deaf = Replay(database, redelivery({}, Tracing("applications")), {})
    assert (await deaf.run(ALL)).failed == {1: "unreadable.unheard_topic"}


async def test_records_that_come_meanwhile_wait_until_all_before_them_are_settled(
    database: Database,
) -> None:
    """New records are blocked until the replay of the earlier ones has ended."""
    application, recorder = new_id(), RecordingHandler()
    await make_dead_letters(database, raw(submitted(application), 1))
    live = handling(database, recorder)
    entered, may_end = asyncio.Event(), asyncio.Event()

    async def slowly(batch: Batch[Any], tx: Transaction) -> None:
        entered.set()
        await may_end.wait()
        await recorder(batch, tx)

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(replaying(database, slowly).run(ALL))
        await entered.wait()
        arriving = tasks.create_task(live.handle([raw(withdrawn(application), 2)]))
        await until_one_waits(database)
        assert not arriving.done()
        may_end.set()
    assert running.result().settled == [1]
    assert [event.type for event in recorder.heard] == [
        "application_submitted",
        "application_withdrawn",
    ]
    assert await open_letters(database) == []


async def test_replay_goes_on_in_the_trace_of_the_record(database: Database) -> None:
    """Events of a replay belong to the trace of the record."""
    recorder = RecordingHandler()
    await make_dead_letters(database, raw(submitted(), 1, trace=SAMPLED))
    await replaying(database, recorder).run(ALL)
    (event,) = recorder.heard
    assert event.trace is not None
    assert event.trace.trace_id == SAMPLED.trace_id


async def test_as_many_jobs_are_resent_as_there_are(database: Database) -> None:
    """Without a limit all, in the order of their failures; with one no more."""
    jobs = Jobs()
    async with database.transaction() as tx:
        await queries.insert_jobs(tx, [failed_job(f"{number:04}") for number in range(1_300)])
    replay = Replay(database, redeliver_to(RecordingHandler()), jobs.actions())
    assert (await replay.run(ALL, limit=600)).settled == list(range(1, 601))
    assert (await replay.run(ALL)).settled == list(range(601, 1_301))
    assert jobs.resent == sorted(jobs.resent)
    assert len(jobs.resent) == 1_300


async def test_a_job_that_breaks_its_resend_keeps_no_other_back(database: Database) -> None:
    """All that can be are resent, once; the broken one stays, with its reason."""
    resent: list[str] = []

    async def resend(_: Transaction, keys: Collection[str]) -> Collection[str]:
        if "b" in keys:
            raise KeyError("ours")
        resent.extend(keys)
        return keys

    actions = ManualActions(resend, Jobs().close, Jobs().show)
    async with database.transaction() as tx:
        await queries.insert_jobs(tx, [failed_job(key) for key in "abc"])
    replay = Replay(database, redeliver_to(RecordingHandler()), {"hand over": actions})
    report = await replay.run(ALL)
    assert (report.settled, report.failed) == ([1, 3], {2: "defect.KeyError"})
    assert resent == ["a", "c"]


async def test_a_job_is_resent_once_and_one_that_cannot_be_stays_open(database: Database) -> None:
    """A job is due once after two replays; a deleted job stays open."""
    jobs = Jobs()
    async with database.transaction() as tx:
        failed = [failed_job(), failed_job("gone"), failed_job(job_type="unknown")]
        await queries.insert_jobs(tx, failed)
    replay = Replay(database, redeliver_to(RecordingHandler()), jobs.actions())
    report = await replay.run(ALL)
    again = await replay.run(ALL)
    assert (report.settled, again.settled) == ([1], [])
    assert report.failed == dict.fromkeys((2, 3), "refused.cannot_be_resent")
    assert jobs.resent == ["a", "gone", "gone"]
    assert [(key, reason) for key, reason, _ in await open_letters(database)] == [
        (2, "refused.by_ministry"),
        (3, "refused.by_ministry"),
    ]


async def test_a_replay_by_an_operator_stands_in_the_journal(database: Database) -> None:
    """Each replayed dead letter has its line, with the reason given."""
    await make_dead_letters(database, raw(submitted(), 1), raw(submitted(), 2))
    note = JournalNote("rahim", "fixed")
    await replaying(database, RecordingHandler()).run(Selection(ids=[2]), note=note)
    async with database.transaction() as tx:
        (entry,) = await queries.read_journal(tx, before=None, limit=10)
    assert (entry.actor, entry.action, entry.dead_letter_id) == ("rahim", "replay", 2)
