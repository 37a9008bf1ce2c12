"""Messages that the SMS operator accepts and reports."""

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
    """A message as the platform sends it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reference: UUID
    to: Annotated[str, Field(pattern=r"^\+8801[0-9]{9}$")]
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    report_url: CallbackUrl


@dataclass(frozen=True, slots=True)
class Received:
    """A received message."""

    body: Message
    idempotency_key: str
    traceparent: str
    reported_as: Kind
    trace: TraceContext | None
    message_id: UUID = field(default_factory=new_id)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator's behaviour at one time.

    Args:
        seed: determines the delays of reports, and which are sent twice.
        report_delay_ms: average time from a message to its report, unless a fault changes it.
        faults: the active faults.
    """

    seed: int
    report_delay_ms: int
    faults: Faults

    def report_delays_s(self, message_id: UUID) -> Sequence[float]:
        """Return the delays of the reports: 0.5 to 1.5 times the average, so that they overtake."""
        fault_ms = self.faults.report_delay_ms
        about_s = (self.report_delay_ms if fault_ms is None else fault_ms) / 1000
        first_s = about_s * (0.5 + share(self.seed, "report", message_id))
        twice_rate = self.faults.report_twice_rate or 0
        if twice_rate and share(self.seed, "twice", message_id) < twice_rate:
            return first_s, first_s + about_s
        return (first_s,)


def accept(
    connection: Connection, operator: Operator, messages: Sequence[Received]
) -> list[str | Exception]:
    """Accept new messages; return the first response to repeated ones."""
    return [_accept(connection, operator, message) for message in messages]


def _accept(connection: Connection, operator: Operator, received: Received) -> str | Exception:
    first, body = first_message(connection, received.idempotency_key), received.body
    if first is None or operator.faults.ignore_idempotency:
        first = MessageRow(
            reference=str(body.reference),
            phone=body.to,
            text=body.text,
            idempotency_key=received.idempotency_key,
            traceparent=received.traceparent,
            received_at=received.at.isoformat(timespec="microseconds"),
            answer=orjson.dumps({"provider_id": received.message_id}).decode(),
        )
        insert_message(connection, first)
        insert_callbacks(connection, list(_reports(operator, received)))
    if (first.reference, first.phone, first.text) != (str(body.reference), body.to, body.text):
        return Refused("idempotency_key_reused", "another message")
    return first.answer


def _reports(operator: Operator, received: Received) -> Iterator[Callback]:
    delays_s = operator.report_delays_s(received.message_id)
    for number, delay_s in enumerate(delays_s, start=1):
        due_at = received.at + timedelta(seconds=delay_s)
        reference = received.body.reference
        report = DeliveryReport(reference=reference, status="delivered", reported_at=due_at)
        yield Callback(
            callback_id=f"{received.message_id}-{number}",
            kind=received.reported_as,
            destination=SMS,
            subject=str(reference),
            result=report.status,
            url=received.body.report_url,
            body=report.model_dump_json(),
            trace=received.trace.text() if received.trace else "",
            due_at_s=due_at.timestamp(),
        )
