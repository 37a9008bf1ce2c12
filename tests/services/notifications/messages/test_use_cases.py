"""Messages are written once, and their contacts are looked up when they are claimed."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters.rules import BlockedApplication
from libs.ids import new_id
from libs.jobs import Lease
from services.notifications.codes.use_cases import SEND_CODES, write_codes
from services.notifications.contacts.use_cases import save_contacts
from services.notifications.messages.queries import lock_contacts
from services.notifications.messages.rules import DueMessage
from services.notifications.messages.use_cases import (
    SEND_MESSAGES,
    announce_blocked,
    write_messages,
)
from services.notifications.public_services.queries import save_public_services
from services.notifications.sending.use_cases import resend_messages, show
from tests.conftest import DatabaseFor
from tests.services.notifications.scenes import (
    CALL,
    GUARDIAN,
    LEASE,
    NUMBER,
    PHONE,
    TRACE,
    announced,
    claimed,
    code_requested,
    contact,
    contact_removed,
    decided,
    delayed,
    everything_stored,
    message_id_of,
    public_service,
    put,
    received,
    sent_for_another,
    state_of,
    submitted,
    waiting_message,
)

SEALED = "s1:"


async def test_a_repeated_event_makes_one_message(tx: Transaction) -> None:
    """The message has the event's trace; an event without a template changes nothing."""
    await save_contacts(tx, [contact()])
    event = delayed()
    for _ in range(3):
        await write_messages(tx, [event, received(event.application_id)])
    (message,) = await claimed(tx)
    assert (message.message_id, message.trace) == (message_id_of(event), TRACE)


async def test_the_runner_of_this_process_starts_new_messages_and_codes(
    database_for: DatabaseFor,
) -> None:
    """After the commit, as many as it has free slots for; runners are woken for the others."""
    database = await database_for("notifications")
    woken: list[str] = []
    runners = {}
    for queue in (SEND_MESSAGES, SEND_CODES):
        runners[queue.name] = RunnerWithRoom(1)
        database.attach_runner(queue.name, runners[queue.name])
        database.on_notification(queue.name, partial(woken.append, queue.name))
    messages, codes = [delayed(), delayed()], [code_requested(), code_requested()]
    async with database.transaction() as tx:
        await save_contacts(tx, [contact()])
        await write_messages(tx, messages[:1])
        await write_codes(tx, codes[:1])
        assert not any(runner.started for runner in runners.values())
    assert (runners["send_messages"].started, runners["send_codes"].started) == (
        [message_id_of(messages[0])],
        [message_id_of(codes[0])],
    )
    assert woken == []
    async with database.transaction() as tx:
        await write_messages(tx, messages)
        await write_codes(tx, codes)
    assert [runner.started[1:] for runner in runners.values()] == [[], []]
    assert sorted(woken) == ["send_codes", "send_messages"]


class RunnerWithRoom:
    """A job runner with a number of free slots; it stores the jobs that it is given."""

    def __init__(self, room: int) -> None:
        self.started: list[UUID] = []
        self._lease = replace(LEASE, limit=room)

    def lease(self) -> Lease:
        """The free slots for new jobs."""
        return self._lease

    def start(self, jobs: Sequence[DueMessage]) -> None:
        """Start claimed jobs."""
        self.started += [job.message_id for job in jobs]


async def test_a_message_waits_for_its_contact(tx: Transaction) -> None:
    """A message without a contact is due when the contact is saved."""
    await write_messages(tx, [delayed()])
    assert await claimed(tx) == []
    await save_contacts(tx, [contact()])
    assert [message.address for message in await claimed(tx)] == [PHONE]


async def test_a_message_that_waited_for_its_contact_is_tried_like_a_new_one(
    tx: Transaction,
) -> None:
    """However long it waited: its days begin when there is a number."""
    await write_messages(tx, [delayed()])
    await tx.execute("UPDATE messages SET created_at = now() - interval '8 days'")
    await save_contacts(tx, [contact()])
    (due,) = await claimed(tx)
    assert datetime.now(UTC) - due.created_at < timedelta(minutes=1)


async def test_a_message_is_sent_to_the_newest_contact(tx: Transaction) -> None:
    """A contact that changes while a message waits is used for it."""
    await waiting_message(tx)
    later = contact(phone="+8801999999999", language="en", minutes=1)
    await save_contacts(tx, [later])
    (message,) = await claimed(tx)
    assert message.address == "+8801999999999"
    assert message.text.startswith("Application")


