"""Delivery reports: signed, recorded once, in any order."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr
from starlette.types import ASGIApp

from libs.contracts.notifications import DeliveryReport
from libs.database.pool import Database
from libs.messaging.restoring.rewind import write_journal
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.signed.signatures import sign
from services.notifications.messages.rules import State
from services.notifications.sending.routes import Reports, Signatures, routes
from services.notifications.sending.rules import ReceivedReport
from services.notifications.sending.use_cases import record_reports
from tests.libs.messaging.scenes import running
from tests.libs.web.running import Answer, app_with, ask
from tests.services.notifications.scenes import (
    CODE,
    TRACE,
    announced,
    announced_types,
    everything_stored,
    put,
    state_of,
    waiting_code,
    waiting_message,
)

SECRET = "a secret of the provider and of us"
LOST = b"""{"reference": "00000000-0000-0000-0000-000000000001", "status": "lost",
            "reported_at": "2026-01-01T00:00:00Z"}"""
OTHER_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@dataclass(frozen=True)
class ProviderSide:
    """A provider that sends reports to the routes."""

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
        """Send a signed report, and return the response's status."""
        body = orjson.dumps({**listed(reference, status), **fields})
        headers = sign(secret, f"report {reference}", sent_at or datetime.now(UTC), body)
        if traceparent:
            headers["traceparent"] = traceparent
        return (await self.send(body, headers)).status

    async def report_all(self, *reports: Any, secret: str = SECRET) -> tuple[int, list[int]]:
        """Send a signed list of reports; return the status of the response and of each result."""
        body = orjson.dumps({"reports": reports})
        headers = sign(secret, "a list", datetime.now(UTC), body)
        got = await self.send(body, headers, to="sms/bulk")
        return got.status, [each["status"] for each in got.json().get("results", [])]

    async def send(self, body: bytes, headers: Mapping[str, str], *, to: str = "sms") -> Answer:
        """Send any request."""
        headers = {"content-type": "application/json", **headers}
        return await ask(self.app, "POST", f"/v1/reports/{to}", headers=headers, chunks=[body])

    async def queued(self, state: State = "queued") -> UUID:
        """Queue a message, set its state, and return its id."""
        async with self.database.transaction() as tx:
            message_id = await waiting_message(tx)
            await put(tx, message_id, state)
            return message_id

    async def seen(self, message_id: UUID) -> tuple[str, list[str]]:
        """Return a message's state and the types of the announced events."""
        async with self.database.transaction() as tx:
            return await state_of(tx, message_id), await announced_types(tx)

    async def announced_trace_ids(self) -> set[str | None]:
        """The trace ids of the announced events."""
        async with self.database.transaction() as tx:
            return {event.trace and event.trace.trace_id for event in await announced(tx)}

    def span_names(self, trace_id: str) -> list[str]:
        """Return the names of the spans of a trace; closes the tracing."""
        self.tracing.close()
        return [
            span.name
            for span in self.spans.get_finished_spans()
            if span.context and f"{span.context.trace_id:032x}" == trace_id
        ]


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[ProviderSide]:
    """The routes of notifications on a real database."""
    spans = InMemorySpanExporter()
    tracing = Tracing("notifications", exporter=spans)
    record = partial(record_reports, metrics=Metrics("notifications"))
    reports = Reports("delivery reports", database, record)
    signatures = Signatures({"sms": SecretStr(SECRET)})
    bound = routes.bind("notifications", [reports, signatures, tracing])
    async with running(reports):
        yield ProviderSide(app_with(*bound, tracing=tracing), database, tracing, spans)


def listed(reference: UUID, status: str = "delivered", traceparent: str = "") -> dict[str, str]:
    """A report as an item of a list."""
    return {
        "reference": str(reference),
        "status": status,
        "reported_at": datetime.now(UTC).isoformat(),
        "traceparent": traceparent,
    }


async def test_a_repeated_report_is_answered_alike_and_announced_once(
    provider: ProviderSide,
) -> None:
    """Also if twenty reports come at the same time."""
    message_id = await provider.queued("sent")
    answers = await asyncio.gather(*(provider.report(message_id, "failed") for _ in range(20)))
    assert set(answers) == {204}
    assert await provider.seen(message_id) == ("failed", ["message_failed"])


@pytest.mark.parametrize("before", ["queued", "sent"])
async def test_a_delivered_message_is_recorded_and_announced_to_nobody(
    provider: ProviderSide, before: State
) -> None:
    """Usually the report arrives before the result of the call is recorded."""
    message_id = await provider.queued(before)
    assert await provider.report(message_id) == 204
    assert await provider.seen(message_id) == ("delivered", [])


@pytest.mark.parametrize("state", ["delivered", "failed", "expired", "cancelled"])
@pytest.mark.parametrize("status", ["delivered", "failed"])
async def test_a_late_report_does_not_change_a_final_state(
    provider: ProviderSide, state: State, status: str
) -> None:
    """It is accepted, so that the provider stops, and changes nothing."""
    message_id = await provider.queued(state)
    assert await provider.report(message_id, status) == 204
    assert await provider.seen(message_id) == (state, [])


async def test_concurrent_reports_at_two_replicas_count_once(provider: ProviderSide) -> None:
    """The second transaction waits for the first."""
    message_id = await provider.queued("sent")
    both_began = asyncio.Barrier(2)

    async def take(status: Any) -> None:
        report = DeliveryReport(reference=message_id, status=status, reported_at=datetime.now(UTC))
        async with provider.database.transaction() as tx:
            await tx.fetchval("SELECT 1")
            await both_began.wait()
            received = ReceivedReport("sms", report, None)
            await record_reports(tx, [received], metrics=Metrics("notifications"))

    await asyncio.gather(take("delivered"), take("failed"))
    state, types = await provider.seen(message_id)
    assert types == ["message_failed"] * (state == "failed")


