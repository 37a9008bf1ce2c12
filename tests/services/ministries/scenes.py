"""What tests of ministries begin with: submissions, answers, and a ministry that does as told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from libs.contracts.applications import (
    SubmissionCorrected,
    SubmissionLodged,
    SubmissionWithdrawn,
)
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecision
from libs.database.claims import Terms
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.batch import Batch
from libs.messaging.envelope import unpack_headers
from libs.trace_context import TraceContext
from services.ministries import domain
from services.ministries.consumers import on_submission_events
from services.ministries.domain import Answer, Delivery, Kind, Submission
from services.ministries.store import due

Action = Literal["received", "correction_asked", "approved", "refused"]

LAND = "minland"
HEALTH = "mohfw"
APPLICATION = UUID("0190a000-0000-7000-8000-000000000001")
TRACE = TraceContext(f"00-{'a' * 32}-{'b' * 16}-01")
NOTE = Text(bn="ছবিটি স্পষ্ট নয়।", en="The photo is not clear.")
NUMBER = "LAND/2026/1"


def submission(
    kind: Kind = "lodged",
    *,
    application_id: UUID = APPLICATION,
    ministry: str = LAND,
    event_id: UUID | None = None,
) -> Submission:
    """A submission as applications tells it."""
    shared: dict[str, Any] = {
        "event_id": event_id or new_id(),
        "occurred_at": datetime(2026, 3, 1, tzinfo=UTC),
        "application_id": application_id,
        "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
        "public_service_id": "land-01",
        "ministry": ministry,
    }
    content: dict[str, Any] = {"form": {"name_bn": "রহিমা খাতুন"}, "form_version": 1}
    if kind == "lodged":
        return SubmissionLodged(**shared, **content).in_trace(TRACE)
    if kind == "corrected":
        return SubmissionCorrected(**shared, **content).in_trace(TRACE)
    return SubmissionWithdrawn(**shared).in_trace(TRACE)


def decision(
    action: Action = "received",
    *,
    application_id: UUID = APPLICATION,
    number: str | None = NUMBER,
    note: Text | None = None,
) -> MinistryDecision:
    """What a ministry says."""
    return MinistryDecision(
        application_id=application_id, action=action, case_file_number=number, note=note
    )


def answer(delivery: Delivery, said: MinistryDecision | None = None) -> Answer:
    """What a ministry says about a delivery."""
    said = said or decision(application_id=delivery.application_id)
    return Answer(delivery.delivery_id, delivery.kind, said, TRACE)


async def planned(tx: Transaction, *submissions: Submission) -> list[Delivery]:
    """Submissions that have been heard, as deliveries."""
    await on_submission_events(Batch(submissions), tx)
    return [domain.plan_delivery(each) for each in submissions]


async def claim(
    tx: Transaction,
    *,
    worker: str = "w1",
    limit: int = 100,
    without: Sequence[str] = (),
    share: int = 100,
) -> list[Delivery]:
    """The deliveries that a worker takes now."""
    return await due.claim_due(tx, Terms(worker, limit, share, 60, without))


async def told(tx: Transaction) -> list[tuple[str, str]]:
    """Type and topic of each event that waits to be published, in order."""
    rows = await tx.fetch("SELECT topic, headers FROM outbox ORDER BY outbox_id")
    return [
        (dict(unpack_headers(row["headers"]))["ce_type"].decode(), row["topic"]) for row in rows
    ]


async def told_types(tx: Transaction) -> list[str]:
    """Type of each event that waits to be published, in order."""
    return [event_type for event_type, _ in await told(tx)]


async def told_of(database: Database) -> list[str]:
    """Type of each committed event that waits to be published, in order."""
    async with database.transaction() as tx:
        return await told_types(tx)


async def state_of(tx: Transaction, delivery: Delivery) -> dict[str, Any]:
    """A delivery's row as it stands."""
    row = await tx.fetchrow("SELECT * FROM deliveries WHERE delivery_id = $1", delivery.delivery_id)
    assert row is not None
    return dict(row)


async def make_due(tx: Transaction) -> None:
    """Let the time come at which every rescheduled delivery is due."""
    await tx.execute("UPDATE deliveries SET due_at = now() WHERE due_at IS NOT NULL")


@dataclass
class FakeMinistry:
    """An adapter whose ministry answers by a script, and remembers what it was handed."""

    script: Callable[[int, Delivery], MinistryDecision]
    handed: list[tuple[Delivery, str]] = field(default_factory=list)

    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        """Answer, or raise, as the script says for this call."""
        self.handed.append((delivery, idempotency_key))
        return self.script(len(self.handed), delivery)
