"""The routes of delivery reports as a provider calls them, and what they leave behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.types import ASGIApp, Message

from libs.database.pool import Database
from libs.telemetry.tracing import Tracing
from libs.web.signatures import sign
from services.notifications.messages.rules import State
from tests.services.notifications.scenes import (
    announced,
    announced_types,
    put,
    state_of,
    waiting_message,
)

SECRET = "a secret of the provider and us"


@dataclass(frozen=True, slots=True)
class ProviderSide:
    """A provider that reports to the running routes."""

    app: ASGIApp
    database: Database
    tracing: Tracing
    spans: InMemorySpanExporter

    async def report(
        self,
        reference: UUID,
        status: str = "delivered",
        *,
        secret: str = SECRET,
        sent_at: datetime | None = None,
        traceparent: str = "",
        **fields: Any,
    ) -> int:
        """Send a signed report, and return the status of the answer."""
        body = orjson.dumps(
            {
                "reference": str(reference),
                "status": status,
                "reported_at": datetime.now(UTC).isoformat(),
                **fields,
            }
        )
        headers = sign(secret, f"report {reference}", sent_at or datetime.now(UTC), body)
        if traceparent:
            headers["traceparent"] = traceparent
        return await self.send(body, headers)

    async def report_all(self, *reports: Any, secret: str = SECRET) -> tuple[int, list[int]]:
        """Send a signed list of reports; return the status of the answer, and that of each."""
        body = orjson.dumps({"reports": reports})
        headers = sign(secret, "a list", datetime.now(UTC), body)
        answered = await self._ask("/v1/reports/sms/bulk", body, headers)
        answer = orjson.loads(answered[1].get("body", b""))
        return answered[0]["status"], [each["status"] for each in answer.get("results", [])]

    async def send(self, body: bytes, headers: Mapping[str, str], *, channel: str = "sms") -> int:
        """Send any request, and return the status of the answer."""
        status: int = (await self._ask(f"/v1/reports/{channel}", body, headers))[0]["status"]
        return status

    async def _ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> list[Message]:
        answered: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def answer(message: Message) -> None:
            answered.append(message)

        sent = {"content-type": "application/json", **headers}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        await self.app(scope, receive, answer)
        return answered

    async def queued(self) -> UUID:
        """Queue a message and return its id."""
        async with self.database.transaction() as tx:
            return await waiting_message(tx)

    async def put(self, message_id: UUID, state: State) -> None:
        """Bring a message to a state."""
        async with self.database.transaction() as tx:
            await put(tx, message_id, state)

    async def seen(self, message_id: UUID) -> tuple[str, list[str]]:
        """A message's state and the types of the announced events."""
        async with self.database.transaction() as tx:
            return await state_of(tx, message_id), await announced_types(tx)

    async def announced_trace_ids(self) -> set[str | None]:
        """The trace ids of the announced events."""
        async with self.database.transaction() as tx:
            return {event.trace and event.trace.trace_id for event in await announced(tx)}

    def span_names(self, trace_id: str) -> list[str]:
        """The names of the spans of one trace; nothing is traced afterwards."""
        self.tracing.close()
        return [
            span.name
            for span in self.spans.get_finished_spans()
            if span.context and f"{span.context.trace_id:032x}" == trace_id
        ]