async def test_a_failure_is_announced_without_the_providers_words(provider: ProviderSide) -> None:
    """A reason in free text, which may contain a number, is not published."""
    message_id = await provider.queued()
    assert await provider.report(message_id, "failed", reason="no +8801712345678") == 204
    async with provider.database.transaction() as tx:
        assert (await announced(tx))[-1].reason == "not_delivered"


async def test_a_report_on_a_code_deletes_the_code(provider: ProviderSide) -> None:
    """The code has been delivered; nothing is announced."""
    async with provider.database.transaction() as tx:
        message_id = await waiting_code(tx)
    assert await provider.report(message_id) == 204
    assert await provider.seen(message_id) == ("delivered", [])
    async with provider.database.transaction() as tx:
        assert CODE not in await everything_stored(tx)


async def test_an_unknown_reference_fails_alone(provider: ProviderSide) -> None:
    """Other reports in the same commit are recorded."""
    message_id = await provider.queued()
    answers = await asyncio.gather(provider.report(UUID(int=99)), provider.report(message_id))
    assert list(answers) == [404, 204]


async def test_after_a_restore_a_report_is_asked_for_again(provider: ProviderSide) -> None:
    """For a day after a rewind its message may still be read again."""
    async with provider.database.transaction() as tx:
        await write_journal(tx, by="rahima", action="rewind", detail="")
    assert await provider.report(UUID(int=99)) == 503


async def test_another_channel_is_unknown(provider: ProviderSide) -> None:
    """Only reports of existing channels are accepted."""
    assert (await provider.send(b"{}", {}, to="fax")).status == 404


async def test_a_report_with_a_wrong_signature_is_refused(provider: ProviderSide) -> None:
    """Another secret, an old timestamp and a missing signature are refused."""
    message_id = await provider.queued()
    old = datetime.now(UTC) - timedelta(minutes=10)
    assert await provider.report(message_id, secret="another secret") == 401
    assert await provider.report(message_id, sent_at=old) == 401
    assert (await provider.send(b"{}", {})).status == 401
    assert await provider.seen(message_id) == ("queued", [])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 10_000, 400),
        (b"null", 422),
        (b"{}", 422),
        (b'{"reference": "x", "status": "delivered", "reported_at": "now"}', 422),
        (LOST, 422),
        (b"x" * 70_000, 413),
    ],
)
async def test_an_invalid_report_gets_a_problem(
    provider: ProviderSide, body: bytes, status: int
) -> None:
    """The problem names the error, and nothing is stored."""
    headers = sign(SECRET, "report", datetime.now(UTC), body)
    assert (await provider.send(body, headers)).status == status


async def test_a_report_with_the_trace_continues_it(provider: ProviderSide) -> None:
    """The span of the request is in the message's trace, and ends it."""
    message_id = await provider.queued()
    traceparent = TRACE.traceparent.replace(TRACE.span_id, "1" * 16)
    await provider.report(message_id, traceparent=traceparent)
    assert provider.span_names(TRACE.trace_id) == ["POST /v1/reports/{channel}"]


@pytest.mark.parametrize("traceparent", ["", OTHER_TRACE])
async def test_a_report_without_the_trace_gets_a_span_in_it(
    provider: ProviderSide, traceparent: str
) -> None:
    """A provider that does not pass on the trace does not interrupt it."""
    message_id = await provider.queued()
    await provider.report(message_id, "failed", traceparent=traceparent)
    assert await provider.announced_trace_ids() == {TRACE.trace_id}
    assert provider.span_names(TRACE.trace_id) == ["delivery report"]


async def test_each_report_of_a_list_has_its_own_result(
    provider: ProviderSide,
) -> None:
    """A valid, a repeated, an unknown and a malformed report."""
    message_id = await provider.queued()
    reports = [listed(message_id), listed(message_id), listed(UUID(int=99)), {"reference": "x"}]
    assert await provider.report_all(*reports) == (200, [204, 204, 404, 422])
    assert await provider.seen(message_id) == ("delivered", [])


async def test_a_repeated_list_announces_nothing_twice(provider: ProviderSide) -> None:
    """Reports are sent again after a lost response, also in another list."""
    message_ids = [await provider.queued(), await provider.queued()]
    for _ in range(2):
        await asyncio.gather(
            provider.report_all(*(listed(each, "failed") for each in message_ids)),
            provider.report_all(listed(message_ids[1], "failed")),
        )
    for message_id in message_ids:
        assert await provider.seen(message_id) == ("failed", ["message_failed"] * 2)


async def test_a_list_with_a_wrong_signature_is_refused(provider: ProviderSide) -> None:
    """The signature covers the whole list."""
    message_id = await provider.queued()
    assert await provider.report_all(listed(message_id), secret="another secret") == (401, [])
    assert await provider.seen(message_id) == ("queued", [])


@pytest.mark.parametrize(
    "traceparent", [TRACE.traceparent.replace(TRACE.span_id, "1" * 16), "", OTHER_TRACE]
)
async def test_each_report_of_a_list_ends_the_trace_of_its_message(
    provider: ProviderSide, traceparent: str
) -> None:
    """With the message's trace, without one, and with another: there is a span in the message's."""
    message_id = await provider.queued()
    await provider.report_all(listed(message_id, traceparent=traceparent))
    assert provider.span_names(TRACE.trace_id) == ["delivery report"]
