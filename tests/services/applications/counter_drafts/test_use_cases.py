"""What an uddokta types with a citizen is the uddokta's alone, and gone after two hours."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.contracts.mandates import CounterDraft
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.applications.counter_drafts import use_cases
from services.applications.counter_drafts.use_cases import KEPT, MOST_KEPT

AT = datetime(2026, 11, 29, tzinfo=UTC)
RAHIM, KARIM = new_id(), new_id()
TYPED = {"typed": {"name_bn": "রহিমা"}}
EMPTY, DRAFT = CounterDraft(answers={"typed": {}}), CounterDraft(answers=TYPED)
SECOND = timedelta(seconds=1)


async def test_the_newest_answers_are_read_by_who_typed_them_only(tx: Transaction) -> None:
    """Another uddokta neither reads nor writes nor deletes them."""
    draft_id = new_id()
    await use_cases.save_draft(tx, RAHIM, draft_id, EMPTY, at=AT)
    await use_cases.save_draft(tx, RAHIM, draft_id, DRAFT, at=AT)
    with pytest.raises(Refused, match="counter_draft_unknown"):
        await use_cases.save_draft(tx, KARIM, draft_id, EMPTY, at=AT)
    with pytest.raises(Refused, match="counter_draft_unknown"):
        await use_cases.read_draft(tx, KARIM, draft_id, at=AT)
    await use_cases.delete_draft(tx, KARIM, draft_id)
    assert await use_cases.read_draft(tx, RAHIM, draft_id, at=AT) == TYPED
    await use_cases.delete_draft(tx, RAHIM, draft_id)
    with pytest.raises(Refused, match="counter_draft_unknown"):
        await use_cases.read_draft(tx, RAHIM, draft_id, at=AT)


async def test_they_are_shown_for_two_hours_and_then_deleted(tx: Transaction) -> None:
    """Counted from the first save: whoever goes on saving keeps nothing of a citizen for longer."""
    draft_id = new_id()
    await use_cases.save_draft(tx, RAHIM, draft_id, EMPTY, at=AT - KEPT - SECOND)
    await use_cases.save_draft(tx, RAHIM, draft_id, DRAFT, at=AT)  # a new one in its place
    await use_cases.save_draft(tx, RAHIM, draft_id, DRAFT, at=AT + KEPT)
    assert await use_cases.read_draft(tx, RAHIM, draft_id, at=AT + KEPT) == TYPED
    assert await use_cases.delete_old_drafts(tx, at=AT + KEPT) == 0
    with pytest.raises(Refused, match="counter_draft_unknown"):
        await use_cases.read_draft(tx, RAHIM, draft_id, at=AT + KEPT + SECOND)
    assert await use_cases.delete_old_drafts(tx, at=AT + KEPT + SECOND) == 1


async def test_the_oldest_make_room_for_new_ones(tx: Transaction) -> None:
    """One uddokta's only: nobody fills the table, and nobody's answers go for another's."""
    other = new_id()
    await use_cases.save_draft(tx, KARIM, other, DRAFT, at=AT - SECOND)
    drafts = [new_id() for _ in range(MOST_KEPT + 1)]
    for place, draft_id in enumerate(drafts):
        await use_cases.save_draft(tx, RAHIM, draft_id, DRAFT, at=AT + place * SECOND)
    assert await tx.fetchval("SELECT count(*) FROM counter_drafts") == MOST_KEPT + 1
    with pytest.raises(Refused, match="counter_draft_unknown"):
        await use_cases.read_draft(tx, RAHIM, drafts[0], at=AT)
    assert await use_cases.read_draft(tx, RAHIM, drafts[1], at=AT) == TYPED
    assert await use_cases.read_draft(tx, KARIM, other, at=AT) == TYPED
