"""What the tests of notifications begin with: events, waiting messages, what is told."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts import topics
from libs.contracts.applications import ApplicationDecided, ApplicationSubmitted
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.events import Event
from libs.contracts.identity import CitizenErased, CodeRequested, ContactChanged
from libs.contracts.language import Language, Text
from libs.database.claims import Terms
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import derived_id, new_id
from libs.messaging.batch import Batch
from libs.messaging.envelope import decode, unpack_headers
from libs.trace_context import TraceContext
from services.notifications import store
from services.notifications.consumers import (
    on_application_events,
    on_identity_events,
    on_message_requests,
)
from services.notifications.domain.messages import DueMessage

CITIZEN = UUID(int=1)
PHONE = "+8801712345678"
NUMBER = "NS-7K4M9-PXRT3-HC2D3"
CODE = "493027"
TRACE = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
CALL = TraceContext("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01")


def submitted(*, citizen_id: UUID = CITIZEN, application_id: UUID | None = None) -> Any:
    """A citizen applied."""
    return ApplicationSubmitted(**_facts(citizen_id, application_id)).in_trace(TRACE)


def decided(application_id: UUID, *, citizen_id: UUID = CITIZEN) -> Any:
    """The ministry approved."""
    facts = _facts(citizen_id, application_id)
    return ApplicationDecided(**facts, outcome="approved").in_trace(TRACE)


def contact(
    *,
    citizen_id: UUID = CITIZEN,
    phone: str = PHONE,
    language: Language = "bn",
    minutes: int = 0,
) -> ContactChanged:
    """A citizen's contact as of so many minutes from now."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    return ContactChanged(citizen_id=citizen_id, phone=phone, language=language, occurred_at=at)


def erased(*, citizen_id: UUID = CITIZEN, minutes: int = 1) -> CitizenErased:
    """A citizen's erasure as of so many minutes from now."""
    return CitizenErased(
        citizen_id=citizen_id, occurred_at=datetime.now(UTC) + timedelta(minutes=minutes)
    )


def code_requested(*, expires_in_s: float = 300, citizen_id: UUID = CITIZEN) -> CodeRequested:
    """A citizen asked for a code that is good for so many seconds."""
    return CodeRequested(
        citizen_id=citizen_id,
        phone=PHONE,
        language="bn",
        code=CODE,
        expires_at=datetime.now(UTC) + timedelta(seconds=expires_in_s),
    ).in_trace(TRACE)


def public_service(name_bn: str, *, minutes: int = 0) -> PublicServiceChanged:
    """The public service S001 under a name, as of so many minutes from now."""
    heard: dict[str, Any] = {  # of all the fields, those that this service reads
        "public_service_id": "S001",
        "name": Text(bn=name_bn, en="Passport"),
        "occurred_at": datetime.now(UTC) + timedelta(minutes=minutes),
    }
    return PublicServiceChanged.model_construct(**heard)


def message_id_of(event: Event) -> UUID:
    """The id of the message that an event makes."""
    return derived_id(event.event_id, "sms")


async def waiting_message(tx: Transaction, *, citizen_id: UUID = CITIZEN) -> UUID:
    """Queue one message of a citizen with a known contact, and return its id."""
    await on_identity_events(Batch.of(contact(citizen_id=citizen_id)), tx)
    event = submitted(citizen_id=citizen_id)
    await on_application_events(Batch.of(event), tx)
    return message_id_of(event)


async def waiting_code(tx: Transaction, *, expires_in_s: float = 300) -> UUID:
    """Queue one message with a one-time code, and return its id."""
    event = code_requested(expires_in_s=expires_in_s)
    await on_message_requests(Batch.of(event), tx)
    return message_id_of(event)


async def claimed(tx: Transaction, *, worker: str = "one", limit: int = 100) -> list[DueMessage]:
    """Take what is due about applications."""
    return await store.claim_messages(tx, Terms(worker, limit, limit, 30))


async def claimed_codes(tx: Transaction, *, worker: str = "one") -> list[DueMessage]:
    """Take the codes that are due."""
    return await store.claim_codes(tx, Terms(worker, 100, 100, 30))


async def state_of(tx: Transaction, message_id: UUID) -> str:
    """How far a message has come; read without a lock, which a claim would pass over."""
    state: str = await tx.fetchval("SELECT state FROM messages WHERE message_id = $1", message_id)
    return state


async def in_state(database: Database, message_ids: Sequence[UUID], state: str) -> None:
    """Wait until messages have come so far."""
    async with asyncio.timeout(10):
        while True:
            async with database.transaction() as tx:
                if {await state_of(tx, each) for each in message_ids} == {state}:
                    return
            await asyncio.sleep(0.01)


async def told(tx: Transaction) -> list[Any]:
    """The events that wait to be published, in order."""
    rows = await tx.fetch("SELECT topic, headers, record_value FROM outbox ORDER BY outbox_id")
    return [
        decode(
            topics.NOTIFICATIONS, row["topic"], unpack_headers(row["headers"]), row["record_value"]
        )
        for row in rows
    ]


async def told_types(tx: Transaction) -> list[str]:
    """The types of the events that wait to be published, in order."""
    return [event.type for event in await told(tx)]


async def everything_stored(tx: Transaction) -> str:
    """All that the service keeps, as one text to look for something in."""
    tables = ["contacts", "messages", "codes", "outbox"]
    rows = [await tx.fetch(f"SELECT t::text AS row FROM {table} AS t") for table in tables]  # noqa: S608
    return "\n".join(row["row"] for table in rows for row in table)


def _facts(citizen_id: UUID, application_id: UUID | None) -> dict[str, Any]:
    return {
        "application_id": application_id or new_id(),
        "tracking_number": NUMBER,
        "citizen_id": citizen_id,
        "public_service_id": "S001",
        "ministry": "moha",
    }
