"""The SMS operator: accepts messages, and later reports that they reached the handset.

It accepts them one by one, or up to two hundred in one request as aggregators do. Every message of
a list has its own key, response and reports; a fault of a request applies to all its messages.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import orjson
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.language import Language
from libs.errors import Unreadable
from libs.telemetry.spans import TAKE_MESSAGE
from libs.telemetry.tracing import Tracing
from libs.trace_context import current_context, read_context
from libs.web.handling.idempotency import IdempotencyKey
from libs.web.handling.lists import Result, answer_items, read_items
from libs.web.handling.routes import Routes
from sandbox.callbacks.jobs import CallbackSenders
from sandbox.faults.controls import Controls
from sandbox.faults.destinations import SMS
from sandbox.faults.injector import FaultInjector
from sandbox.ledger.file import LedgerFile
from sandbox.settings import Settings
from sandbox.sms.use_cases import Message, Operator, Received, accept

MESSAGES_AT_ONCE: Final = 200
"""Most messages in one request."""

routes = Routes()


class ListedMessage(Message):
    """A message of a list, with the values that a single message has in its headers.

    Its report is sent in a list, too.
    """

    idempotency_key: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")]
    traceparent: str = ""
    tracestate: str = ""


@routes.post("/sms/messages", public=False)
async def take_message(  # noqa: PLR0913
    body: Message,
    key: IdempotencyKey,
    request: Request,
    ledger: LedgerFile,
    injector: FaultInjector,
    controls: Controls,
    senders: CallbackSenders,
    settings: Settings,
) -> Response:
    """Accept a message; a repeat under the same key gets the first response."""

    async def act() -> Response:
        traceparent = request.headers.get("traceparent", "")
        received = Received(body, key, traceparent, "report", current_context())
        [answer] = await ledger.write(accept, _operator(settings, controls), [received])
        if isinstance(answer, Exception):
            raise answer
        senders["report"].wake()
        return Response(answer, 202, media_type="application/json")

    return await injector.through(SMS, act)


@routes.post("/sms/messages/bulk", public=False)
async def take_messages(  # noqa: PLR0913
    raw: bytes,
    language: Language,
    ledger: LedgerFile,
    injector: FaultInjector,
    controls: Controls,
    tracing: Tracing,
    senders: CallbackSenders,
    settings: Settings,
) -> Response:
    """Accept a list of messages; every message gets the response it would have got alone."""

    async def act() -> Response:
        items = read_items(raw, "messages", ListedMessage, most=MESSAGES_AT_ONCE)
        messages = [
            listed_message for listed_message in items if isinstance(listed_message, ListedMessage)
        ]
        answers = iter(await write(messages))
        senders["listed_report"].wake()
        results = [
            item if isinstance(item, Unreadable) else _result(next(answers)) for item in items
        ]
        return answer_items(results, language)

    async def write(messages: Sequence[ListedMessage]) -> Sequence[str | Exception]:
        parents = [read_context(message.traceparent, message.tracestate) for message in messages]
        with tracing.spans(TAKE_MESSAGE, parents=parents, kind="server") as traces:
            received = [
                Received(
                    message, message.idempotency_key, message.traceparent, "listed_report", trace
                )
                for message, trace in zip(messages, traces, strict=True)
            ]
            return await ledger.write(accept, _operator(settings, controls), received)

    return await injector.through(SMS, act)


def _operator(settings: Settings, controls: Controls) -> Operator:
    return Operator(settings.seed, settings.report_delay_ms, controls.faults_of(SMS))


def _result(answer: str | Exception) -> Result | Exception:
    return answer if isinstance(answer, Exception) else Result(202, orjson.Fragment(answer))
