"""Delivery reports from the SMS provider, one by one or in lists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.notifications import REPORTS_AT_ONCE, DeliveryReport, ListedReport
from libs.database.group import GroupCommit
from libs.database.transaction import Transaction
from libs.errors import Refused, Unreadable
from libs.messaging import outbox
from libs.messaging.failedrow import FailedRow
from libs.messaging.recording import keep_failed
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, current_context, read_context
from libs.web.body import check_json_type, read_json
from libs.web.language import language_of
from libs.web.lists import Result, answer_items, read_items
from libs.web.signatures import verify
from services.notifications import store
from services.notifications.domain.messages import PROVIDER
from services.notifications.domain.progress import Progress, Told, reported


@dataclass(frozen=True, slots=True)
class Heard:
    """One delivery report, and the trace of the request that brought it."""

    report: DeliveryReport
    trace: TraceContext | None


Reports = GroupCommit[Heard, TraceContext | None]


async def record_reports(
    tx: Transaction, heard: Sequence[Heard], *, metrics: Metrics
) -> list[TraceContext | Exception | None]:
    """Note what the provider says became of messages, and tell it.

    A message that did not arrive is kept as a dead letter. A code is not: it is worthless by the
    time anybody looks, and the citizen asks for a new one.

    Returns:
        Per report the trace in which it was told, or `Refused` where the message is not known.
    """
    known = await store.lock_progress(tx, {each.report.reference for each in heard})
    moved: dict[UUID, Progress] = {}
    told: list[Told] = []
    answers: list[TraceContext | Exception | None] = []
    for each in heard:
        report = each.report
        before = known.get(report.reference)
        if before is None:
            answers.append(Refused("message_unknown"))
            continue
        placed = before._replace(trace=_same_trace(each.trace, before.trace))
        after, events = reported(placed, report.status, report.reason)
        if after is not placed:
            known[report.reference] = moved[report.reference] = after
        told += events
        answers.append(placed.trace)
    await store.save_progress(tx, list(moved.values()))
    codes = [message_id for message_id, each in moved.items() if each.application_id is None]
    await store.forget_codes(tx, codes)
    await outbox.add(tx, told)
    failed = [each for each in moved.values() if each.state == "failed" and each.application_id]
    await keep_failed(tx, metrics, [_failed_row(each) for each in failed])
    return answers


def routes(
    reports: Reports, *, secret: str, now: Callable[[], datetime], tracing: Tracing
) -> list[Route]:
    """The routes of this service."""
    api = _Api(reports, secret, now, tracing)
    return [
        Route("/v1/reports/sms", api.take_report, methods=["POST"]),
        Route("/v1/reports/sms/bulk", api.take_reports, methods=["POST"]),
    ]


class _Api:
    def __init__(
        self, reports: Reports, secret: str, now: Callable[[], datetime], tracing: Tracing
    ) -> None:
        self._reports = reports
        self._secret = secret
        self._now = now
        self._tracing = tracing

    async def take_report(self, request: Request) -> Response:
        """Take a delivery report; a repeat is answered like the first."""
        report = read_json(await self._signed_body(request), DeliveryReport)
        asked_in = current_context()
        self._join(await self._reports.submit(Heard(report, asked_in)), asked_in)
        return Response(status_code=204)

    async def take_reports(self, request: Request) -> Response:
        """Take a list of delivery reports, and answer each as it would have been alone."""
        body = await self._signed_body(request)
        items = read_items(body, "reports", ListedReport, most=REPORTS_AT_ONCE)
        reports = [each for each in items if isinstance(each, ListedReport)]
        parents = [read_context(each.traceparent, each.tracestate) for each in reports]
        with self._tracing.spans("delivery report", parents=parents, kind="server") as traces:
            heard = [Heard(report, trace) for report, trace in zip(reports, traces, strict=True)]
            told_in = await self._reports.submit_all(heard)
        for each, told in zip(heard, told_in, strict=True):
            if not isinstance(told, Exception):
                self._join(told, each.trace)
        taken = iter(told_in)
        results = [each if isinstance(each, Unreadable) else _result(next(taken)) for each in items]
        return answer_items(results, language_of(request))

    async def _signed_body(self, request: Request) -> bytes:
        check_json_type(request.headers.get("content-type"))
        body = await request.body()
        verify(self._secret, request.headers, body, self._now())
        return body

    def _join(self, told_in: TraceContext | None, asked_in: TraceContext | None) -> None:
        """Show the report in the message's own trace, for a provider that carries no trace."""
        if told_in is None or told_in == asked_in:
            return
        links = [asked_in] if asked_in else []
        with self._tracing.span("delivery report", parent=told_in, links=links):
            return


def _result(told: TraceContext | Exception | None) -> Result | Exception:
    return told if isinstance(told, Exception) else Result(HTTPStatus.NO_CONTENT)


def _failed_row(progress: Progress) -> FailedRow:
    return FailedRow(
        worker=store.SEND_MESSAGES,
        row_key=str(progress.message_id),
        party=PROVIDER,
        reason=f"refused.{progress.reason}",
        detail="the provider reported that the message did not arrive",
        attempts=1,
        holds_back=False,
        trace=progress.trace,
    )


def _same_trace(incoming: TraceContext | None, stored: TraceContext | None) -> TraceContext | None:
    """The request's context where it belongs to the message's trace, else the message's own."""
    if incoming is not None and (stored is None or incoming.trace_id == stored.trace_id):
        return incoming
    return stored
