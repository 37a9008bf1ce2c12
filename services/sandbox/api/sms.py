"""The SMS operator: takes messages, and reports later that they reached the handset."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.notifications import DeliveryReport
from libs.errors import Refused
from libs.ids import derived_id, new_id
from libs.web.body import read_body
from libs.web.idempotency import key_of
from services.sandbox.adapters.ledger_file import LedgerFile
from services.sandbox.api.callbacks import CallbackUrl, current_trace
from services.sandbox.api.gate import Gate
from services.sandbox.domain.callbacks import Owed
from services.sandbox.domain.controls import Controls
from services.sandbox.domain.draws import share
from services.sandbox.domain.parties import SMS
from services.sandbox.store.ledger import Connection
from services.sandbox.store.messages import MessageRow, first_messages, insert_messages
from services.sandbox.store.owed import insert_owed


class Message(BaseModel):
    """What our side gives the operator to send."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reference: UUID
    to: Annotated[str, Field(pattern=r"^\+8801[0-9]{9}$")]
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    report_url: CallbackUrl


@dataclass(frozen=True, slots=True)
class Taken:
    """A message as it came in, and what is to become of its reports."""

    body: Message
    idempotency_key: str
    traceparent: str
    ignores_keys: bool
    report_delays_s: tuple[float, ...]
    message_id: UUID
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    trace: str = field(default_factory=current_trace)


@dataclass(frozen=True, slots=True)
class SmsOperator:
    """Takes messages.

    Args:
        ledger: where they are written down.
        gate: what requests meet on their way.
        controls: how reports go out of order or out twice.
        seed: chooses which reports.
        report_delay_ms: from a message to its report, about, unless ordered otherwise.
        wake: tells the sender of reports that there is one more.
    """

    ledger: LedgerFile
    gate: Gate
    controls: Controls
    seed: int
    report_delay_ms: int
    wake: Callable[[], None]

    def routes(self) -> list[Route]:
        """The routes of the operator."""
        return [Route("/sms/messages", self.take_message, methods=["POST"])]

    async def take_message(self, request: Request) -> Response:
        """Take a message; the same key again gets the first answer again."""

        async def act() -> Response:
            body = await self.ledger.write(take, await self._taken(request))
            self.wake()
            return Response(body, 202, media_type="application/json")

        return await self.gate.through(SMS, act)

    async def _taken(self, request: Request) -> Taken:
        message_id = new_id()
        return Taken(
            body=await read_body(request, Message),
            idempotency_key=key_of(request),
            traceparent=request.headers.get("traceparent", ""),
            ignores_keys=bool(self.controls.faults_of(SMS).ignore_idempotency),
            report_delays_s=self._report_delays_s(message_id),
            message_id=message_id,
        )

    def _report_delays_s(self, message_id: UUID) -> tuple[float, ...]:
        """Spread reports over half to one and a half of the delay, so that they overtake."""
        faults = self.controls.faults_of(SMS)
        delay_ms = faults.report_delay_ms
        about_s = (self.report_delay_ms if delay_ms is None else delay_ms) / 1000
        first_s = about_s * (0.5 + share(self.seed, "report", message_id))
        if share(self.seed, "twice", message_id) < (faults.report_twice_rate or 0):
            return first_s, first_s + about_s
        return (first_s,)


def take(connection: Connection, batch: Sequence[Taken]) -> list[str | Exception]:
    """Send what is new, and answer what came before as it was answered then."""
    known = first_messages(connection, {taken.idempotency_key for taken in batch})
    rows: list[MessageRow] = []
    owed: list[Owed] = []
    answers: list[str | Exception] = []
    for taken in batch:
        first = known.get(taken.idempotency_key)
        if first is None or taken.ignores_keys:
            first = _row(taken)
            rows.append(first)
            owed += _reports(taken)
            known.setdefault(taken.idempotency_key, first)
        answers.append(_answer_from(first, taken.body))
    insert_messages(connection, rows)
    insert_owed(connection, owed)
    return answers


class _Reply(BaseModel):
    provider_id: str


def _row(taken: Taken) -> MessageRow:
    return MessageRow(
        reference=str(taken.body.reference),
        phone=taken.body.to,
        text=taken.body.text,
        idempotency_key=taken.idempotency_key,
        traceparent=taken.traceparent,
        received_at=taken.at.isoformat(timespec="microseconds"),
        answer=_Reply(provider_id=str(taken.message_id)).model_dump_json(),
    )


def _reports(taken: Taken) -> list[Owed]:
    return [
        _report(taken, number, taken.at + timedelta(seconds=delay_s))
        for number, delay_s in enumerate(taken.report_delays_s, start=1)
    ]


def _report(taken: Taken, number: int, due_at: datetime) -> Owed:
    report = DeliveryReport(reference=taken.body.reference, status="delivered", reported_at=due_at)
    return Owed(
        owed_id=str(derived_id(taken.message_id, f"report {number}")),
        kind="report",
        party=SMS,
        subject=str(taken.body.reference),
        result=report.status,
        url=taken.body.report_url,
        body=report.model_dump_json(),
        trace=taken.trace,
        due_at_s=due_at.timestamp(),
    )


def _answer_from(first: MessageRow, body: Message) -> str | Exception:
    if (first.reference, first.phone, first.text) != (str(body.reference), body.to, body.text):
        return Refused("idempotency_key_reused", "another message")
    return first.answer
