"""The routes of providers: signed delivery reports, one by one or in lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from pydantic import Field, SecretStr
from starlette.requests import Request
from starlette.responses import Response

from libs.clock import Clock
from libs.contracts.notifications import REPORTS_AT_ONCE, Channel, DeliveryReport, ListedReport
from libs.database.group import GroupCommit
from libs.errors import Refused, Unreadable
from libs.telemetry.spans import DELIVERY_REPORT
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, current_context, read_context
from libs.web.handling.body import check_json_type, read_json
from libs.web.handling.language import language_of
from libs.web.handling.lists import Result, answer_items, read_items
from libs.web.handling.routes import Routes
from libs.web.signed.signatures import verify
from services.notifications.sending.rules import ReceivedReport

ChannelName = Annotated[Channel, Field(description="Channel of the provider")]

routes = Routes()


@dataclass(frozen=True, slots=True)
class Signatures:
    """Checks that reports come from the provider of their channel.

    Args:
        secrets: the providers' secrets, by channel.
        clock: gives the time of the check.
    """

    secrets: Mapping[Channel, SecretStr]
    clock: Clock = Clock()  # noqa: RUF009

    def check(self, channel: Channel, request: Request, raw: bytes) -> None:
        """Check content type and signature of a body.

        Raises:
            Refused: the channel has no provider, the signature is not valid, or the content type is
                not JSON.
        """
        if channel not in self.secrets:
            raise Refused("not_found")
        check_json_type(request.headers.get("content-type"))
        secret = self.secrets[channel].get_secret_value()
        verify(secret, request.headers, raw, self.clock.now())


class Reports(GroupCommit[ReceivedReport, TraceContext | None]):
    """Records delivery reports; those that arrive together share one commit."""


@routes.post(
    "/v1/reports/{channel}", public=False, problems=("signature_invalid", "message_unknown")
)
async def take_report(
    channel: ChannelName,
    request: Request,
    raw: bytes,
    signatures: Signatures,
    reports: Reports,
    tracing: Tracing,
) -> None:
    """Accept a delivery report; a repeat gets the same response."""
    signatures.check(channel, request, raw)
    report = read_json(raw, DeliveryReport)
    incoming = current_context()
    trace = await reports.submit(ReceivedReport(channel, report, incoming))
    _show_in_trace(tracing, trace, incoming)


@routes.post("/v1/reports/{channel}/bulk", public=False, problems=("signature_invalid",))
async def take_reports(
    channel: ChannelName,
    request: Request,
    raw: bytes,
    signatures: Signatures,
    reports: Reports,
    tracing: Tracing,
) -> Response:
    """Accept a list of delivery reports; every report has its own result."""
    signatures.check(channel, request, raw)
    items = read_items(raw, "reports", ListedReport, most=REPORTS_AT_ONCE)
    listed = [item for item in items if isinstance(item, ListedReport)]
    parents = [read_context(report.traceparent, report.tracestate) for report in listed]
    with tracing.spans(DELIVERY_REPORT, parents=parents, kind="server") as traces:
        received = [
            ReceivedReport(channel, report, trace)
            for report, trace in zip(listed, traces, strict=True)
        ]
        recorded = await reports.submit_all(received)
    for report, result in zip(received, recorded, strict=True):
        if not isinstance(result, Exception):
            _show_in_trace(tracing, result, report.trace)
    results = iter(recorded)
    return answer_items(
        [item if isinstance(item, Unreadable) else _result(next(results)) for item in items],
        language_of(request),
    )


def _show_in_trace(
    tracing: Tracing, trace: TraceContext | None, incoming: TraceContext | None
) -> None:
    """Make a span in the message's own trace, for a provider that passes no trace on."""
    if trace is None or trace == incoming:
        return
    links = [incoming] if incoming else []
    with tracing.span(DELIVERY_REPORT, parent=trace, links=links):
        return


def _result(recorded: TraceContext | Exception | None) -> Result | Exception:
    return recorded if isinstance(recorded, Exception) else Result(HTTPStatus.NO_CONTENT)