async def test_an_older_contact_that_arrives_later_is_dropped(tx: Transaction) -> None:
    """A replayed change does not replace a newer number."""
    await save_contacts(tx, [contact(minutes=2)])
    await save_contacts(tx, [contact(phone="+8801999999999", minutes=1)])
    await write_messages(tx, [delayed()])
    assert [message.address for message in await claimed(tx)] == [PHONE]


async def test_a_concurrent_contact_and_message_make_the_message_due(
    database: Database,
) -> None:
    """The order of the two commits makes no difference."""
    for number in range(1, 21):
        citizen_id = UUID(int=number)
        if number % 2:  # also with a row that an earlier message has made
            async with database.transaction() as tx:
                await lock_contacts(tx, [citizen_id])
        await _both_at_once(database, citizen_id)
    async with database.transaction() as tx:
        assert len(await claimed(tx)) == 20


async def _both_at_once(database: Database, citizen_id: UUID) -> None:
    """Write a message and its contact in two transactions that overlap until their commits."""
    first_half = asyncio.Barrier(2)

    async def write() -> None:
        async with database.transaction() as tx:
            await write_messages(tx, [delayed(citizen_id=citizen_id)])
            await _meet(first_half)

    async def save() -> None:
        async with database.transaction() as tx:
            await save_contacts(tx, [contact(citizen_id=citizen_id)])
            await _meet(first_half)

    await asyncio.gather(write(), save())


async def _meet(barrier: asyncio.Barrier) -> None:
    """Wait a moment for the other transaction; it cannot come if our lock blocks it."""
    try:
        async with asyncio.timeout(0.02):
            await barrier.wait()
    except (TimeoutError, asyncio.BrokenBarrierError):
        return


async def test_a_message_begins_with_the_name_of_the_public_service(
    tx: Transaction,
) -> None:
    """Without a known name it has the tracking number only; the newest name counts."""
    await waiting_message(tx)
    (bare,) = await claimed(tx)
    assert NUMBER in bare.text
    assert bare.text.startswith("আবেদন")
    await save_public_services(tx, [public_service("পাসপোর্ট", minutes=1)])
    await save_public_services(tx, [public_service("পুরোনো নাম", minutes=0)])
    await SEND_MESSAGES.release(tx, "one")
    (named,) = await claimed(tx)
    assert named.text.startswith("পাসপোর্ট: ")


async def test_neither_number_nor_text_is_stored_with_a_message(tx: Transaction) -> None:
    """The number is in the contact only, encrypted."""
    await waiting_message(tx)
    stored = await everything_stored(tx)
    assert PHONE not in stored
    assert stored.count(SEALED) == 1
    await save_contacts(tx, [contact_removed()])
    assert SEALED not in await everything_stored(tx)


async def test_messages_wait_while_a_citizen_has_no_number(tx: Transaction) -> None:
    """They are sent to the number that the account gets next."""
    await waiting_message(tx)
    await save_contacts(tx, [contact_removed(minutes=1)])
    assert await claimed(tx) == []
    await save_contacts(tx, [contact(phone="+8801812345678", minutes=2)])
    (message,) = await claimed(tx)
    assert message.address == "+8801812345678"


@pytest.mark.parametrize("is_first", [True, False])
async def test_news_go_to_the_number_that_consented_for_a_citizen_without_one(
    tx: Transaction, *, is_first: bool
) -> None:
    """For whom and where, and not what was decided; of this application only, in any order."""
    news = decided(new_id())
    number = sent_for_another(application_id=news.application_id)
    other = decided(new_id())
    await save_contacts(tx, [contact_removed(minutes=0)])
    if is_first:
        await save_contacts(tx, [number])
    await write_messages(tx, [news, other])
    if not is_first:
        assert await claimed(tx) == []
        await save_contacts(tx, [number])
    await save_contacts(tx, [contact_removed(minutes=1)])  # again: what is due stays due
    (message,) = await claimed(tx)
    assert (message.message_id, message.address) == (message_id_of(news), GUARDIAN)
    assert message.text.startswith("র.খ.: ")
    assert NUMBER in message.text
    assert "কেন্দ্রে" in message.text
    assert "মঞ্জুর" not in message.text
    stored = await everything_stored(tx)
    assert GUARDIAN not in stored
    assert "র.খ." not in stored


async def test_a_number_of_her_own_gets_the_news_from_then_on(tx: Transaction) -> None:
    """The one that consented gets no more."""
    news = decided(new_id())
    await save_contacts(tx, [sent_for_another(application_id=news.application_id)])
    await save_contacts(tx, [contact()])
    await write_messages(tx, [news])
    (message,) = await claimed(tx)
    assert message.address == PHONE
    assert "মঞ্জুর" in message.text


