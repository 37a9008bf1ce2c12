"""Traces: accepts spans by OTLP/HTTP, and shows the spans of a trace."""

import re
import zlib
from collections.abc import Sequence
from typing import Annotated, Any, Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.errors import Refused
from libs.web.handling.routes import Routes
from sandbox.answers import json_model_response
from sandbox.traces.span_store import SpanStore, StoredSpan

INTAKE_PATH: Final = "/v1/traces"
MOST_BYTES: Final = 64 * 1024 * 1024
_PROTOBUF: Final = "application/x-protobuf"
_TRACE_ID = re.compile("[0-9a-f]{32}")
_PLAIN_KINDS = frozenset({"string_value", "bool_value", "int_value", "double_value"})
_GZIP_WINDOW = 16 + zlib.MAX_WBITS

routes = Routes()


class TracesQuery(BaseModel):
    """The newest traces, of one service if given, up to a limit."""

    service: str | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 100


class TraceIntake:
    """Accepts spans at `/v1/traces` and passes other requests on.

    It runs before the web application, since an export of spans is larger than any other body and
    must not make spans itself.

    Args:
        app: handles all other requests.
        spans: stores the spans.
    """

    def __init__(self, app: ASGIApp, spans: SpanStore) -> None:
        self._app = app
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep an export, or pass the request on."""
        if scope["type"] != "http" or scope["path"] != INTAKE_PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        response = await _take(Request(scope, receive), self._spans)
        await response(scope, receive, send)


async def _take(request: Request, spans: SpanStore) -> Response:
    try:
        keep(spans, ExportTraceServiceRequest.FromString(await _unpacked(request)))
    except _TooLarge:
        return Response(status_code=413)
    except (DecodeError, zlib.error, ClientDisconnect):
        return Response(status_code=400)
    return Response(ExportTraceServiceResponse().SerializeToString(), media_type=_PROTOBUF)


def keep(spans: SpanStore, export: ExportTraceServiceRequest) -> None:
    """Keep every span of an export."""
    for resource_spans in export.resource_spans:
        service = _service_of(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                stored = StoredSpan(service, span.SerializeToString())
                links = (link.trace_id.hex() for link in span.links)
                spans.keep(span.trace_id.hex(), stored, links)


@routes.get("/traces", public=False)
async def list_traces(query: TracesQuery, spans: SpanStore) -> Response:
    """List the ids of the newest traces."""
    return json_model_response({"traces": spans.newest(service=query.service, limit=query.limit)})


@routes.get("/traces/{trace_id}", public=False)
async def show_trace(trace_id: str, spans: SpanStore) -> Response:
    """Show the spans of one trace, in order of their start.

    Raises:
        Refused: the id is not 32 hex digits in lower case.
    """
    if not _TRACE_ID.fullmatch(trace_id):
        raise Refused("not_found")
    return json_model_response({"spans": spans_of(spans.of_trace(trace_id))})


def spans_of(stored: Sequence[StoredSpan]) -> list[dict[str, Any]]:
    """Decode spans, in order of their start; a span that was exported twice is listed once."""
    by_id: dict[bytes, dict[str, Any]] = {}
    for stored_span in stored:
        span = Span.FromString(stored_span.encoded)
        by_id[span.span_id] = _shown(span, stored_span.service)
    return sorted(by_id.values(), key=lambda shown: shown["start_unix_ns"])


def _shown(span: Span, service: str) -> dict[str, Any]:
    return {
        "trace_id": span.trace_id.hex(),
        "span_id": span.span_id.hex(),
        "parent_span_id": span.parent_span_id.hex() or None,
        "name": span.name,
        "kind": Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        "service": service,
        "start_unix_ns": span.start_time_unix_nano,
        "end_unix_ns": span.end_time_unix_nano,
        "status": {0: "unset", 1: "ok", 2: "error"}.get(span.status.code, "unset"),
        "attributes": {attribute.key: _plain(attribute.value) for attribute in span.attributes},
        "links": [link.trace_id.hex() for link in span.links],
    }


def _plain(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_plain(item) for item in value.array_value.values]
    return getattr(value, kind) if kind in _PLAIN_KINDS else None


def _service_of(attributes: Sequence[KeyValue]) -> str:
    for attribute in attributes:
        if attribute.key == "service.name":
            return attribute.value.string_value
    return "unknown"


class _TooLarge(Exception):
    """An export is larger than any that our own exporters make."""


async def _unpacked(request: Request) -> bytes:
    packed = request.headers.get("content-encoding") == "gzip"
    inflate = zlib.decompressobj(_GZIP_WINDOW) if packed else None
    parts: list[bytes] = []
    left_bytes = MOST_BYTES
    async for chunk in request.stream():
        part = inflate.decompress(chunk, left_bytes + 1) if inflate else chunk
        left_bytes -= len(part)
        if left_bytes < 0:
            raise _TooLarge
        parts.append(part)
    if inflate and not inflate.eof:
        raise zlib.error("cut short")
    return b"".join(parts)
