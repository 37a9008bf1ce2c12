"""What is heard becomes messages, once, and contacts are found as late as possible."""

import asyncio
from uuid import UUID

from libs.contracts.applications import ApplicationReceived
from libs.contracts.topics import TOPICS
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from services.notifications import store
from services.notifications.consumers import (
    HANDLERS,
    on_application_events,
    on_catalogue_events,
    on_identity_events,
    on_message_requests,
)
from tests.services.notifications.scenes import (
    CODE,
    NUMBER,
    PHONE,
    TRACE,
    claimed,
    claimed_codes,
    code_requested,
    contact,
    decided,
    erased,
    everything_stored,
    message_id_of,
    public_service,
    state_of,
    submitted,
    waiting_code,
    waiting_message,
)


def test_every_topic_that_the_map_gives_us_has_a_handler() -> None:
    """The map's readers and our handlers are the same, both ways."""
    assert set(HANDLERS) == {topic for topic in TOPICS if "notifications" in topic.readers}


async def test_an_event_makes_one_message_however_often_it_arrives(tx: Transaction) -> None:
    """Redelivery of an event queues nothing more."""
    await on_identity_events(Batch.of(contact()), tx)
    event = submitted()
    for _ in range(3):
        await on_application_events(Batch.of(event), tx)
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(event)]


async def test_a_message_continues_the_trace_of_its_event(tx: Transaction) -> None:
    """The context is stored with the message and comes back when it is sent."""
    await waiting_message(tx)
    assert [message.trace for message in await claimed(tx)] == [TRACE]


async def test_what_the_citizen_need_not_know_makes_no_message(tx: Transaction) -> None:
    """A batch of such events queues nothing."""
    await on_identity_events(Batch.of(contact()), tx)
    event = submitted()
    await on_application_events(Batch.of(ApplicationReceived.because_of(event)), tx)
    assert await claimed(tx) == []


async def test_a_message_waits_for_its_contact(tx: Transaction) -> None:
    """An application heard of before its citizen is told of once the contact is there."""
    await on_application_events(Batch.of(submitted()), tx)
    assert await claimed(tx) == []
    await on_identity_events(Batch.of(contact()), tx)
    assert [message.phone for message in await claimed(tx)] == [PHONE]


async def test_number_and_language_of_the_last_moment_count(tx: Transaction) -> None:
    """A contact changed while a message waits is the one it is sent to."""
    await waiting_message(tx)
    later = contact(phone="+8801999999999", language="en", minutes=1)
    await on_identity_events(Batch.of(later), tx)
    (message,) = await claimed(tx)
    assert message.phone == "+8801999999999"
    assert message.text.startswith("Your application")


async def test_an_older_contact_that_arrives_later_is_dropped(tx: Transaction) -> None:
    """A replayed change does not bring an old number back."""
    await on_identity_events(Batch.of(contact(minutes=2)), tx)
    await on_identity_events(Batch.of(contact(phone="+8801999999999", minutes=1)), tx)
    await on_application_events(Batch.of(submitted()), tx)
    assert [message.phone for message in await claimed(tx)] == [PHONE]


async def test_a_contact_and_a_message_that_meet_do_not_miss_each_other(
    database: Database,
) -> None:
    """Whichever of two concurrent transactions commits first, the message becomes due."""
    for number in range(1, 21):
        citizen_id = UUID(int=number)
        if number % 2:  # also with a row that an earlier message has made
            async with database.transaction() as tx:
                await store.hold_contacts(tx, [citizen_id])
        await _both_at_once(database, citizen_id)
    async with database.transaction() as tx:
        assert len(await claimed(tx)) == 20


async def _both_at_once(database: Database, citizen_id: UUID) -> None:
    """Let an event and a contact be handled in transactions that overlap to the end."""
    first_half = asyncio.Barrier(2)

    async def hear_application() -> None:
        async with database.transaction() as tx:
            await on_application_events(Batch.of(submitted(citizen_id=citizen_id)), tx)
            await _meet(first_half)

    async def hear_contact() -> None:
        async with database.transaction() as tx:
            await on_identity_events(Batch.of(contact(citizen_id=citizen_id)), tx)
            await _meet(first_half)

    await asyncio.gather(hear_application(), hear_contact())


