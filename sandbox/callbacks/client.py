"""Our own platform, as an outside destination sees it: the addresses that callbacks go to."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Protocol

import orjson

from libs.errors import Unavailable, Unreadable
from libs.ids import new_id
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, read_text
from libs.web.client import HttpClient, Reply
from libs.web.lists import read_results
from libs.web.signatures import sign
from sandbox.callbacks.rules import Callback, Kind

_SPAN_NAMES: Mapping[Kind, str] = {
    "decision": "call back decision",
    "report": "call back delivery report",
    "listed_report": "call back delivery report",
}


class Callbacks(Protocol):
    """Makes callbacks."""

    async def call(self, callback: Callback) -> int | None:
        """Make one, and return the HTTP status, or None where nobody answered."""

    async def call_listed(self, callbacks: Sequence[Callback]) -> Sequence[int | None]:
        """Make those of one address in one request, and return the status of each."""

    async def close(self) -> None:
        """Close all connections."""


class SignedCallbacks:
    """Makes callbacks signed by Standard Webhooks, in the trace of what they answer.

    Args:
        client: makes the calls.
        tracing: makes the spans.
        secrets: the secret of each kind; for decisions the master of all ministries' secrets.
        deadline_s: seconds our side has to answer.
    """

    def __init__(
        self,
        client: HttpClient,
        tracing: Tracing,
        secrets: Mapping[Kind, str],
        *,
        deadline_s: float,
    ) -> None:
        self._client = client
        self._tracing = tracing
        self._secrets = secrets
        self._deadline_s = deadline_s

    async def call(self, callback: Callback) -> int | None:
        """Make one callback, and return the HTTP status, or None where nobody answered.

        An address that cannot even be looked up is one where nobody answers.
        """
        attributes = {"nagorik.destination": callback.destination}
        with self._tracing.span(
            _SPAN_NAMES[callback.kind], parent=read_text(callback.trace), attributes=attributes
        ):
            reply = await self._reply(callback, callback.callback_id, callback.body.encode())
        return reply.status if reply else None

    async def call_listed(self, callbacks: Sequence[Callback]) -> Sequence[int | None]:
        """Make those of one address in one request, and return the status of each.

        Each goes on in its own trace, which stands beside it in the list. Where the answer says
        nothing of each, its status holds for all.
        """
        with self._tracing.spans(
            _SPAN_NAMES[callbacks[0].kind],
            parents=[read_text(each.trace) for each in callbacks],
            kind="client",
            attributes={"nagorik.destination": callbacks[0].destination},
        ) as traces:
            listed = [_listed(each, trace) for each, trace in zip(callbacks, traces, strict=True)]
            body = orjson.dumps({"reports": listed})
            reply = await self._reply(callbacks[0], str(new_id()), body)
        if reply is None:
            return [None] * len(callbacks)
        if reply.status != HTTPStatus.OK:
            return [reply.status] * len(callbacks)
        try:
            return [result.status for result in read_results(reply, len(callbacks))]
        except Unreadable:
            return [None] * len(callbacks)

    async def _reply(self, callback: Callback, webhook_id: str, body: bytes) -> Reply | None:
        headers = sign(self._secret_of(callback), webhook_id, datetime.now(UTC), body)
        headers["content-type"] = "application/json"
        try:
            return await self._client.call(
                "POST", callback.url, body=body, headers=headers, deadline_s=self._deadline_s
            )
        except (Unavailable, Unreadable, ValueError):
            return None

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    def _secret_of(self, callback: Callback) -> str:
        secret = self._secrets[callback.kind]
        return (
            ministry_secret(secret, callback.destination) if callback.kind == "decision" else secret
        )


def _listed(callback: Callback, trace: TraceContext | None) -> dict[str, object]:
    report: dict[str, object] = orjson.loads(callback.body)
    if trace is not None:
        report |= {"traceparent": trace.traceparent, "tracestate": trace.tracestate}
    return report


def ministry_secret(master: str, ministry: str) -> str:
    """Derive the secret of one ministry, so that none can sign for another.

    The ministries service derives the same one to check with.
    """
    key = hmac.digest(master.encode(), ministry.encode(), "sha256")
    return "whsec_" + base64.b64encode(key).decode()
