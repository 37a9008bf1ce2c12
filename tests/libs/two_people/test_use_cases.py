import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from asyncpg import CheckViolationError

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.two_people import queries
from libs.two_people.rules import Act
from libs.two_people.use_cases import (
    approve,
    know_rejection,
    propose,
    read_acts,
    read_rejected,
    read_waiting,
    reject,
)
from tests.services.identity.running import until_waiting

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
SALMA, RAFIQ, KARIM = new_id(), new_id(), new_id()


def act(subject: str = "well 7", by: UUID = SALMA, *, minutes: int = 0) -> Act:
    """A proposal to close a well, so many minutes from now."""
    return Act(new_id(), subject, "close", "arsenic", by, NOW + timedelta(minutes=minutes))


async def test_another_person_approves_an_act_once(tx: Transaction) -> None:
    """Neither the one who proposed it, nor a third one afterwards; nor under another subject."""
    proposed = await propose(tx, act())
    with pytest.raises(Refused, match="second_person_needed"):
        await approve(tx, "well 7", proposed.act_id, SALMA, NOW)
    with pytest.raises(Refused, match="not_found"):
        await approve(tx, "well 8", proposed.act_id, RAFIQ, NOW)
    approved = await approve(tx, "well 7", proposed.act_id, RAFIQ, NOW)
    assert (approved.approved_by, approved.approved_at) == (RAFIQ, NOW)
    with pytest.raises(Refused, match="approved_before"):
        await approve(tx, "well 7", proposed.act_id, KARIM, NOW)
    assert await read_acts(tx, "well 7", after=None, limit=9) == [approved]


async def test_two_who_approve_at_once_are_one(database: Database) -> None:
    """The later one is refused, so that nothing is done twice."""
    async with database.transaction() as tx:
        proposed = await propose(tx, act())

    async def approval(by: UUID) -> str:
        try:
            async with database.transaction() as tx:
                await approve(tx, "well 7", proposed.act_id, by, NOW)
        except Refused as refused:
            return refused.code
        return "approved"

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await approve(tx, "well 7", proposed.act_id, RAFIQ, NOW)
        later = tasks.create_task(approval(KARIM))
        await until_waiting(database, later)
    assert later.result() == "approved_before"


async def test_a_repeated_proposal_waits_once(tx: Transaction) -> None:
    """Until it is approved; that of another person is another one."""
    first = await propose(tx, act())
    assert await propose(tx, act(minutes=1)) == first
    other = await propose(tx, act(by=KARIM, minutes=2))
    await approve(tx, "well 7", first.act_id, RAFIQ, NOW)
    again = await propose(tx, act(minutes=3))
    listed = await read_acts(tx, "well 7", after=None, limit=2)
    assert listed == [again, other]
    (last,) = await read_acts(tx, "well 7", after=other.act_id, limit=2)
    assert last.act_id == first.act_id


async def test_the_database_refuses_one_person(tx: Transaction) -> None:
    """Also where the code would not."""
    proposed = await propose(tx, act())
    with pytest.raises(CheckViolationError):
        await queries.save_answer(tx, replace(proposed, approved_by=SALMA))


async def test_what_was_rejected_is_not_approved(tx: Transaction) -> None:
    """By anybody, also who proposed it; it waits no more, and can be proposed again."""
    first, second = await propose(tx, act()), await propose(tx, act("well 8"))
    assert [waiting.act_id for waiting in await read_waiting(tx, limit=9)] == [
        first.act_id,
        second.act_id,
    ]
    rejected = await reject(tx, first.act_id, SALMA, NOW)
    assert (rejected.rejected_by, rejected.rejected_at) == (SALMA, NOW)
    with pytest.raises(Refused, match="rejected_before"):
        await approve(tx, "well 7", first.act_id, RAFIQ, NOW)
    with pytest.raises(Refused, match="rejected_before"):
        await reject(tx, first.act_id, RAFIQ, NOW)
    await approve(tx, "well 8", second.act_id, RAFIQ, NOW)
    with pytest.raises(Refused, match="approved_before"):
        await reject(tx, second.act_id, RAFIQ, NOW)
    assert await read_waiting(tx, limit=9) == []
    assert (await propose(tx, act(minutes=1))).act_id != first.act_id


async def test_who_proposed_reads_why_it_was_rejected_until_she_knows(tx: Transaction) -> None:
    """Another person gives a reason; who takes the own act back needs none, and reads nothing."""
    first, own = await propose(tx, act()), await propose(tx, act("well 8"))
    with pytest.raises(Refused, match="rejection_without_reason"):
        await reject(tx, first.act_id, RAFIQ, NOW)
    rejected = await reject(tx, first.act_id, RAFIQ, NOW, "no arsenic was found")
    await reject(tx, own.act_id, SALMA, NOW)
    assert await read_rejected(tx, SALMA, limit=9) == [rejected]
    assert await read_rejected(tx, RAFIQ, limit=9) == []
    for by, act_id in ((RAFIQ, first.act_id), (SALMA, (await propose(tx, act("well 9"))).act_id)):
        with pytest.raises(Refused, match="not_found"):
            await know_rejection(tx, act_id, by, NOW)
    known = await know_rejection(tx, first.act_id, SALMA, NOW)
    assert await know_rejection(tx, first.act_id, SALMA, NOW + timedelta(hours=1)) == known
    assert await read_rejected(tx, SALMA, limit=9) == []