async def _meet(barrier: asyncio.Barrier) -> None:
    """Wait a moment for the other transaction; one that is held by our lock cannot come."""
    try:
        async with asyncio.timeout(0.02):
            await barrier.wait()
    except (TimeoutError, asyncio.BrokenBarrierError):
        return


async def test_the_name_of_the_public_service_stands_first_where_it_is_known(
    tx: Transaction,
) -> None:
    """Without a name the tracking number alone is enough; the newest name counts."""
    await waiting_message(tx)
    (bare,) = await claimed(tx)
    assert NUMBER in bare.text
    assert bare.text.startswith("আবেদন")
    await on_catalogue_events(Batch.of(public_service("পাসপোর্ট", minutes=1)), tx)
    await on_catalogue_events(Batch.of(public_service("পুরোনো নাম", minutes=0)), tx)
    await store.release(tx, "one")
    (named,) = await claimed(tx)
    assert named.text.startswith("পাসপোর্ট: ")


async def test_neither_number_nor_text_is_stored_with_a_message(tx: Transaction) -> None:
    """The number stands with the contact alone, and goes with it."""
    await waiting_message(tx)
    assert PHONE in await everything_stored(tx)
    await on_identity_events(Batch.of(erased()), tx)
    assert PHONE not in await everything_stored(tx)


async def test_who_is_erased_gets_nothing_more(tx: Transaction) -> None:
    """What waits is closed, with codes and numbers; what comes later is not queued."""
    message_id = await waiting_message(tx)
    code_id = await waiting_code(tx)
    await on_identity_events(Batch.of(erased()), tx)
    assert await state_of(tx, message_id) == "cancelled"
    assert await state_of(tx, code_id) == "cancelled"
    stored = await everything_stored(tx)
    assert PHONE not in stored
    assert CODE not in stored
    late = submitted()
    await on_application_events(Batch.of(late), tx)
    assert await store.lock_progress(tx, [message_id_of(late)]) == {}
    assert await claimed_codes(tx) == []


async def test_an_erasure_outlives_a_replayed_contact(tx: Transaction) -> None:
    """A change from before the erasure, played again, brings no number back."""
    await on_identity_events(Batch.of(erased(minutes=1)), tx)
    await on_identity_events(Batch.of(contact(minutes=0)), tx)
    assert PHONE not in await everything_stored(tx)


async def test_a_replayed_erasure_spares_who_came_back(tx: Transaction) -> None:
    """An erasure from before the newest contact closes nothing."""
    await on_identity_events(Batch.of(contact(minutes=5)), tx)
    await on_application_events(Batch.of(submitted()), tx)
    await on_identity_events(Batch.of(erased(minutes=1)), tx)
    assert len(await claimed(tx)) == 1


async def test_a_code_goes_to_the_number_it_was_asked_for(tx: Transaction) -> None:
    """Number and language come with the request, a contact need not be known."""
    await on_message_requests(Batch.of(code_requested()), tx)
    (message,) = await claimed_codes(tx)
    assert message.phone == PHONE
    assert message.text.startswith(CODE)


async def test_a_code_requested_is_queued_once(tx: Transaction) -> None:
    """Redelivery of a request queues nothing more."""
    event = code_requested()
    for _ in range(3):
        await on_message_requests(Batch.of(event), tx)
    assert len(await claimed_codes(tx)) == 1


async def test_messages_of_one_application_are_taken_in_order(tx: Transaction) -> None:
    """Nobody reads the decision before the confirmation."""
    await on_identity_events(Batch.of(contact()), tx)
    first = submitted()
    second = decided(first.application_id)
    await on_application_events(Batch.of(first, second), tx)
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(first)]
    moved = await store.lock_progress(tx, [message_id_of(first)])
    await store.save_progress(tx, [one._replace(state="sent") for one in moved.values()])
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(second)]
