import pytest

from libs.database.transaction import Transaction
from libs.messaging import unsettled
from libs.messaging.deadletter import DeadLetter, Origin, keep
from libs.messaging.envelope import Headers

HEADERS: Headers = (("x", b"\xff"), ("y", b""))


def letter(offset: int, reason: str = "defect.KeyError", *, key: bytes = b"k") -> DeadLetter:
    origin = Origin("applications.v1", 0, offset)
    return DeadLetter(origin, key, b"value", HEADERS, reason, "why", 3, holds_back=True)


@pytest.fixture
async def filled(tx: Transaction) -> Transaction:
    """Letters 1 (defect), 2 (waiting behind it) and 3 (unreadable, of another key)."""
    kept = [letter(10), letter(11, "waiting"), letter(9, "unreadable.not_json", key=b"other")]
    await keep(tx, "applications", kept)
    return tx


async def test_list_says_how_many_wait_behind_and_carries_no_content(filled: Transaction) -> None:
    """An operator sees at once which letter stops how much."""
    found = await unsettled.listed(filled, reason=None, limit=10)
    assert [(each.topic_offset, each.waiting_behind) for each in found] == [
        (10, 1),
        (11, 0),
        (9, 0),
    ]
    assert not any(hasattr(each, "value") or hasattr(each, "headers") for each in found)


@pytest.mark.parametrize(
    ("reason", "offsets"),
    [
        (None, [9, 10, 11]),
        ("defect", [10]),
        ("defect.KeyError", [10]),
        ("defect.Key", []),
        ("waiting", [11]),
    ],
)
async def test_replay_goes_through_them_in_the_order_of_the_topic(
    filled: Transaction, reason: str | None, offsets: list[int]
) -> None:
    """Narrowed by kind or whole reason, the order is that of the records."""
    ids = await unsettled.to_replay(filled, ids=None, reason=reason, limit=10)
    letters = [await unsettled.read_one(filled, each) for each in ids]
    assert [each.letter.origin.offset for each in letters if each] == offsets
    assert len(await unsettled.to_replay(filled, ids=ids[:1], reason=None, limit=10)) <= 1


async def test_a_letter_comes_back_as_it_was_kept(filled: Transaction) -> None:
    """Bytes, headers and counts are those of the record."""
    kept = await unsettled.lock_one(filled, 1)
    assert kept is not None
    assert (kept.letter.key, kept.letter.value) == (b"k", b"value")
    assert kept.letter.headers == list(HEADERS)
    assert kept.letter.attempts == 3


async def test_what_is_settled_is_locked_by_nobody(filled: Transaction) -> None:
    """A letter is settled once; the first word stands."""
    await unsettled.settle(filled, [1], how="replayed")
    await unsettled.settle(filled, [1], how="given up")
    assert await unsettled.lock_one(filled, 1) is None
    assert await filled.fetchval(
        "SELECT settled_how FROM dead_letters WHERE topic_offset = 10"
    ) == ("replayed")


async def test_an_earlier_letter_of_the_key_holds_back_until_it_is_settled(
    filled: Transaction,
) -> None:
    """The waiting one may go when the one before it is settled, and is named as next."""
    waiting, first = letter(11, "waiting"), letter(10)
    assert await unsettled.is_held(filled, waiting)
    assert await unsettled.behind(filled, first) == [2]
    await unsettled.settle(filled, [1], how="replayed")
    assert not await unsettled.is_held(filled, waiting)


async def test_a_failed_attempt_is_counted_with_its_reason(filled: Transaction) -> None:
    """Attempts grow, the newest reason stands, first seen stays."""
    await unsettled.note_attempt(filled, 1, reason="refused.x", detail="d", holds_back=False)
    kept = await unsettled.read_one(filled, 1)
    assert kept is not None
    assert (kept.letter.reason, kept.letter.attempts) == ("refused.x", 4)
    assert not await unsettled.is_held(filled, letter(11, "waiting"))
