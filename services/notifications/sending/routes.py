"""The routes of providers: signed delivery reports, one by one or in lists."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.notifications import (
    REPORTS_AT_ONCE,
    Channel,
    DeliveryReport,
    ListedReport,
)
from libs.database.group import GroupCommit
from libs.errors import Refused, Unreadable
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, current_context, read_context
from libs.web.body import check_json_type, read_json
from libs.web.language import language_of
from libs.web.lists import Result, answer_items, read_items
from libs.web.signatures import verify
from services.notifications.sending.rules import ReceivedReport

Reports = GroupCommit[ReceivedReport, TraceContext | None]


def report_routes(
    reports: Reports,
    *,
    secrets: Mapping[Channel, str],
    tracing: Tracing,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Route]:
    """Return the routes of delivery reports.

    Args:
        reports: records reports; concurrent ones share a commit.
        secrets: the secret that the provider of a channel signs with.
        tracing: shows a report in the trace of its message.
        clock: returns the time now.
    """
    handlers = _ReportHandlers(reports, secrets, tracing, clock)
    return [
        Route("/v1/reports/{channel}", handlers.take_report, methods=["POST"]),
        Route("/v1/reports/{channel}/bulk", handlers.take_reports, methods=["POST"]),
    ]


class _ReportHandlers:
    def __init__(
        self,
        reports: Reports,
        secrets: Mapping[Channel, str],
        tracing: Tracing,
        clock: Callable[[], datetime],
    ) -> None:
        self._reports = reports
        self._secrets = secrets
        self._tracing = tracing
        self._clock = clock

    async def take_report(self, request: Request) -> Response:
        """Take a delivery report; a repeat is answered like the first."""
        channel, body = await self._signed_body(request)
        report = read_json(body, DeliveryReport)
        incoming = current_context()
        announced = await self._reports.submit(ReceivedReport(channel, report, incoming))
        self._show_in_trace(announced, incoming)
        return Response(status_code=204)

    async def take_reports(self, request: Request) -> Response:
        """Take a list of delivery reports; every report is answered as if it had come alone."""
        channel, body = await self._signed_body(request)
        items = read_items(body, "reports", ListedReport, most=REPORTS_AT_ONCE)
        listed = [item for item in items if isinstance(item, ListedReport)]
        parents = [read_context(report.traceparent, report.tracestate) for report in listed]
        with self._tracing.spans("delivery report", parents=parents, kind="server") as traces:
            received = [
                ReceivedReport(channel, report, trace)
                for report, trace in zip(listed, traces, strict=True)
            ]
            announced = await self._reports.submit_all(received)
        for each, result in zip(received, announced, strict=True):
            if not isinstance(result, Exception):
                self._show_in_trace(result, each.trace)
        results = iter(announced)
        return answer_items(
            [item if isinstance(item, Unreadable) else _result(next(results)) for item in items],
            language_of(request),
        )

    async def _signed_body(self, request: Request) -> tuple[Channel, bytes]:
        """Read the body that the provider of the channel in the path has signed.

        Raises:
            Refused: there is no such channel, or the signature is not valid.
        """
        channel = request.path_params["channel"]
        if channel not in self._secrets:
            raise Refused("message_unknown", "no such channel")
        check_json_type(request.headers.get("content-type"))
        body = await request.body()
        verify(self._secrets[channel], request.headers, body, self._clock())
        return channel, body

    def _show_in_trace(self, announced: TraceContext | None, incoming: TraceContext | None) -> None:
        """Make a span in the message's own trace, for a provider that passes no trace on."""
        if announced is None or announced == incoming:
            return
        links = [incoming] if incoming else []
        with self._tracing.span("delivery report", parent=announced, links=links):
            return


def _result(announced: TraceContext | Exception | None) -> Result | Exception:
    return announced if isinstance(announced, Exception) else Result(HTTPStatus.NO_CONTENT)
