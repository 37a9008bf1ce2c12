"""Our own platform, as an outside party sees it: the addresses that callbacks go to."""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from libs.errors import Unavailable, Unreadable
from libs.telemetry.tracing import Tracing
from libs.trace_context import read_text
from libs.web.client import HttpClient
from libs.web.signatures import sign
from services.sandbox.domain.callbacks import Kind, Owed

_SPAN_NAMES: Mapping[Kind, str] = {
    "decision": "call back decision",
    "report": "call back delivery report",
    "payment": "call back payment",
}


class Callbacks(Protocol):
    """Makes callbacks."""

    async def call(self, owed: Owed) -> int | None:
        """Make one, and return the HTTP status, or None where nobody answered."""

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
        body = owed.body.encode()
        headers = sign(self._secret_of(owed), owed.owed_id, datetime.now(UTC), body)
        headers["content-type"] = "application/json"
        attributes = {"nagorik.party": owed.party}
        with self._tracing.span(
            _SPAN_NAMES[owed.kind], parent=read_text(owed.trace), attributes=attributes
        ):
            try:
                reply = await self._client.call(
                    "POST", owed.url, body=body, headers=headers, deadline_s=self._deadline_s
                )
            except (Unavailable, Unreadable, ValueError):
                return None
        return reply.status

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    def _secret_of(self, owed: Owed) -> str:
        secret = self._secrets[owed.kind]
        return ministry_secret(secret, owed.party) if owed.kind == "decision" else secret


def ministry_secret(master: str, ministry: str) -> str:
    """Derive the secret of one ministry, so that none can sign for another.

    The ministries service derives the same one to check with.
    """
    key = hmac.digest(master.encode(), ministry.encode(), "sha256")
    return "whsec_" + base64.b64encode(key).decode()
