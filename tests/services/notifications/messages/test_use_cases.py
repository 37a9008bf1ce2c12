"""Events become messages, once, and contacts are looked up as late as possible."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from libs.contracts.applications import ApplicationReceived
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters.rules import BlockedApplication
from libs.ids import new_id
from libs.jobs import Lease
from services.notifications.codes.use_cases import SEND_CODES, write_codes
from services.notifications.contacts.use_cases import save_contacts
from services.notifications.messages.queries import hold_contacts
from services.notifications.messages.rules import DueMessage
from services.notifications.messages.use_cases import (
    SEND_MESSAGES,
    announce_blocked,
    write_messages,
)
from services.notifications.public_services.queries import save_public_services
from tests.services.notifications.scenes import (
    CALL,
    CODE,
    LEASE,
    NUMBER,
    PHONE,
    TRACE,
    announced,
    claimed,
    claimed_codes,
    code_requested,
    contact,
    decided,
    erased,
    everything_stored,
    message_id_of,
    public_service,
    put,
    state_of,
    submitted,
    waiting_code,
    waiting_message,
)


async def test_an_event_makes_one_message_however_often_it_arrives(tx: Transaction) -> None:
    """It continues the trace of its event; events that make no message change nothing."""
    await save_contacts(tx, [contact()])
    event = submitted()
    for _ in range(3):
        await write_messages(tx, [event, ApplicationReceived.because_of(event)])
    (message,) = await claimed(tx)
    assert (message.message_id, message.trace) == (message_id_of(event), TRACE)


async def test_the_runner_of_this_process_starts_new_messages_and_codes(database: Database) -> None:
    """After the commit, and only those it has room for; the others wait, and runners are woken."""
    woken: list[str] = []
    runners = {}
    for queue in (SEND_MESSAGES, SEND_CODES):
        runners[queue.name] = RunnerWithRoom(1)
        database.attach_runner(queue.name, runners[queue.name])
        database.on_notification(queue.name, partial(woken.append, queue.name))
    messages, codes = [submitted(), submitted()], [code_requested(), code_requested()]
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
    """A job runner with room for so many jobs, which notes those that it is handed."""

    def __init__(self, room: int) -> None:
        self.started: list[UUID] = []
        self._lease = replace(LEASE, limit=room)

    def lease(self) -> Lease:
        """The room for new jobs."""
        return self._lease

    def start(self, jobs: Sequence[DueMessage]) -> None:
        """Start jobs that are claimed."""
        self.started += [job.message_id for job in jobs]


async def test_a_message_waits_for_its_contact(tx: Transaction) -> None:
    """An event that comes before its citizen's contact leads to a message once that comes."""
    await write_messages(tx, [submitted()])
    assert await claimed(tx) == []
    await save_contacts(tx, [contact()])
    assert [message.address for message in await claimed(tx)] == [PHONE]


async def test_number_and_language_of_the_last_moment_count(tx: Transaction) -> None:
    """A contact changed while a message waits is the one it is sent to."""
    await waiting_message(tx)
    later = contact(phone="+8801999999999", language="en", minutes=1)
    await save_contacts(tx, [later])
    (message,) = await claimed(tx)
    assert message.address == "+8801999999999"
    assert message.text.startswith("Your application")


async def test_an_older_contact_that_arrives_later_is_dropped(tx: Transaction) -> None:
    """A replayed change does not bring an old number back."""
    await save_contacts(tx, [contact(minutes=2)])
    await save_contacts(tx, [contact(phone="+8801999999999", minutes=1)])
    await write_messages(tx, [submitted()])
    assert [message.address for message in await claimed(tx)] == [PHONE]


async def test_a_contact_and_a_message_that_meet_do_not_miss_each_other(
    database: Database,
) -> None:
    """Whichever of two concurrent transactions commits first, the message becomes due."""
    for number in range(1, 21):
        citizen_id = UUID(int=number)
        if number % 2:  # also with a row that an earlier message has made
            async with database.transaction() as tx:
                await hold_contacts(tx, [citizen_id])
        await _both_at_once(database, citizen_id)
    async with database.transaction() as tx:
        assert len(await claimed(tx)) == 20


async def _both_at_once(database: Database, citizen_id: UUID) -> None:
    """Let an event and a contact be handled in transactions that overlap to the end."""
    first_half = asyncio.Barrier(2)

    async def write() -> None:
        async with database.transaction() as tx:
            await write_messages(tx, [submitted(citizen_id=citizen_id)])
            await _meet(first_half)

    async def save() -> None:
        async with database.transaction() as tx:
            await save_contacts(tx, [contact(citizen_id=citizen_id)])
            await _meet(first_half)

    await asyncio.gather(write(), save())


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
    await save_public_services(tx, [public_service("পাসপোর্ট", minutes=1)])
    await save_public_services(tx, [public_service("পুরোনো নাম", minutes=0)])
    await SEND_MESSAGES.release(tx, "one")
    (named,) = await claimed(tx)
    assert named.text.startswith("পাসপোর্ট: ")


async def test_neither_number_nor_text_is_stored_with_a_message(tx: Transaction) -> None:
    """The number stands with the contact alone, and goes with it."""
    await waiting_message(tx)
    assert PHONE in await everything_stored(tx)
    await save_contacts(tx, [erased()])
    assert PHONE not in await everything_stored(tx)


async def test_who_is_erased_gets_nothing_more(tx: Transaction) -> None:
    """What waits is closed, with codes and numbers; what comes later is not queued."""
    message_id = await waiting_message(tx)
    code_id = await waiting_code(tx)
    await save_contacts(tx, [erased()])
    assert await state_of(tx, message_id) == "cancelled"
    assert await state_of(tx, code_id) == "cancelled"
    stored = await everything_stored(tx)
    assert PHONE not in stored
    assert CODE not in stored
    late = submitted()
    await write_messages(tx, [late])
    assert await claimed(tx) == []
    assert await claimed_codes(tx) == []


async def test_an_erasure_outlives_a_replayed_contact(tx: Transaction) -> None:
    """A change from before the erasure, played again, brings no number back."""
    await save_contacts(tx, [erased(minutes=1)])
    await save_contacts(tx, [contact(minutes=0)])
    assert PHONE not in await everything_stored(tx)


async def test_a_replayed_erasure_spares_who_came_back(tx: Transaction) -> None:
    """An erasure from before the newest contact closes nothing."""
    await save_contacts(tx, [contact(minutes=5)])
    await write_messages(tx, [submitted()])
    await save_contacts(tx, [erased(minutes=1)])
    assert len(await claimed(tx)) == 1


async def test_messages_of_one_application_are_taken_in_order(tx: Transaction) -> None:
    """Nobody reads the decision before the confirmation."""
    await save_contacts(tx, [contact()])
    first = submitted()
    second = decided(first.application_id)
    await write_messages(tx, [first, second])
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(first)]
    await put(tx, message_id_of(first), "sent")
    assert [message.message_id for message in await claimed(tx)] == [message_id_of(second)]


async def test_a_blocked_application_is_announced_for_its_timeline(tx: Transaction) -> None:
    """No message says so, since it would need the part that failed."""
    application_id = new_id()
    await announce_blocked(tx, [BlockedApplication(7, application_id, "applications.v1", CALL)])
    (event,) = await announced(tx)
    assert (event.type, event.application_id) == ("message_failed", application_id)
    assert event.trace == CALL
    assert await claimed(tx) == []
