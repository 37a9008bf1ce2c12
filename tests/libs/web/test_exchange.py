import asyncio

import pytest
from starlette.types import Message

from libs.errors import Refused
from libs.telemetry.metrics import Metrics
from libs.trace_context import TraceContext
from libs.web.exchange import Exchange, Kind

TRACEPARENT = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"


async def silent_send(_: Message) -> None:
    """Nobody hears the answer."""


def exchange(*headers: tuple[bytes, bytes], coming: bytes = b"") -> Exchange:
    async def receive() -> Message:
        return {"type": "http.request", "body": coming, "more_body": True}

    return Exchange({"headers": headers}, receive, silent_send, limit_bytes=10)


async def test_bytes_are_counted_as_they_come() -> None:
    """The limit holds over all parts together, whatever was announced."""
    asked = exchange((b"content-length", b"1"), coming=b"12345")
    await asked.receive()
    await asked.receive()
    with pytest.raises(Refused, match="body_too_large"):
        await asked.receive()


async def test_waiting_for_the_body_is_known() -> None:
    """Who stops in the middle of a body is told apart from who was given everything."""

    async def silent() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.request", "body": b""}

    asked = Exchange({"headers": []}, silent, silent_send, limit_bytes=10)
    assert not asked.waits_for_body
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await asked.receive()
    assert asked.waits_for_body


def test_place_in_the_trace_is_read_with_its_state() -> None:
    """Both headers make the context; without the first there is none."""
    traced = exchange((b"traceparent", TRACEPARENT.encode()), (b"tracestate", b"vendor=x"))
    assert traced.trace_context() == TraceContext(TRACEPARENT, "vendor=x")
    assert exchange((b"tracestate", b"vendor=x")).trace_context() is None


def test_language_is_the_callers() -> None:
    """Bangla unless English is preferred."""
    assert exchange((b"accept-language", b"en")).language == "en"
    assert exchange().language == "bn"


def test_answers_of_one_kind_are_counted_by_their_class() -> None:
    """Each class of status is a series of its own, with its durations."""
    metrics = Metrics("test")
    kind = Kind("GET", "/a/{b}", metrics)
    for status in (200, 204, 503):
        kind.count(status, 0.2)
    shown = metrics.render().decode()
    labels = 'method="GET",route="/a/{b}",service="test",status_class'
    assert f'nagorik_http_requests_total{{{labels}="2xx"}} 2.0' in shown
    assert f'nagorik_http_request_duration_seconds_count{{{labels}="2xx"}} 2.0' in shown
    assert f'nagorik_http_requests_total{{{labels}="5xx"}} 1.0' in shown
