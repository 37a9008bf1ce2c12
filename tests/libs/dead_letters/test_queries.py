"""The SQL of dead letters and of the journal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from libs.database.transaction import Transaction
from libs.dead_letters import queries
from libs.dead_letters.rules import ALL, FailedRecord, JournalNote, Selection
from tests.libs.dead_letters.scenes import HEADERS, failed_job, failed_record
from tests.libs.messaging.scenes import SAMPLED

TOPIC = "applications.v1"


@pytest.fixture
async def filled(tx: Transaction) -> Transaction:
    """Dead letters 1 (defect), 2 (blocked by it) and 3 (unreadable, of another key)."""
    blocked = failed_record(11, "blocked")
    other = failed_record(9, "unreadable.not_json", key=b"other")
    await queries.insert_records(tx, [failed_record(10), blocked, other])
    return tx


async def ids(tx: Transaction, selection: Selection = ALL) -> list[int]:
    rows = await queries.list_dead_letters(tx, selection, limit=10)
    return [row["dead_letter_id"] for row in rows]


async def test_a_record_is_kept_once_with_its_trace(tx: Transaction) -> None:
    """However often a record comes again, there is one row."""
    first, second, third = (failed_record(offset) for offset in (1, 2, 3))
    assert len(await queries.insert_records(tx, [first, second])) == 2
    assert await queries.insert_records(tx, [first, second, third]) == {third.origin}
    kept = await queries.read_one(tx, 1)
    assert kept is not None
    assert kept.failed == replace(first, headers=list(HEADERS))


async def test_a_job_comes_back_as_it_was_kept(tx: Transaction) -> None:
    """A job has type, destination, key and trace, and no record."""
    await queries.insert_jobs(tx, [failed_job()])
    kept = await queries.read_one(tx, 1)
    assert kept is not None
    assert kept.failed == failed_job()


async def test_one_dead_letter_per_job_and_type(tx: Transaction) -> None:
    """The same failure recorded twice is new once; two types may have jobs with the same key."""
    assert await queries.insert_jobs(tx, [failed_job(), failed_job("b")]) == {
        ("hand over", "a"),
        ("hand over", "b"),
    }
    again = [failed_job("b"), failed_job("c"), failed_job(job_type="send")]
    assert await queries.insert_jobs(tx, again) == {("hand over", "c"), ("send", "a")}


async def test_a_job_that_fails_again_after_a_resend_opens_its_dead_letter(
    tx: Transaction,
) -> None:
    """It is a new final failure of the same dead letter: the attempts add up."""
    await queries.insert_jobs(tx, [failed_job()])
    await queries.settle_jobs(tx, "hand over", ["a", "unknown"], "answered")
    assert await ids(tx) == []
    assert len(await queries.insert_jobs(tx, [failed_job(reason="unavailable.lgd")])) == 1
    (found,) = await queries.list_dead_letters(tx, ALL, limit=10)
    assert (found["dead_letter_id"], found["reason"], found["attempts"]) == (
        1,
        "unavailable.lgd",
        6,
    )


async def test_only_an_open_blocking_record_blocks_its_key(tx: Transaction) -> None:
    """A key with such a record is found; settled ones and other topics are not."""
    records = [
        failed_record(5, key=b"blocked"),
        failed_record(4, key=b"blocked"),
        failed_record(6, key=b"free", blocks=False),
        failed_record(7, key=b"settled"),
        failed_record(8, key=None),
    ]
    await queries.insert_records(tx, records)
    await tx.execute("UPDATE dead_letters SET settled_at = now() WHERE topic_offset = 7")
    keys = [b"blocked", b"free", b"settled", b""]
    found = await queries.blocked_keys(tx, [TOPIC] * 4, keys)
    assert found == {(TOPIC, b"blocked")}
    assert await queries.blocked_keys(tx, ["notifications.v1"], [b"blocked"]) == set()
    assert await queries.any_blocking(tx, [TOPIC])
    assert not await queries.any_blocking(tx, ["notifications.v1"])


async def test_an_earlier_record_of_the_key_blocks_until_it_is_settled(filled: Transaction) -> None:
    """The later one follows when the one before it is settled."""
    first, blocked = failed_record(10), failed_record(11, "blocked")
    assert await queries.is_blocked(filled, 2, blocked)
    assert await queries.blocked_by(filled, 1, first) == [2]
    await queries.settle(filled, [1], how="replayed")
    assert not await queries.is_blocked(filled, 2, blocked)


async def test_a_dead_letter_is_settled_once(filled: Transaction) -> None:
    """The first way stands, and a settled one cannot be locked."""
    await queries.settle(filled, [1], how="replayed")
    await queries.settle(filled, [1], how="given up")
    assert await queries.lock_open(filled, 1) is None
    (row,) = await queries.list_dead_letters(filled, Selection(ids=[1]), limit=1, also_settled=True)
    assert row["settled_how"] == "replayed"


async def test_a_failed_attempt_is_counted_with_its_reason(filled: Transaction) -> None:
    """Attempts grow, and the newest reason stands; a refused record blocks no longer."""
    blocked = failed_record(11, "blocked")
    await queries.add_failed_attempt(filled, 1, reason="defect.x", detail="d")
    assert await reason_of(filled, 1) == ("defect.x", "d", 4)
    assert await queries.is_blocked(filled, 2, blocked)
    await queries.add_refusal(filled, 1, reason="refused.x", detail="d")
    assert await reason_of(filled, 1) == ("refused.x", "d", 5)
    assert not await queries.is_blocked(filled, 2, blocked)


async def test_a_refused_record_keeps_its_reason_when_a_replay_fails(filled: Transaction) -> None:
    """It goes on not blocking; the reason of a refused job, which has no mark, is the newest."""
    await queries.add_refusal(filled, 1, reason="refused.x", detail="d")
    await queries.insert_jobs(filled, [failed_job()])
    for dead_letter_id in (1, 4):
        await queries.add_failed_attempt(filled, dead_letter_id, reason="defect.x", detail="why")
    assert await reason_of(filled, 1) == ("refused.x", "defect.x: why", 5)
    assert await reason_of(filled, 4) == ("defect.x", "why", 4)
    assert not await queries.is_blocked(filled, 2, failed_record(11, "blocked"))


async def reason_of(tx: Transaction, dead_letter_id: int) -> tuple[str, str, int]:
    kept = await queries.lock_open(tx, dead_letter_id)
    assert kept is not None
    return kept.failed.reason, kept.failed.detail, kept.failed.attempts


async def test_the_list_counts_the_blocked_records_and_carries_no_content(
    filled: Transaction,
) -> None:
    """An operator sees how much a dead letter blocks."""
    rows = await queries.list_dead_letters(filled, ALL, limit=10)
    assert [(row["topic_offset"], row["blocked_count"]) for row in rows] == [
        (10, 1),
        (11, 0),
        (9, 0),
    ]
    assert not {"record_value", "headers", "record_key"} & set(rows[0].keys())


@pytest.mark.parametrize(
    ("reason", "offsets"),
    [
        (None, [10, 11, 9]),
        ("defect", [10]),
        ("defect.KeyError", [10]),
        ("defect.Key", []),
        ("blocked", [11]),
    ],
)
async def test_a_replay_follows_the_order_of_storing(
    filled: Transaction, reason: str | None, offsets: list[int]
) -> None:
    """Narrowed by kind or whole reason, the order is that in which the records failed."""
    found = await queries.select_ids(filled, Selection(reason=reason), after=0, limit=10)
    letters = [await queries.read_one(filled, each) for each, _ in found]
    records = [letter.failed for letter in letters if letter]
    assert [
        record.origin.offset for record in records if isinstance(record, FailedRecord)
    ] == offsets


async def test_list_count_and_replay_select_the_same(filled: Transaction) -> None:
    """A window includes its beginning and excludes its end; a destination selects its jobs."""
    await queries.insert_jobs(filled, [failed_job("a"), failed_job("b", destination="mopa")])
    at = datetime(2026, 12, 16, 9, tzinfo=UTC)
    await filled.execute(
        "UPDATE dead_letters SET last_seen_at = $1::timestamptz + dead_letter_id * interval '1 h'",
        at,
    )
    window = Selection(since=at + timedelta(hours=2), until=at + timedelta(hours=5))
    for selection, expected in [(window, {2, 3, 4}), (Selection(destination="mopa"), {5})]:
        assert set(await ids(filled, selection)) == expected
        found = await queries.select_ids(filled, selection, after=0, limit=10)
        assert {each for each, _ in found} == expected
        counts = await queries.count_selected(filled, selection)
        assert sum(count.number for count in counts) == len(expected)


async def test_the_list_goes_on_where_the_page_before_ended(filled: Transaction) -> None:
    """No dead letter is missed and none comes twice; settled ones are left out."""
    await queries.settle(filled, [1], how="replayed")
    (first,) = await queries.list_dead_letters(filled, ALL, limit=1)
    (second,) = await queries.list_dead_letters(filled, ALL, after=2, limit=1)
    assert [row["dead_letter_id"] for row in (first, second)] == [2, 3]
    assert first["trace_context"] == SAMPLED.text()


async def test_open_ones_are_counted_up_to_a_limit(filled: Transaction) -> None:
    """The dashboard shows the open ones."""
    await queries.settle(filled, [1], how="replayed")
    assert await queries.count_open(filled, limit=10) == 2
    assert await queries.count_open(filled, limit=1) == 1


async def test_only_settled_ones_are_deleted_and_only_after_their_time(
    filled: Transaction,
) -> None:
    """An open dead letter is kept, however old."""
    await filled.execute(
        "UPDATE dead_letters SET first_seen_at = now() - interval '9 years',"
        " settled_at = CASE dead_letter_id WHEN 1 THEN now() - interval '9 days'"
        " WHEN 2 THEN now() END"
    )
    assert await queries.delete_settled(filled, older_than_s=86_400, limit=10) == 1
    rows = await filled.fetch("SELECT dead_letter_id FROM dead_letters ORDER BY 1")
    assert [row["dead_letter_id"] for row in rows] == [2, 3]


async def test_the_journal_has_a_line_per_dead_letter(tx: Transaction) -> None:
    """The newest line comes first, page by page."""
    await queries.insert_journal(tx, JournalNote("rahim", "a look"), "look", [7])
    await queries.insert_journal(tx, JournalNote("karim", "fixed"), "replay", [8, 9])
    first = await queries.read_journal(tx, before=None, limit=2)
    assert [
        (journal_entry.actor, journal_entry.action, journal_entry.dead_letter_id)
        for journal_entry in first
    ] == [
        ("karim", "replay", 9),
        ("karim", "replay", 8),
    ]
    (last,) = await queries.read_journal(tx, before=first[-1].entry_no, limit=2)
    assert (last.actor, last.action, last.dead_letter_id, last.why) == (
        "rahim",
        "look",
        7,
        "a look",
    )
