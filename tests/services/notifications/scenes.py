"""Events, queued messages and a fake provider for the tests of notifications."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from typing_extensions import override

from libs.contracts import topics
from libs.contracts.applications import (
    ApplicationDecided,
    ApplicationDelayed,
    ApplicationReceived,
    ApplicationSubmitted,
)
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.events import Event
from libs.contracts.identity import (
    CitizenErased,
    CodeRequested,
    ContactChanged,
    ContactRemoved,
    MandateMessageRequested,
    NoticeRequested,
)
from libs.contracts.language import Language, Text
from libs.database.transaction import Transaction
from libs.ids import derived_id, new_id
from libs.jobs import Attempt, Lease
from libs.messaging.envelope import decode, unpack_headers
from libs.trace_context import TraceContext
from services.notifications.codes.use_cases import SEND_CODES, write_codes
from services.notifications.contacts.use_cases import save_contacts
from services.notifications.messages.rules import DueMessage, State
from services.notifications.messages.use_cases import SEND_MESSAGES, write_messages
from services.notifications.notices.use_cases import SEND_NOTICES
from services.notifications.sending import queries
from services.notifications.sending.adapters.provider import Provider
from tests.waiting import PATIENCE_S

CITIZEN = UUID(int=1)
PHONE = "+8801712345678"
GUARDIAN = "+8801812345678"
NUMBER = "NS-7K4M9-PXRT3-HC2D3"
CODE = "493027"
TRACE = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
CALL = TraceContext("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01")


def submitted(*, citizen_id: UUID = CITIZEN, application_id: UUID | None = None) -> Any:
    """A citizen applied; the message waits for the ministry's first answer."""
    return ApplicationSubmitted(**_facts(citizen_id, application_id)).in_trace(TRACE)


def received(application_id: UUID) -> Any:
    """The ministry received the application, and decides later."""
    return ApplicationReceived(**_facts(CITIZEN, application_id)).in_trace(TRACE)


def delayed(*, citizen_id: UUID = CITIZEN, application_id: UUID | None = None) -> Any:
    """The ministry cannot be reached; the message is due at once."""
    return ApplicationDelayed(**_facts(citizen_id, application_id)).in_trace(TRACE)


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
    """A citizen's contact, so many minutes from now."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    return ContactChanged(citizen_id=citizen_id, phone=phone, language=language, occurred_at=at)


def erased(*, citizen_id: UUID = CITIZEN, minutes: int = 1) -> CitizenErased:
    """A citizen's erasure, so many minutes from now."""
    return CitizenErased(
        citizen_id=citizen_id, occurred_at=datetime.now(UTC) + timedelta(minutes=minutes)
    )


def contact_removed(*, citizen_id: UUID = CITIZEN, minutes: int = 1) -> ContactRemoved:
    """A citizen's number was taken away, so many minutes from now."""
    return ContactRemoved(
        citizen_id=citizen_id, occurred_at=datetime.now(UTC) + timedelta(minutes=minutes)
    )


def notice_requested(**fields: Any) -> NoticeRequested:
    """A citizen asked for the erasure of the account."""
    values = {
        "citizen_id": CITIZEN,
        "phone": PHONE,
        "language": "bn",
        "notice": "erasure_requested",
        "on": date(2026, 12, 26),
        "gone_by": date(2027, 4, 3),
    }
    return NoticeRequested(**{**values, **fields}).in_trace(TRACE)


def sent_for_another(**fields: Any) -> MandateMessageRequested:
    """An application was sent for a citizen without a phone; a guardian's number consented."""
    values = {
        "citizen_id": CITIZEN,
        "phone": GUARDIAN,
        "language": "bn",
        "public_service_name": Text(bn="জন্ম নিবন্ধন", en="Birth registration"),
        "service_centre_name": Text(bn="গুলশান সেবা কেন্দ্র", en="Gulshan Centre"),
        "helper": Text(bn="রহিম", en="Rahim"),
        "fee_bdt": 50,
        "charge_bdt": 30,
        "notice": "mandate_used",
        "tracking_number": NUMBER,
        "applicant": "র.খ.",
    }
    return MandateMessageRequested(**{**values, **fields}).in_trace(TRACE)


def code_requested(*, expires_in_s: float = 300, citizen_id: UUID = CITIZEN) -> CodeRequested:
    """A citizen requested a code that is valid for so many seconds."""
    return CodeRequested(
        citizen_id=citizen_id,
        phone=PHONE,
        language="bn",
        code=CODE,
        expires_at=datetime.now(UTC) + timedelta(seconds=expires_in_s),
    ).in_trace(TRACE)


