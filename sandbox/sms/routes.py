"""The SMS operator: takes messages, and reports later that they reached the handset.

It takes them one by one, or up to two hundred in one request as aggregators do. In a list each
message has its own key, answer and fate; what is done to a request is done to all of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.notifications import DeliveryReport
from libs.errors import Refused, Unreadable
from libs.ids import new_id
from libs.telemetry.tracing import Tracing
from libs.trace_context import read_context
from libs.web.body import read_body
from libs.web.idempotency import key_of
from libs.web.language import language_of
from libs.web.lists import Result, answer_items, read_items
from sandbox.callbacks.address import CallbackUrl, current_trace
from sandbox.callbacks.queries import insert_callbacks
from sandbox.callbacks.rules import Callback, Kind
from sandbox.faults.chance import share
from sandbox.faults.controls import Controls
from sandbox.faults.destinations import SMS
from sandbox.faults.injector import FaultInjector
from sandbox.faults.rules import Faults
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.schema import Connection
from sandbox.sms.queries import MessageRow, first_messages, insert_messages

MESSAGES_AT_ONCE: Final = 200
"""Most messages in one request."""


class Message(BaseModel):
    """What our side gives the operator to send."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reference: UUID
    to: Annotated[str, Field(pattern=r"^\+8801[0-9]{9}$")]
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    report_url: CallbackUrl


class ListedMessage(Message):
    """A message of a list, `{"messages": [...]}`, with what would stand in headers were it alone.

    Its report comes in a list, too.
    """

    idempotency_key: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")]
    traceparent: str = ""
    tracestate: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message as it came in, and what is to become of its reports."""

    body: Message
    idempotency_key: str
    traceparent: str
    ignores_keys: bool
    report_delays_s: tuple[float, ...]
    message_id: UUID
    reported_as: Kind = "report"
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    trace: str = field(default_factory=current_trace)


@dataclass(frozen=True, slots=True)
class SmsRoutes:
    """Takes messages.

    Args:
        ledger: where they are written down.
        injector: what requests meet on their way.
        controls: how reports go out of order or out twice.
        tracing: shows each message of a list in its own trace.
        seed: chooses which reports.
        report_delay_ms: from a message to its report, about, unless ordered otherwise.
        wake: tells the sender of each kind of report that there is one more.
    """

    ledger: LedgerFile
    injector: FaultInjector
    controls: Controls
    tracing: Tracing
    seed: int
    report_delay_ms: int
    wake: Mapping[Kind, Callable[[], None]]

    def routes(self) -> list[Route]:
        """The routes of the operator."""
        return [
            Route("/sms/messages", self.take_message, methods=["POST"]),
            Route("/sms/messages/bulk", self.take_messages, methods=["POST"]),
        ]

    async def take_message(self, request: Request) -> Response:
        """Take a message; the same key again gets the first answer again."""

        async def act() -> Response:
            [answer] = await self.ledger.write(take, [await self._taken(request)])
            if isinstance(answer, Exception):
                raise answer
            self.wake["report"]()
            return Response(answer, 202, media_type="application/json")

        return await self.injector.through(SMS, act)

    async def take_messages(self, request: Request) -> Response:
        """Take a list of messages, and answer each as it would have been alone."""

        async def act() -> Response:
            raw = await request.body()
            items = read_items(raw, "messages", ListedMessage, most=MESSAGES_AT_ONCE)
            messages = [each for each in items if isinstance(each, ListedMessage)]
            answers = iter(await self._take_listed(messages))
            self.wake["listed_report"]()
            results = [
                each if isinstance(each, Unreadable) else _result(next(answers)) for each in items
            ]
            return answer_items(results, language_of(request))

        return await self.injector.through(SMS, act)

    async def _take_listed(self, messages: Sequence[ListedMessage]) -> Sequence[str | Exception]:
        faults = self.controls.faults_of(SMS)
        parents = [read_context(each.traceparent, each.tracestate) for each in messages]
        with self.tracing.spans("take message", parents=parents, kind="server") as traces:
            taken = [
                self._listed(each, faults, trace.text() if trace else "")
                for each, trace in zip(messages, traces, strict=True)
            ]
            return await self.ledger.write(take, taken)

    def _listed(self, message: ListedMessage, faults: Faults, trace: str) -> Taken:
        message_id = new_id()
        return Taken(
            body=message,
            idempotency_key=message.idempotency_key,
            traceparent=message.traceparent,
            ignores_keys=bool(faults.ignore_idempotency),
            report_delays_s=self._report_delays_s(message_id, faults),
            message_id=message_id,
            reported_as="listed_report",
            trace=trace,
        )

    async def _taken(self, request: Request) -> Taken:
        message_id = new_id()
        faults = self.controls.faults_of(SMS)
        return Taken(
            body=await read_body(request, Message),
            idempotency_key=key_of(request),
            traceparent=request.headers.get("traceparent", ""),
            ignores_keys=bool(faults.ignore_idempotency),
            report_delays_s=self._report_delays_s(message_id, faults),
            message_id=message_id,
        )

    def _report_delays_s(self, message_id: UUID, faults: Faults) -> tuple[float, ...]:
        """Spread reports over half to one and a half of the delay, so that they overtake."""
        delay_ms = faults.report_delay_ms
        about_s = (self.report_delay_ms if delay_ms is None else delay_ms) / 1000
        first_s = about_s * (0.5 + share(self.seed, "report", message_id))
        twice_rate = faults.report_twice_rate or 0
        if twice_rate and share(self.seed, "twice", message_id) < twice_rate:
            return first_s, first_s + about_s
        return (first_s,)


def take(
    connection: Connection, requests: Sequence[Sequence[Taken]]
) -> list[list[str | Exception]]:
    """Send what is new, and answer what came before as it was answered then, per request."""
    keys = {taken.idempotency_key for request in requests for taken in request}
    known = first_messages(connection, keys)
    rows: list[MessageRow] = []
    callbacks: list[Callback] = []

    def answer(taken: Taken) -> str | Exception:
        first = known.get(taken.idempotency_key)
        if first is None or taken.ignores_keys:
            first = _row(taken)
            rows.append(first)
            callbacks.extend(_reports(taken))
            known.setdefault(taken.idempotency_key, first)
        return _answer_from(first, taken.body)

    answers = [[answer(taken) for taken in request] for request in requests]
    insert_messages(connection, rows)
    insert_callbacks(connection, callbacks)
    return answers


def _row(taken: Taken) -> MessageRow:
    return MessageRow(
        reference=str(taken.body.reference),
        phone=taken.body.to,
        text=taken.body.text,
        idempotency_key=taken.idempotency_key,
        traceparent=taken.traceparent,
        received_at=taken.at.isoformat(timespec="microseconds"),
        answer=orjson.dumps({"provider_id": taken.message_id}).decode(),
    )


def _reports(taken: Taken) -> list[Callback]:
    return [
        _report(taken, number, taken.at + timedelta(seconds=delay_s))
        for number, delay_s in enumerate(taken.report_delays_s, start=1)
    ]


def _report(taken: Taken, number: int, due_at: datetime) -> Callback:
    report = DeliveryReport(reference=taken.body.reference, status="delivered", reported_at=due_at)
    return Callback(
        callback_id=f"{taken.message_id}-{number}",
        kind=taken.reported_as,
        destination=SMS,
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


def _result(answer: str | Exception) -> Result | Exception:
    return answer if isinstance(answer, Exception) else Result(202, orjson.Fragment(answer))
