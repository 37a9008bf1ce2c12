import asyncio
import gzip
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
from starlette.types import Message

from libs.telemetry.spans import SpanName
from libs.telemetry.tracing import Tracing
from sandbox.traces.routes import TraceIntake, keep, spans_of
from sandbox.traces.span_store import SpanStore
from tests.sandbox.running import Platform, Sandbox
from tests.waiting import until

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def export(*span_ids: int, service: str = "gateway") -> ExportTraceServiceRequest:
    spans = [
        Span(
            trace_id=bytes.fromhex(TRACE_ID),
            span_id=span_id.to_bytes(8, "big"),
            parent_span_id=(span_id - 1).to_bytes(8, "big") if span_id > 1 else b"",
            name=f"span {span_id}",
            kind=Span.SPAN_KIND_SERVER,
            start_time_unix_nano=10_000 - span_id,
            end_time_unix_nano=20_000,
            attributes=[KeyValue(key="http.route", value=AnyValue(string_value="/v1"))],
        )
        for span_id in span_ids
    ]
    name = KeyValue(key="service.name", value=AnyValue(string_value=service))
    scopes = [ScopeSpans(spans=spans)]
    resource_spans = ResourceSpans(resource=Resource(attributes=[name]), scope_spans=scopes)
    return ExportTraceServiceRequest(resource_spans=[resource_spans])


async def post(running: Sandbox, body: bytes, **headers: str) -> tuple[int, Any]:
    given = {"content-type": "application/x-protobuf", **headers}
    return await running.call("POST", "/v1/traces", data=body, headers=given)


async def test_spans_are_accepted_by_otlp_and_found_by_their_trace(running: Sandbox) -> None:
    """A span is shown with its parent, its service, its times and its attributes."""
    assert (await post(running, export(1, 2).SerializeToString()))[0] == 200
    status, shown = await running.call("GET", f"/traces/{TRACE_ID}")
    assert status == 200
    assert [span["name"] for span in shown["spans"]] == ["span 2", "span 1"]
    assert shown["spans"][0] == {
        "trace_id": TRACE_ID,
        "span_id": "0000000000000002",
        "parent_span_id": "0000000000000001",
        "name": "span 2",
        "kind": "server",
        "service": "gateway",
        "start_unix_ns": 9_998,
        "end_unix_ns": 20_000,
        "status": "unset",
        "attributes": {"http.route": "/v1"},
        "links": [],
    }
    assert shown["spans"][1]["parent_span_id"] is None


async def test_compressed_and_large_exports_are_accepted(running: Sandbox) -> None:
    """An export of a full queue is larger than the limit of other bodies."""
    body = export(*range(1, 3_000)).SerializeToString()
    assert len(body) > 128 * 1024
    assert (await post(running, gzip.compress(body), **{"content-encoding": "gzip"}))[0] == 200
    _, shown = await running.call("GET", f"/traces/{TRACE_ID}")
    assert len(shown["spans"]) == 2_999


@pytest.mark.parametrize(
    "body", [b"no protobuf", gzip.compress(b"x" * 100, mtime=0)[:20], b"\xff" * 10]
)
async def test_an_unreadable_export_is_a_bad_request(running: Sandbox, body: bytes) -> None:
    """Nothing of it is stored."""
    headers = {"content-encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
    assert (await post(running, body, **headers))[0] == 400
    assert (await running.call("GET", "/traces"))[1] == {"traces": []}


async def test_exports_of_the_services_are_accepted(running: Sandbox) -> None:
    """Services send their spans here as to any collector."""
    tracing = Tracing("gateway", endpoint=f"{running.url}/v1/traces")
    with tracing.root_span(SpanName("click")) as context:
        pass
    await asyncio.to_thread(tracing.close)
    _, shown = await running.call("GET", f"/traces/{context.trace_id}")
    assert [span["name"] for span in shown["spans"]] == ["click"]
    _, listed = await running.call("GET", "/traces?service=gateway&limit=5")
    assert listed == {"traces": [context.trace_id]}


async def test_from_the_hand_over_to_the_callback_is_one_trace(
    running: Sandbox, side: Platform
) -> None:
    """Every span of the sandbox has its parent in the trace, and the callback continues it."""
    await running.behave("cabinet", mode="callback")
    clicked = f"00-{TRACE_ID}-b7ad6b7169203331-01"
    body = {
        "kind": "submitted",
        "application_id": "01920000-0000-7000-8000-000000000001",
        "tracking_number": "NS",
        "public_service_id": "x",
        "callback_url": side.url,
    }
    headers = {"idempotency-key": "one", "traceparent": clicked}
    await running.post_signed(body, "cabinet", headers)
    await until(lambda: side.calls)
    spans = await _spans(running, 3)
    by_id = {span["span_id"]: span for span in spans}
    names = [span["name"] for span in spans]
    assert names == [
        "POST /ministries/{ministry}/submissions",
        "call back decision",
        "POST platform",
    ]
    parents = [span["parent_span_id"] for span in spans]
    assert parents == ["b7ad6b7169203331", *list(by_id)[:2]]
    assert side.calls[0][0]["traceparent"] == f"00-{TRACE_ID}-{spans[2]['span_id']}-01"


async def test_an_invalid_id_is_not_found(running: Sandbox) -> None:
    """An invalid id gets 404, an unknown trace an empty list."""
    assert (await running.call("GET", "/traces/xyz"))[0] == 404
    assert (await running.call("GET", f"/traces/{TRACE_ID}"))[1] == {"spans": []}


async def test_an_incomplete_export_is_dropped() -> None:
    """Nothing is stored if the caller disconnects within the body."""
    spans = SpanStore(10)

    async def leaving() -> Message:
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        return

    scope = {"type": "http", "method": "POST", "path": "/v1/traces", "headers": []}
    await TraceIntake(send, spans)(scope, leaving, send)  # type: ignore[arg-type]
    assert len(spans) == 0


def test_a_span_exported_twice_is_shown_once() -> None:
    """An exporter repeats exports without a response."""
    spans = SpanStore(10)
    for _ in range(2):
        keep(spans, export(1))
    assert len(spans_of(spans.of_trace(TRACE_ID))) == 1


async def _spans(running: Sandbox, wanted: int) -> list[dict[str, Any]]:
    spans: list[dict[str, Any]] = []
    for _ in range(200):
        _, shown = await running.call("GET", f"/traces/{TRACE_ID}")
        spans = shown["spans"]
        if len(spans) >= wanted:
            break
        await asyncio.sleep(0.02)
    return spans
