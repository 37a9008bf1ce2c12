"""What the SMS operator does with messages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.notifications import DeliveryReport
from libs.errors import Refused
from libs.ids import new_id
from libs.trace_context import TraceContext
from sandbox.callbacks.queries import insert_callbacks
from sandbox.callbacks.rules import Callback, CallbackUrl, Kind
from sandbox.faults.chance import share
from sandbox.faults.destinations import SMS
from sandbox.faults.rules import Faults
from sandbox.ledger.schema import Connection
from sandbox.sms.queries import MessageRow, first_message, insert_message


class Message(BaseModel):
    """What the platform gives the operator to send."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reference: UUID
    to: Annotated[str, Field(pattern=r"^\+8801[0-9]{9}$")]
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    report_url: CallbackUrl


@dataclass(frozen=True, slots=True)
class Taken:
    """A message as it came in."""

    body: Message
    idempotency_key: str
    traceparent: str
    reported_as: Kind
    trace: TraceContext | None
    message_id: UUID = field(default_factory=new_id)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Operator:
    """How the operator works just now.

    Args:
        seed: chooses how late each report is, and which come twice.
        report_delay_ms: from a message to its report, about, unless ordered otherwise.
        faults: in force.
    """

    seed: int
    report_delay_ms: int
    faults: Faults

    def report_delays_s(self, message_id: UUID) -> Sequence[float]:
        """How late the reports of a message are: 0.5 to 1.5 times the delay, so they overtake."""
        ordered_ms = self.faults.report_delay_ms
        about_s = (self.report_delay_ms if ordered_ms is None else ordered_ms) / 1000
        first_s = about_s * (0.5 + share(self.seed, "report", message_id))
        twice_rate = self.faults.report_twice_rate or 0
        if twice_rate and share(self.seed, "twice", message_id) < twice_rate:
            return first_s, first_s + about_s
        return (first_s,)


def take(
    connection: Connection, operator: Operator, messages: Sequence[Taken]
) -> list[str | Exception]:
    """Send new messages, and answer those that came before as they were answered then."""
    return [_take(connection, operator, each) for each in messages]


def _take(connection: Connection, operator: Operator, taken: Taken) -> str | Exception:
    first, body = first_message(connection, taken.idempotency_key), taken.body
    if first is None or operator.faults.ignore_idempotency:
        first = MessageRow(
            reference=str(body.reference),
            phone=body.to,
            text=body.text,
            idempotency_key=taken.idempotency_key,
            traceparent=taken.traceparent,
            received_at=taken.at.isoformat(timespec="microseconds"),
            answer=orjson.dumps({"provider_id": taken.message_id}).decode(),
        )
        insert_message(connection, first)
        insert_callbacks(connection, list(_reports(operator, taken)))
    if (first.reference, first.phone, first.text) != (str(body.reference), body.to, body.text):
        return Refused("idempotency_key_reused", "another message")
    return first.answer


def _reports(operator: Operator, taken: Taken) -> Iterator[Callback]:
    delays_s = operator.report_delays_s(taken.message_id)
    for number, delay_s in enumerate(delays_s, start=1):
        due_at = taken.at + timedelta(seconds=delay_s)
        reference = taken.body.reference
        report = DeliveryReport(reference=reference, status="delivered", reported_at=due_at)
        yield Callback(
            callback_id=f"{taken.message_id}-{number}",
            kind=taken.reported_as,
            destination=SMS,
            subject=str(reference),
            result=report.status,
            url=taken.body.report_url,
            body=report.model_dump_json(),
            trace=taken.trace.text() if taken.trace else "",
            due_at_s=due_at.timestamp(),
        )
