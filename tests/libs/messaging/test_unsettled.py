from datetime import UTC, datetime, timedelta

import pytest

from libs.database.transaction import Transaction
from libs.messaging import keptletter, unsettled
from libs.messaging.deadletter import DeadLetter
from libs.messaging.failedrow import FailedRow, keep_rows
from libs.messaging.unsettled import Wanted
from tests.libs.messaging.letters import keep_three, letter


@pytest.fixture
async def filled(tx: Transaction) -> Transaction:
    """Letters 1, 2 and 3."""
    await keep_three(tx)
    return tx


async def test_list_says_how_many_wait_behind_and_carries_no_content(filled: Transaction) -> None:
    """An operator sees at once which letter stops how much."""
    found = await unsettled.listed(filled, limit=10)
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
    ids = await unsettled.choose(filled, Wanted(reason=reason), limit=10)
    letters = [await keptletter.read_one(filled, each) for each in ids]
    records = [each.letter for each in letters if each]
    assert [each.origin.offset for each in records if isinstance(each, DeadLetter)] == offsets
    assert len(await unsettled.choose(filled, Wanted(ids=ids[:1]), limit=10)) <= 1


async def test_an_earlier_letter_of_the_key_holds_back_until_it_is_settled(
    filled: Transaction,
) -> None:
    """The waiting one may go when the one before it is settled, and is named as next."""
    waiting, first = letter(11, "waiting"), letter(10)
    assert await unsettled.is_held(filled, waiting)
    assert await unsettled.behind(filled, first) == [2]
    await keptletter.settle(filled, [1], how="replayed")
    assert not await unsettled.is_held(filled, waiting)


def failed(row_key: str, reason: str = "refused.by_ministry", party: str = "lgd") -> FailedRow:
    return FailedRow("hand over", row_key, party, reason, "status 422", 3, True, None)


async def test_records_and_rows_stand_in_one_list_with_their_owners(filled: Transaction) -> None:
    """A record is for the service's operators, a row for its party, a defect of ours for us."""
    await keep_rows(
        filled, [failed("a"), failed("b", "defect.KeyError"), failed("c", "unrecorded.X")]
    )
    found = await unsettled.listed(filled, limit=10)
    assert [(each.topic, each.worker, each.owner("ministries")) for each in found] == [
        *[("applications.v1", None, "ministries")] * 3,
        (None, "hand over", "lgd"),
        *[(None, "hand over", "ministries")] * 2,
    ]


async def test_a_window_of_time_and_a_party_narrow_list_and_replay_alike(
    filled: Transaction,
) -> None:
    """What failed last inside the window is meant, its beginning included and its end not."""
    await keep_rows(filled, [failed("a"), failed("b", party="mopa")])
    at = datetime(2026, 12, 16, 9, tzinfo=UTC)
    await filled.execute(
        "UPDATE dead_letters SET last_seen_at = $1::timestamptz + dead_letter_id * interval '1 h'",
        at,
    )
    window = Wanted(since=at + timedelta(hours=2), until=at + timedelta(hours=5))
    for wanted, ids in [(window, {2, 3, 4}), (Wanted(party="mopa"), {5})]:
        found = await unsettled.listed(filled, wanted, limit=10)
        assert {each.dead_letter_id for each in found} == ids
        assert set(await unsettled.choose(filled, wanted, limit=10)) == ids


async def test_the_list_goes_on_where_the_page_before_ended(filled: Transaction) -> None:
    """No letter is missed and none comes twice; what is settled shows only when asked for."""
    await keptletter.settle(filled, [1], how="replayed")
    first = await unsettled.listed(filled, limit=1)
    second = await unsettled.listed(filled, after=first[-1].dead_letter_id, limit=1)
    assert [each.dead_letter_id for each in (*first, *second)] == [2, 3]
    (settled,) = await unsettled.listed(filled, Wanted(ids=[1]), limit=1, also_settled=True)
    assert settled.settled_how == "replayed"