def public_service(name_bn: str, *, minutes: int = 0) -> PublicServiceChanged:
    """The public service S001 with a name, so many minutes from now."""
    changed: dict[str, Any] = {  # of all the fields, those that this service reads
        "public_service_id": "S001",
        "name": Text(bn=name_bn, en="Passport"),
        "occurred_at": datetime.now(UTC) + timedelta(minutes=minutes),
    }
    return PublicServiceChanged.model_construct(**changed)


def message_id_of(event: Event) -> UUID:
    """The id of the message that an event makes."""
    return derived_id(event.event_id, "sms")


async def waiting_message(tx: Transaction, *, citizen_id: UUID = CITIZEN) -> UUID:
    """Queue one message of a citizen with a known contact, and return its id."""
    await save_contacts(tx, [contact(citizen_id=citizen_id)])
    event = delayed(citizen_id=citizen_id)
    await write_messages(tx, [event])
    return message_id_of(event)


async def waiting_code(tx: Transaction, *, expires_in_s: float = 300) -> UUID:
    """Queue one message with a one-time code, and return its id."""
    event = code_requested(expires_in_s=expires_in_s)
    await write_codes(tx, [event])
    return message_id_of(event)


LEASE = Lease("one", limit=100, per_destination=100, duration_s=30)


async def claimed(tx: Transaction, *, holder: str = "one") -> Sequence[DueMessage]:
    """Claim the due messages about applications."""
    return await SEND_MESSAGES.claim(tx, replace(LEASE, holder=holder))


async def claimed_codes(tx: Transaction) -> Sequence[DueMessage]:
    """Claim the due codes."""
    return await SEND_CODES.claim(tx, LEASE)


async def waiting_notice(tx: Transaction, *, citizen_id: UUID = CITIZEN) -> UUID:
    """Queue one notice about an account, and return its id."""
    event = notice_requested(citizen_id=citizen_id)
    await save_contacts(tx, [event])
    return message_id_of(event)


async def claimed_notices(tx: Transaction) -> Sequence[DueMessage]:
    """Claim the due notices."""
    return await SEND_NOTICES.claim(tx, LEASE)


async def state_of(tx: Transaction, message_id: UUID) -> str:
    """The state of a message, read without a lock."""
    state: str = await tx.fetchval("SELECT state FROM messages WHERE message_id = $1", message_id)
    return state


async def announced(tx: Transaction) -> list[Any]:
    """The events in the outbox, in order."""
    rows = await tx.fetch("SELECT topic, headers, record_value FROM outbox ORDER BY outbox_id")
    return [
        decode(
            topics.NOTIFICATIONS, row["topic"], unpack_headers(row["headers"]), row["record_value"]
        )
        for row in rows
    ]


async def announced_types(tx: Transaction) -> list[str]:
    """The types of the events in the outbox, in order."""
    return [event.type for event in await announced(tx)]


async def put(tx: Transaction, message_id: UUID, state: State) -> None:
    """Set the state of a message."""
    known = await queries.lock_progress(tx, [message_id])
    await queries.save_progress(tx, [known[message_id]._replace(state=state)])


async def everything_stored(tx: Transaction) -> str:
    """All stored values as one text, to search in."""
    tables = ["contacts", "application_contacts", "messages", "codes", "notices", "outbox"]
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


class FakeProvider(Provider):
    """Accepts messages one by one; first raises these failures, and waits if told to."""

    def __init__(self, *failures: Exception, may_answer: asyncio.Event | None = None) -> None:
        self._failures = list(failures)
        self._may_answer = may_answer
        self._calls = asyncio.Semaphore(0)
        self.called_for: list[UUID] = []
        self.taken: list[DueMessage] = []

    async def until_called(self, times: int) -> None:
        """Wait for so many more messages."""
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(times):
                await self._calls.acquire()

    @override
    async def send(self, attempts: Sequence[Attempt[DueMessage]]) -> Sequence[Exception | None]:
        """Accept messages, or raise the next failure."""
        for attempt in attempts:
            self.called_for.append(attempt.job.message_id)
            self._calls.release()
            if self._may_answer is not None:
                await self._may_answer.wait()
            if self._failures:
                raise self._failures.pop(0)
            self.taken.append(attempt.job)
        return [None] * len(attempts)
