"""An erased citizen has neither number nor messages, whatever arrives later."""

import asyncio
from uuid import UUID

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters.queries import insert_jobs
from libs.dead_letters.rules import FailedJob
from libs.ids import new_id
from services.notifications.codes.use_cases import write_codes
from services.notifications.contacts.use_cases import save_contacts
from services.notifications.erasure.use_cases import erase_citizen
from services.notifications.messages.use_cases import write_messages
from tests.services.notifications.scenes import (
    CITIZEN,
    CODE,
    GUARDIAN,
    PHONE,
    claimed,
    claimed_codes,
    claimed_notices,
    code_requested,
    contact,
    decided,
    delayed,
    erased,
    everything_stored,
    notice_requested,
    sent_for_another,
    waiting_code,
    waiting_message,
)
from tests.services.scenes import left_alone


async def test_number_messages_and_codes_are_deleted(tx: Transaction) -> None:
    """The confirmation counts them; a repeat confirms the same event and finds nothing."""
    message_id = await waiting_message(tx)
    await waiting_code(tx)
    await save_contacts(tx, [sent_for_another(application_id=new_id())])
    failed = FailedJob(
        job_type="send_messages",
        job_key=str(message_id),
        destination="sms",
        reason="defect.KeyError",
        detail="",
        attempts=1,
        blocks=False,
        trace=None,
    )
    await insert_jobs(tx, [failed])
    event = erased()
    confirmed = await erase_citizen(tx, event)
    again = await erase_citizen(tx, event)
    stored = await everything_stored(tx)
    assert PHONE not in stored
    assert GUARDIAN not in stored
    assert CODE not in stored
    assert "s1:" not in stored
    assert confirmed.citizen_id == CITIZEN
    deleted = {name: count for name, count in confirmed.deleted.items() if count}
    assert deleted == {
        "contacts": 1,
        "application_contacts": 1,
        "messages": 3,
        "dead_letters": 1,
    }
    assert again.event_id == confirmed.event_id
    assert set(again.deleted.values()) == {0}


async def test_nothing_that_comes_later_brings_the_citizen_back(tx: Transaction) -> None:
    """Contacts, events, codes and notices write nothing, from before the erasure or after it."""
    await erase_citizen(tx, erased(minutes=1))
    for_another = sent_for_another(application_id=new_id())
    await save_contacts(tx, [contact(minutes=0), notice_requested(), for_another])
    await save_contacts(tx, [contact(minutes=5)])
    await write_messages(tx, [delayed()])
    await write_codes(tx, [code_requested()])
    assert await claimed(tx) == []
    assert await claimed_codes(tx) == []
    assert "s1:" not in await everything_stored(tx)


async def test_a_notice_that_comes_during_the_erasure_does_not_outlive_it(
    database: Database,
) -> None:
    """It waits for the erasure, and is not written then: it would be kept until it has arrived."""

    async def write() -> None:
        async with database.transaction() as tx:
            await save_contacts(tx, [notice_requested()])

    async with database.transaction() as tx:
        await save_contacts(tx, [contact()])
    async with asyncio.TaskGroup() as group, database.transaction() as tx:
        await erase_citizen(tx, erased(minutes=1))
        group.create_task(write())
        await asyncio.sleep(0.5)
    async with database.transaction() as tx:
        assert "s1:" not in await everything_stored(tx)


async def test_a_guardians_number_is_deleted_with_her_account(tx: Transaction) -> None:
    """The ward's news wait and go nowhere; those to another guardian are sent."""
    ward, guardian = UUID(int=2), UUID(int=3)
    hers, others = new_id(), new_id()
    await save_contacts(tx, [contact(citizen_id=guardian, phone=GUARDIAN)])
    consents = [
        sent_for_another(citizen_id=ward, application_id=hers),
        sent_for_another(citizen_id=ward, application_id=others, phone=PHONE),
    ]
    await save_contacts(tx, consents)
    delays = [delayed(citizen_id=ward, application_id=which) for which in (hers, others)]
    await write_messages(tx, delays)
    confirmed = await erase_citizen(tx, erased(citizen_id=guardian))
    found = {name: count for name, count in confirmed.deleted.items() if count}
    assert found == {"contacts": 1, "application_contacts": 1, "notices": 1}
    await write_messages(tx, [decided(hers, citizen_id=ward)])
    assert [message.address for message in await claimed(tx)] == [PHONE]
    assert [notice.address for notice in await claimed_notices(tx)] == [PHONE]
    waiting = await tx.fetch("SELECT application_id FROM messages WHERE due_at IS NULL")
    assert [row["application_id"] for row in waiting] == [hers, hers]
    assert set((await erase_citizen(tx, erased(citizen_id=guardian))).deleted.values()) == {0}


async def test_a_guardians_number_does_not_return_when_topics_are_read_again(
    tx: Transaction,
) -> None:
    """After a restore her erasure is read first, then what was sent to her number before it."""
    guardian, ward = UUID(int=3), UUID(int=2)
    await erase_citizen(tx, erased(citizen_id=guardian, minutes=1))
    of_before = [
        sent_for_another(citizen_id=ward, application_id=new_id(), phone_of=guardian),
        sent_for_another(citizen_id=ward, application_id=None, phone_of=guardian),
    ]
    await save_contacts(tx, of_before)
    assert "s1:" not in await everything_stored(tx)
    assert await claimed_notices(tx) == []
    other = sent_for_another(citizen_id=ward, application_id=new_id(), phone_of=UUID(int=4))
    await save_contacts(tx, [*of_before, other])
    assert [notice.address for notice in await claimed_notices(tx)] == [GUARDIAN]


async def test_another_citizen_is_not_affected(tx: Transaction) -> None:
    """Only the citizen of the event is erased."""
    message_id = await waiting_message(tx)
    await erase_citizen(tx, erased(citizen_id=delayed().application_id))
    assert [message.message_id for message in await claimed(tx)] == [message_id]


async def test_no_table_is_forgotten(tx: Transaction) -> None:
    """The erasure looks at each table that names a citizen or has an encrypted column."""
    await waiting_message(tx)  # a notice goes with its message
    assert await left_alone(tx, "notifications", erase_citizen(tx, erased())) == set()
