import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.signed.signatures import verify
from sandbox.callbacks.client import SignedCallbacks
from sandbox.callbacks.rules import Callback, Kind
from sandbox.keys import ministry_secret
from tests.sandbox.running import Platform

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACE = f"00-{TRACE_ID}-b7ad6b7169203331-01"


@pytest.fixture
async def callbacks() -> AsyncIterator[SignedCallbacks]:
    tracing = Tracing("sandbox", exporter=InMemorySpanExporter())
    client = HttpClient("platform", tracing=tracing, metrics=Metrics("sandbox"))
    async with client:
        yield SignedCallbacks(
            client,
            tracing,
            lambda ministry: [ministry_secret("master", ministry), "an older key"],
            "operator",
            deadline_s=2.0,
        )
    tracing.close()


def callback(url: str, kind: Kind = "decision") -> Callback:
    return Callback("the-id", kind, "cabinet", "subject", "approved", url, '{"a":1}', TRACE, 0.0)


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("decision", ministry_secret("master", "cabinet")),
        ("report", "operator"),
    ],
)
async def test_every_destination_signs_with_its_own_secret(
    callbacks: SignedCallbacks, side: Platform, kind: Kind, secret: str
) -> None:
    """The signature covers id, time and body; every ministry has its own secret."""
    assert await callbacks.send([callback(side.url, kind)]) == [204]
    [(headers, body)] = side.calls
    assert verify(secret, headers, body, datetime.now(UTC)) == "the-id"
    assert headers["content-type"] == "application/json"


def test_no_ministry_can_sign_for_another() -> None:
    """Secrets of two ministries differ."""
    assert ministry_secret("master", "cabinet") != ministry_secret("master", "ecs")


async def test_a_callback_continues_the_trace_of_its_submission(
    callbacks: SignedCallbacks, side: Platform
) -> None:
    """The platform receives the submission's trace id."""
    await callbacks.send([callback(side.url)])
    [(headers, _)] = side.calls
    assert headers["traceparent"].split("-")[1] == TRACE_ID


async def test_without_a_response_there_is_no_status(callbacks: SignedCallbacks) -> None:
    """A closed port and an invalid address give no status."""
    assert await callbacks.send([callback("http://127.0.0.1:1/")]) == [None]
    assert await callbacks.send([callback(f"http://{'a' * 80}.example/")]) == [None]


async def test_a_list_is_signed_and_carries_the_trace_of_every_report(
    callbacks: SignedCallbacks, side: Platform
) -> None:
    """Every report has its own trace fields, and the response has its own result."""
    side.status, side.body = lambda: 200, b'{"results": [{"status": 204}, {"status": 404}]}'
    two = [
        callback(side.url, "listed_report"),
        callback(side.url, "listed_report")._replace(trace=""),
    ]
    assert await callbacks.send(two) == [204, 404]
    [(headers, body)] = side.calls
    verify("operator", headers, body, datetime.now(UTC))
    first, second = json.loads(body)["reports"]
    assert (first["a"], first["traceparent"].split("-")[1]) == (1, TRACE_ID)
    assert second == {"a": 1}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [(503, b"", 503), (204, b"", 204), (200, b"{}", None), (200, b'{"results": []}', None)],
)
async def test_a_response_without_results_applies_to_all_reports(
    callbacks: SignedCallbacks, side: Platform, status: int, body: bytes, expected: int | None
) -> None:
    """An error status applies to all; an unreadable body is no response."""
    side.status, side.body = lambda: status, body
    two = [callback(side.url, "listed_report")] * 2
    assert await callbacks.send(two) == [expected] * 2


async def test_without_a_response_to_a_list_there_is_no_status(callbacks: SignedCallbacks) -> None:
    """All its reports are sent again."""
    two = [callback("http://127.0.0.1:1/", "listed_report")] * 2
    assert await callbacks.send(two) == [None, None]


@pytest.mark.parametrize("kind", ["decision", "listed_report"])
async def test_a_proxys_page_refuses_nothing(
    callbacks: SignedCallbacks, side: Platform, kind: Kind
) -> None:
    """A 4xx without a problem document is no answer of the platform: the callback is repeated."""
    side.status, side.refuses_as = lambda: 405, "text/html"
    assert await callbacks.send([callback(side.url, kind)]) == [None]
