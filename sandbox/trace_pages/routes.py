"""Pages of the newest traces, of one, and of an application's."""

import re
from typing import Any, Final

from starlette.responses import HTMLResponse, Response

from libs.errors import Refused
from libs.trace_context import read_context
from libs.web.handling.routes import Routes
from sandbox.ledger.file import LedgerFile
from sandbox.trace_pages import page, queries
from sandbox.traces.routes import spans_of
from sandbox.traces.span_store import SpanStore

_NEWEST: Final = 50
_TRACE_ID: Final = re.compile("[0-9a-f]{32}")

routes = Routes()


@routes.get("/pages/traces", public=False)
async def show_traces(ledger: LedgerFile, spans: SpanStore) -> Response:
    """Show the newest hand-overs, and the newest traces."""
    hand_overs = await ledger.read(queries.newest_hand_overs, _NEWEST)
    newest = spans.newest(service=None, limit=_NEWEST)
    return _html(page.newest(hand_overs, _traces(spans, newest)))


@routes.get("/pages/traces/{trace_id}", public=False)
async def show_waterfall(trace_id: str, spans: SpanStore) -> Response:
    """Show the spans of one trace.

    Raises:
        Refused: there is no such trace, or none any more.
    """
    found = spans_of(spans.of_trace(trace_id)) if _TRACE_ID.fullmatch(trace_id) else []
    if not found:
        raise Refused("not_found")
    return _html(page.waterfall(trace_id, found, spans.linked_from(trace_id)))


@routes.get("/pages/applications/{tracking_number}", public=False)
async def show_application(tracking_number: str, ledger: LedgerFile, spans: SpanStore) -> Response:
    """Show the traces of an application: those of its hand-overs, and of who links to them.

    Raises:
        Refused: it was not handed over.
    """
    hand_overs = await ledger.read(queries.hand_overs_of, tracking_number)
    if not hand_overs:
        raise Refused("not_found")
    contexts = [read_context(hand_over["traceparent"]) for hand_over in hand_overs]
    own = dict.fromkeys(context.trace_id for context in contexts if context)
    linked = [other for trace_id in own for other in spans.linked_from(trace_id)]
    found = _traces(spans, [*own, *linked])
    return _html(page.of_application(tracking_number, hand_overs, found))


def _traces(spans: SpanStore, trace_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    return {trace_id: spans_of(spans.of_trace(trace_id)) for trace_id in trace_ids}


def _html(text: str) -> Response:
    return HTMLResponse(text, headers=page.HEADERS)
