"""Submissions, responses, deliveries and a fake ministry for the tests of ministries."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from typing_extensions import override

from libs.contracts.applications import (
    ResponsibleOffice,
    Stage,
    SubmissionAppealed,
    SubmissionCorrected,
    SubmissionMade,
    SubmissionWithdrawn,
)
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecision
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters.admin import DeadLetterAdmin
from libs.ids import new_id
from libs.jobs import JobResult, Lease
from libs.messaging.envelope import unpack_headers
from libs.messaging.reading.redelivery import mark_handled, redelivery
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext
from services.ministries.deliveries import queries, use_cases
from services.ministries.deliveries.adapters.contract import Adapter
from services.ministries.deliveries.jobs import MANUAL_ACTIONS
from services.ministries.deliveries.responses import MinistryResponse
from services.ministries.deliveries.rules import Delivery, Kind, Submission, plan_delivery
from tests.waiting import PATIENCE_S

Action = Literal["received", "correction_asked", "approved", "refused"]

LAND = "minland"
HEALTH = "mohfw"
APPLICATION = UUID("0190a000-0000-7000-8000-000000000001")
APPLICANT = UUID("0192f3a0-0000-7000-8000-0000000000a1")
TRACE = TraceContext(f"00-{'a' * 32}-{'b' * 16}-01")
NOTE = Text(bn="ছবিটি স্পষ্ট নয়।", en="The photo is not clear.")
NUMBER = "LAND/2026/1"
OFFICE = ResponsibleOffice(
    office_id="union-U2393",
    kind="union",
    name=Text(bn="আমতলী ইউনিয়ন পরিষদ", en="Amtali Union Parishad"),
    rule_id="union",
    rule_version=1,
).model_dump_json()


def submission(
    kind: Kind = "submitted",
    *,
    application_id: UUID = APPLICATION,
    ministry: str = LAND,
    event_id: UUID | None = None,
) -> Submission:
    """A submission as applications publishes it."""
    shared: dict[str, Any] = {
        "event_id": event_id or new_id(),
        "occurred_at": datetime(2026, 3, 1, tzinfo=UTC),
        "application_id": application_id,
        "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
        "public_service_id": "land-01",
        "ministry": ministry,
        "served_by": "hosted",
        "applicant_id": APPLICANT,
        "actor_id": APPLICANT,
    }
    content: dict[str, Any] = {"form": {"name_bn": "রহিমা খাতুন"}, "form_version": 1}
    if kind == "submitted":
        return SubmissionMade(**shared, **content).in_trace(TRACE)
    if kind == "corrected":
        return SubmissionCorrected(**shared, **content).in_trace(TRACE)
    if kind == "appealed":
        del shared["actor_id"]
        return SubmissionAppealed(**shared, grounds="কাগজটি দেওয়া ছিল").in_trace(TRACE)
    return SubmissionWithdrawn(**shared).in_trace(TRACE)


def decision(
    action: Action = "received",
    *,
    application_id: UUID = APPLICATION,
    number: str | None = NUMBER,
    note: Text | None = None,
    stage: Stage = "first",
) -> MinistryDecision:
    """A ministry's decision; a refusal says why."""
    if action == "refused":
        note = note or NOTE
    return MinistryDecision(
        application_id=application_id,
        action=action,
        case_file_number=number,
        note=note,
        stage=stage,
    )


def response(delivery: Delivery, said: MinistryDecision | None = None) -> MinistryResponse:
    """A ministry's response to a delivery."""
    said = said or decision(application_id=delivery.application_id)
    return MinistryResponse(delivery, said, TRACE)


def succeeded(delivery: Delivery, said: MinistryDecision) -> JobResult[Delivery, MinistryDecision]:
    """The result of an attempt with a response."""
    return JobResult(delivery, said, None, None, counts=True, trace=TRACE)


def failed(
    delivery: Delivery, failure: Exception, retry_in_s: float | None = None, *, counts: bool = True
) -> JobResult[Delivery, MinistryDecision]:
    """The result of a failed attempt, by default a final failure."""
    return JobResult(delivery, None, failure, retry_in_s, counts=counts, trace=TRACE)


async def planned(tx: Transaction, *submissions: Submission) -> list[Delivery]:
    """Plan the deliveries of submissions, and return them."""
    await use_cases.plan_deliveries(tx, submissions)
    return [plan_delivery(each) for each in submissions]


async def claim(
    tx: Transaction,
    *,
    holder: str = "w1",
    limit: int = 100,
    excluded: Sequence[str] = (),
    share: int = 100,
) -> list[Delivery]:
    """Claim the due deliveries."""
    return await queries.claim_deliveries(tx, Lease(holder, limit, share, 60, excluded))


async def announced(tx: Transaction) -> list[tuple[str, str]]:
    """Type and topic of the events in the outbox, in order."""
    rows = await tx.fetch("SELECT topic, headers FROM outbox ORDER BY outbox_id")
    return [
        (dict(unpack_headers(row["headers"]))["ce_type"].decode(), row["topic"]) for row in rows
    ]


async def announced_types(tx: Transaction) -> list[str]:
    """Types of the events in the outbox, in order."""
    return [event_type for event_type, _ in await announced(tx)]


async def committed_types(database: Database) -> list[str]:
    """Types of the committed events in the outbox, in order."""
    async with database.transaction() as tx:
        return await announced_types(tx)


async def row_of(tx: Transaction, delivery: Delivery) -> dict[str, Any]:
    """A delivery's row."""
    row = await tx.fetchrow("SELECT * FROM deliveries WHERE delivery_id = $1", delivery.delivery_id)
    assert row is not None
    return dict(row)


async def committed_row(database: Database, delivery: Delivery) -> dict[str, Any]:
    """A delivery's committed row."""
    async with database.transaction() as tx:
        return await row_of(tx, delivery)


async def make_due(tx: Transaction) -> None:
    """Make every rescheduled delivery due now."""
    await tx.execute("UPDATE deliveries SET due_at = now() WHERE due_at IS NOT NULL")


def admin_of(database: Database) -> DeadLetterAdmin:
    """The dead-letter admin of the service."""
    redeliver = redelivery({}, Tracing("test"))
    return DeadLetterAdmin("ministries", database, redeliver, mark_handled, MANUAL_ACTIONS)


class FakeMinistry(Adapter):
    """An adapter whose responses a script determines; it stores the deliveries."""

    def __init__(self, script: Callable[[int, Delivery], MinistryDecision]) -> None:
        self.script = script
        self._calls = asyncio.Semaphore(0)
        self.handed: list[tuple[Delivery, str]] = []

    @override
    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        """Return or raise what the script gives for this call."""
        self.handed.append((delivery, idempotency_key))
        self._calls.release()
        return self.script(len(self.handed), delivery)

    async def until_called(self, times: int) -> None:
        """Wait for so many more calls."""
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(times):
                await self._calls.acquire()