async def test_news_that_failed_are_sent_again_to_the_number_that_consented(
    tx: Transaction,
) -> None:
    """An operator sees that number, and sends again."""
    news = decided(new_id())
    await save_contacts(tx, [sent_for_another(application_id=news.application_id)])
    await write_messages(tx, [news])
    await put(tx, message_id_of(news), "failed")
    shown = await show(tx, str(message_id_of(news)))
    assert shown is not None
    assert (shown["phone"], shown["damaged"]) == (GUARDIAN, False)
    assert await resend_messages(tx, [str(message_id_of(news))]) == {str(message_id_of(news))}
    (message,) = await claimed(tx)
    assert message.address == GUARDIAN


async def test_messages_of_one_application_are_claimed_in_order(tx: Transaction) -> None:
    """A later message is not sent before an earlier one."""
    await save_contacts(tx, [contact()])
    first = delayed()
    second = decided(first.application_id)
    await write_messages(tx, [first, second])
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(first)]
    await put(tx, message_id_of(first), "sent")
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(second)]


async def test_a_confirmation_waits_for_the_first_answer_of_the_ministry(tx: Transaction) -> None:
    """It is not due at once, and goes out when nothing has come by the end of its wait."""
    await save_contacts(tx, [contact()])
    event = submitted()
    await write_messages(tx, [event])
    assert await claimed(tx) == []
    await end_wait(tx)
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(event)]


async def test_nobody_is_woken_for_a_confirmation_that_waits(database: Database) -> None:
    """A claim would find nothing; an acknowledgement wakes the runners."""
    woken: list[str] = []
    database.on_notification(SEND_MESSAGES.name, partial(woken.append, SEND_MESSAGES.name))
    event = submitted()
    async with database.transaction() as tx:
        await save_contacts(tx, [contact()])
        await write_messages(tx, [event])
    assert woken == []
    async with database.transaction() as tx:
        await write_messages(tx, [received(event.application_id)])
    assert woken == [SEND_MESSAGES.name]


async def test_a_decision_replaces_a_confirmation_that_waits(tx: Transaction) -> None:
    """The citizen gets one message in place of two in the same minute, whatever comes again."""
    await save_contacts(tx, [contact()])
    first = submitted()
    second = decided(first.application_id)
    await write_messages(tx, [first])
    await write_messages(tx, [second])
    await write_messages(tx, [first])
    assert await state_of(tx, message_id_of(first)) == "cancelled"
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(second)]


async def test_a_decision_in_the_same_batch_makes_one_message(tx: Transaction) -> None:
    """The confirmation is not written."""
    await save_contacts(tx, [contact()])
    first, other = submitted(), submitted()
    second = decided(first.application_id)
    await write_messages(tx, [first, other, second])
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(second)]
    rows = await tx.fetch("SELECT message_id FROM messages")
    assert {row["message_id"] for row in rows} == {message_id_of(other), message_id_of(second)}


async def test_an_acknowledgement_ends_the_wait_of_a_confirmation(tx: Transaction) -> None:
    """The ministry decides later, so the citizen hears now; the decision is a second message."""
    await save_contacts(tx, [contact()])
    first = submitted()
    await write_messages(tx, [first])
    await write_messages(tx, [received(first.application_id)])
    second = decided(first.application_id)
    await write_messages(tx, [second])
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(first)]
    await put(tx, message_id_of(first), "sent")
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(second)]


async def test_a_confirmation_that_may_be_with_the_provider_is_not_cancelled(
    tx: Transaction,
) -> None:
    """A call was begun, so the decision waits behind it, also after the claim was released."""
    await save_contacts(tx, [contact()])
    first = submitted()
    await write_messages(tx, [first])
    await end_wait(tx)
    await claimed(tx)
    await SEND_MESSAGES.release(tx, "one")
    await write_messages(tx, [decided(first.application_id)])
    assert await state_of(tx, message_id_of(first)) == "queued"
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(first)]


async def end_wait(tx: Transaction) -> None:
    """Let the waits of all messages end."""
    await tx.execute("UPDATE messages SET due_at = now() WHERE due_at > now()")


async def test_a_blocked_application_is_announced_for_its_timeline(tx: Transaction) -> None:
    """No message is sent about it, since the same code would have to send it."""
    application_id = new_id()
    await announce_blocked(tx, [BlockedApplication(7, application_id, "applications.v1", CALL)])
    (event,) = await announced(tx)
    assert (event.type, event.application_id) == ("message_failed", application_id)
    assert event.trace == CALL
    assert await claimed(tx) == []
