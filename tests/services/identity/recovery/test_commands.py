"""Accounts and numbers that a restored database lost, taken up from the topics of a real broker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import timedelta
from uuid import UUID

from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner, Result

from libs.bangladesh.calendar import dhaka_date, end_of_day
from libs.clock import utc_now
from libs.contracts.events import Event
from libs.contracts.identity import (
    CitizenErased,
    ContactChanged,
    ContactRemoved,
    Notice,
    NoticeRequested,
)
from libs.contracts.topics import topic_of
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.envelope import encode
from libs.messaging.reading.received_record import ReceivedRecord
from services.identity.citizens import queries
from services.identity.citizens.rules import Citizen
from services.identity.citizens.use_cases import register_citizens
from services.identity.erasure.use_cases import is_requested, read_erasure, request_erasure
from services.identity.phones.queries import save_change
from services.identity.phones.rules import PhoneChange
from services.identity.phones.use_cases import is_waiting
from services.identity.recovery.use_cases import read_written, restore_decision
from tests.ciphers import make_cipher
from tests.libs.messaging.scenes import raw
from tests.operating import as_operator
from tools.commands.root import make_app
from tools.embedded.kafka import EmbeddedKafka

_SINCE = (utc_now() - timedelta(days=1)).isoformat()
_COMMAND = ("admin", "identity", "take-up", "--since", _SINCE, "--by", "rahima")


async def publish(kafka: EmbeddedKafka, *events: Event) -> None:
    """Write events as identity did, one after another."""
    producer = AIOKafkaProducer(**kafka.client, acks="all")
    await producer.start()
    try:
        for event in events:
            record = encode(event, trace=None)
            await producer.send_and_wait(
                record.topic, value=record.value, key=record.key, headers=list(record.headers)
            )
    finally:
        await producer.stop()


async def test_what_a_citizen_wanted_and_was_told_holds_again(tx: Transaction) -> None:
    """Her account is not erased after all, nor given to whom she refused it; a repeat changes none.

    What she asked for last counts, and what nobody asked for stays as it is.
    """
    now = utc_now()
    asked, kept, refused, other = (new_id() for _ in range(4))
    everybody = [
        (Citizen(citizen_id, f"+88017111111{place}1", "bn"), None)
        for place, citizen_id in enumerate((asked, kept, refused, other))
    ]
    await register_citizens(tx, everybody, now)
    await request_erasure(tx, kept, timedelta(days=30), now)
    for citizen_id in (refused, other):
        due_at = now + timedelta(days=7)
        change = PhoneChange(citizen_id, "+8801799999999", new_id(), now, due_at)
        await save_change(tx, change)
    day = dhaka_date(now) + timedelta(days=30)
    told: list[tuple[Notice, UUID]] = [
        ("erasure_cancelled", asked), ("erasure_requested", asked), ("erasure_requested", kept),
        ("erasure_cancelled", kept), ("phone_change_cancelled", refused),
        ("phone_change_cancelled", other), ("phone_change_requested", other),
        ("erasure_requested", new_id()), ("complaint_answered", refused),
    ]  # fmt: skip
    written = await read_written(
        received(
            NoticeRequested(
                citizen_id=citizen_id, phone="+8801711111111", language="bn", notice=notice, on=day
            )
            for notice, citizen_id in told
        )
    )

    async def taken_up(*, dry_run: bool) -> set[tuple[UUID, str]]:
        wishes = [
            await restore_decision(tx, notice, dry_run=dry_run)
            for notice in written.notices.values()
        ]
        return {(wish.citizen_id, wish.outcome) for wish in wishes if wish}

    expected = {
        (asked, "erasure_requested"), (kept, "erasure_cancelled"), (refused, "change_over")
    }  # fmt: skip
    assert await taken_up(dry_run=True) == expected
    assert await taken_up(dry_run=False) == expected
    assert await taken_up(dry_run=False) == set()
    assert (await read_erasure(tx, asked)).due_at == end_of_day(day)
    assert not await is_requested(tx, kept)
    assert [await is_waiting(tx, citizen_id) for citizen_id in (refused, other)] == [False, True]


async def received(events: Iterable[Event]) -> AsyncIterator[ReceivedRecord]:
    """Records of events, in this order."""
    for offset, event in enumerate(events):
        yield ReceivedRecord(topic_of(event), raw(event, offset))


async def test_accounts_and_numbers_are_as_the_topics_have_them(
    empty_kafka: EmbeddedKafka, dsn_for: Callable[[str], Awaitable[str]]
) -> None:
    """A citizen keeps the id of her applications; who was erased stays so; a repeat finds nothing.

    A lost change of number is made again: the old number may be somebody else's, and is hers then,
    also where her record comes first. So is one whose account was set aside.
    """
    dsn = await dsn_for("identity")
    database = Database(dsn, connections=2, cipher=make_cipher())
    new, moved, erased, back, late, next_, silent, buyer = (new_id() for _ in range(8))
    async with database.transaction() as tx:
        citizens = [
            Citizen(moved, "+8801711111111", "bn"),
            Citizen(back, "+8801722222222", "bn"),
            Citizen(new_id(), "+8801755555555", "en"),
            Citizen(silent, "+8801777777777", "bn"),
        ]
        await queries.insert_citizens(tx, citizens, seen_at=utc_now())
        await request_erasure(tx, moved, timedelta(days=30), utc_now())
    await publish(
        empty_kafka,
        ContactChanged(citizen_id=next_, phone="+8801711111111", language="bn"),
        ContactChanged(citizen_id=new, phone="+8801733333333", language="bn"),
        ContactChanged(citizen_id=moved, phone="+8801744444444", language="bn"),
        ContactChanged(citizen_id=late, phone="+8801755555555", language="bn"),
        ContactChanged(citizen_id=erased, phone="+8801766666666", language="bn"),
        ContactChanged(citizen_id=buyer, phone="+8801777777777", language="bn"),
        ContactChanged(citizen_id=silent, phone="+8801777777777", language="bn"),
        ContactRemoved(citizen_id=silent),
        NoticeRequested(
            citizen_id=moved, phone="+8801711111111", language="bn", notice="erasure_cancelled"
        ),
        CitizenErased(citizen_id=erased),
        CitizenErased(citizen_id=back),
    )
    login = as_operator(empty_kafka)
    runner = CliRunner(
        env={
            "IDENTITY_DSN": dsn,
            "NAGORIK_KAFKA_BOOTSTRAP": login["NAGORIK_KAFKA_BOOTSTRAP"],
            "NAGORIK_KAFKA_SECURITY": login["NAGORIK_KAFKA_SECURITY"],
            "IDENTITY_KAFKA_USER": login["kafka_user"],
            "IDENTITY_KAFKA_PASSWORD": login["kafka_password"],
        }
    )

    async def run(*words: str) -> set[str]:
        def invoke() -> Result:
            return runner.invoke(make_app(), [*_COMMAND, *words])

        result = await asyncio.to_thread(invoke)
        assert result.exit_code == 0, result.output
        return set(result.output.splitlines()[:-1])

    for_a_person = {f"{late} number_taken", f"{back} erased_since"}
    listed = {
        f"{new} taken_up", f"{moved} number_changed", f"{next_} taken_up", f"{silent} set_aside",
        f"{buyer} taken_up", f"{moved} erasure_cancelled", *for_a_person,
    }  # fmt: skip
    assert await run("--dry-run") == listed
    assert await run() == listed
    async with database.transaction() as tx:
        phones = {
            each: found.phone if (found := await queries.read_citizen(tx, each)) else None
            for each in (new, moved, erased, late, next_, silent, buyer)
        }
        assert await tx.fetchval("SELECT actor FROM recovery_journal") == "rahima"
    assert phones == {
        new: "+8801733333333",
        moved: "+8801744444444",
        erased: None,
        late: None,
        next_: "+8801711111111",
        silent: None,
        buyer: "+8801777777777",
    }
    assert await run() == for_a_person
    await database.close()
