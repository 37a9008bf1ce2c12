"""Repeated, refused and unreadable records: at most a dead letter, and nothing else changes."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from libs.contracts.ministries import MinistryDecided
from libs.contracts.topics import APPLICATIONS, MINISTRIES
from libs.ids import new_id
from libs.messaging.envelope import encode
from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.platform import Platform
from tests.pipeline.topics import records_of, until_read, write
from tests.waiting import until
from tools.virtual_users.citizen import Accepted, Citizen

Answered = Callable[[Accepted], Awaitable[None]]
MINISTRY = "ird"
TOPIC = MINISTRIES.name_for(MINISTRY)
GROUP = "applications.ministries.v1"


async def test_a_decision_that_comes_twice_has_one_effect(
    platform: Platform, citizen: Citizen, form: dict[str, Any], answered: Answered
) -> None:
    """The inbox drops a record that was handled before."""
    accepted = await citizen.apply(TAX_NUMBER, form)
    await answered(accepted)
    mine = accepted.application_id.encode()
    for record in await records_of(platform.kafka, TOPIC):
        if record.key == mine:
            for _ in range(3):
                await write(
                    platform.kafka,
                    TOPIC,
                    key=record.key,
                    value=record.value,
                    headers=record.headers,
                )
    await until_read(platform.kafka, GROUP, TOPIC)
    await until_read(platform.kafka, "notifications.applications.v1", APPLICATIONS.name)
    announced = [r for r in await records_of(platform.kafka, APPLICATIONS.name) if r.key == mine]
    assert len({dict(record.headers)["ce_type"] for record in announced}) == len(announced)
    assert platform.received(accepted).duplicate_messages == 0


async def test_a_decision_for_an_unknown_application_becomes_a_dead_letter(
    platform: Platform, citizen: Citizen, form: dict[str, Any], answered: Answered
) -> None:
    """A refused record is stored with its reason; the applications after it go on."""
    stray = encode(
        MinistryDecided(application_id=new_id(), ministry=MINISTRY, outcome="approved"), trace=None
    )
    await write(platform.kafka, TOPIC, key=stray.key, value=stray.value, headers=stray.headers)
    await answered(await citizen.apply(TAX_NUMBER, form))
    letter = await letter_for(platform, stray.key)
    assert letter["reason"] == "refused.unknown_key"
    assert not letter["blocks"]


async def test_an_unreadable_record_becomes_a_dead_letter(
    platform: Platform, citizen: Citizen, form: dict[str, Any], answered: Answered
) -> None:
    """A record with a header that is not UTF-8 is stored unchanged and stops no partition."""
    key, value = str(new_id()).encode(), b"\xff{"
    headers = [("ce_type", b"\xff\xfe"), ("content-type", b"application/json")]
    await write(platform.kafka, TOPIC, key=key, value=value, headers=headers)
    await answered(await citizen.apply(TAX_NUMBER, form))
    letter = await letter_for(platform, key)
    assert letter["reason"].startswith("unreadable.")

    async def copied() -> bool:
        records = await records_of(platform.kafka, "applications.deadletter.v1")
        return any(
            record.key == key and record.value == value and headers[0] in record.headers
            for record in records
        )

    await until(copied)


async def letter_for(platform: Platform, key: bytes | None) -> asyncpg.Record:
    """The dead letter of applications for a record with this key."""
    sql = "SELECT * FROM dead_letters WHERE record_key = $1"
    return (await until(lambda: platform.rows("applications", sql, key)))[0]
