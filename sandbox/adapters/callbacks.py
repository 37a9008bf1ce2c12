"""Our own platform, as an outside party sees it: the addresses that callbacks go to."""

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
from sandbox.domain.callbacks import Kind, Owed

_SPAN_NAMES: Mapping[Kind, str] = {
    "decision": "call back decision",
    "report": "call back delivery report",
    "listed_report": "call back delivery report",
    "payment": "call back payment",
}


class Callbacks(Protocol):
    """Makes callbacks."""

    async def call(self, owed: Owed) -> int | None:
        """Make one, and return the HTTP status, or None where nobody answered."""

    async def call_listed(self, owed: Sequence[Owed]) -> Sequence[int | None]:
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

    async def call(self, owed: Owed) -> int | None:
        """Make one callback, and return the HTTP status, or None where nobody answered.

        An address that cannot even be looked up is one where nobody answers.
        """
        attributes = {"nagorik.party": owed.party}
        with self._tracing.span(
            _SPAN_NAMES[owed.kind], parent=read_text(owed.trace), attributes=attributes
        ):
            reply = await self._reply(owed, owed.owed_id, owed.body.encode())
        return reply.status if reply else None

    async def call_listed(self, owed: Sequence[Owed]) -> Sequence[int | None]:
        """Make those of one address in one request, and return the status of each.

        Each goes on in its own trace, which stands beside it in the list. Where the answer says
        nothing of each, its status holds for all.
        """
        with self._tracing.spans(
            _SPAN_NAMES[owed[0].kind],
            parents=[read_text(each.trace) for each in owed],
            kind="client",
            attributes={"nagorik.party": owed[0].party},
        ) as traces:
            listed = [_listed(each, trace) for each, trace in zip(owed, traces, strict=True)]
            body = orjson.dumps({"reports": listed})
            reply = await self._reply(owed[0], str(new_id()), body)
        if reply is None:
            return [None] * len(owed)
        if reply.status != HTTPStatus.OK:
            return [reply.status] * len(owed)
        try:
            return [result.status for result in read_results(reply, len(owed))]
        except Unreadable:
            return [None] * len(owed)

    async def _reply(self, owed: Owed, webhook_id: str, body: bytes) -> Reply | None:
        headers = sign(self._secret_of(owed), webhook_id, datetime.now(UTC), body)
        headers["content-type"] = "application/json"
        try:
            return await self._client.call(
                "POST", owed.url, body=body, headers=headers, deadline_s=self._deadline_s
            )
        except (Unavailable, Unreadable, ValueError):
            return None

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    def _secret_of(self, owed: Owed) -> str:
        secret = self._secrets[owed.kind]
        return ministry_secret(secret, owed.party) if owed.kind == "decision" else secret


def _listed(owed: Owed, trace: TraceContext | None) -> dict[str, object]:
    report: dict[str, object] = orjson.loads(owed.body)
    if trace is not None:
        report |= {"traceparent": trace.traceparent, "tracestate": trace.tracestate}
    return report


def ministry_secret(master: str, ministry: str) -> str:
    """Derive the secret of one ministry, so that none can sign for another.

    The ministries service derives the same one to check with.
    """
    key = hmac.digest(master.encode(), ministry.encode(), "sha256")
    return "whsec_" + base64.b64encode(key).decode()
