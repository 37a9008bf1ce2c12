"""The platform as an outside destination sees it: the addresses that callbacks go to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import orjson

from libs.errors import Unavailable, Unreadable
from libs.ids import new_id
from libs.telemetry.spans import CALL_BACK_DECISION, CALL_BACK_REPORT, called_back
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, read_text
from libs.web.calling.client import HttpClient, Reply
from libs.web.handling import problems
from libs.web.handling.lists import read_results
from libs.web.signed.signatures import sign
from sandbox.callbacks.rules import Callback
from sandbox.keys import KeysOf


@dataclass(frozen=True, slots=True)
class SignedCallbacks:
    """Sends callbacks signed by Standard Webhooks, in the trace of the submission or message.

    Args:
        client: makes the calls.
        tracing: makes the spans.
        keys_of: returns the keys of a ministry; a decision is signed with the newest.
        report_secret: signs the SMS operator's reports.
        deadline_s: seconds that the platform has to answer.
    """

    client: HttpClient
    tracing: Tracing
    keys_of: KeysOf
    report_secret: str
    deadline_s: float

    async def send(self, callbacks: Sequence[Callback]) -> Sequence[int | None]:
        """Send one callback, or a list of reports to one address.

        Returns:
            The HTTP status of every callback; None without a response.
        """
        if callbacks[0].kind == "listed_report":
            return await self._send_listed(callbacks)
        return [await self._send_one(callback) for callback in callbacks]

    async def _send_one(self, callback: Callback) -> int | None:
        is_decision = callback.kind == "decision"
        name, _, attributes = called_back(
            CALL_BACK_DECISION if is_decision else CALL_BACK_REPORT, callback.destination
        )
        with self.tracing.span(name, parent=read_text(callback.trace), attributes=attributes):
            reply = await self._reply(callback, callback.callback_id, callback.body.encode())
        return reply.status if reply else None

    async def _send_listed(self, callbacks: Sequence[Callback]) -> Sequence[int | None]:
        """Send a list; every report carries its own trace.

        Where the response is not a list of results, its status applies to all.
        """
        name, kind, attributes = called_back(CALL_BACK_REPORT, callbacks[0].destination)
        parents = [read_text(callback.trace) for callback in callbacks]
        with self.tracing.spans(name, parents=parents, kind=kind, attributes=attributes) as traces:
            listed = [
                _listed(callback, trace) for callback, trace in zip(callbacks, traces, strict=True)
            ]
            body = orjson.dumps({"reports": listed})
            reply = await self._reply(callbacks[0], str(new_id()), body)
        if reply is None or reply.status != HTTPStatus.OK:
            return [reply.status if reply else None] * len(callbacks)
        try:
            return [result.status for result in read_results(reply, len(callbacks))]
        except Unreadable:
            return [None] * len(callbacks)

    async def _reply(self, callback: Callback, webhook_id: str, body: bytes) -> Reply | None:
        """Return the response; None if there was none, or the address cannot be resolved.

        A 4xx without a problem document is a proxy's, and the platform has refused nothing.
        """
        secret = (
            self.keys_of(callback.destination)[0]
            if callback.kind == "decision"
            else self.report_secret
        )
        headers = sign(secret, webhook_id, datetime.now(UTC), body)
        headers["content-type"] = "application/json"
        try:
            reply = await self.client.call(
                "POST", callback.url, body=body, headers=headers, deadline_s=self.deadline_s
            )
        except (Unavailable, Unreadable, ValueError):
            return None
        is_proxys = 400 <= reply.status < 500 and reply.media_type != problems.MEDIA_TYPE
        return None if is_proxys else reply


def _listed(callback: Callback, trace: TraceContext | None) -> dict[str, object]:
    report: dict[str, object] = orjson.loads(callback.body)
    if trace is not None:
        report |= {"traceparent": trace.traceparent, "tracestate": trace.tracestate}
    return report
