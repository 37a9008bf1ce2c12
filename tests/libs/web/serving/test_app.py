import asyncio
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from libs.errors import FieldError, Refused, Unavailable, Unreadable
from libs.telemetry.logging import configure
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import current_context
from libs.web.handling.limits import RequestLimits
from tests.libs.web.running import app_with, ask

SAMPLED = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
UNSAMPLED = SAMPLED[:-2] + "00"


def failing(failure: BaseException) -> Route:
    async def endpoint(_: Request) -> Response:
        raise failure

    return Route("/fails/{what}", endpoint, methods=["POST"])


SHORT = RequestLimits(deadline_s=0.05)


async def hello(_: Request) -> Response:
    return Response(b"hello")


async def echo(request: Request) -> Response:
    return Response(await request.body())


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (Refused("idempotency_key_reused"), 422, "idempotency_key_reused"),
        (Refused("token_missing"), 401, "token_missing"),
        (Unreadable("not_json"), 400, "not_json"),
        (Unreadable("something_of_a_library"), 422, "wrong_shape"),
        (Unavailable("database"), 503, "unavailable"),
        (ValueError("a citizen's name"), 500, "internal"),
        (Refused("a code without a text"), 500, "internal"),
        (TimeoutError("ours, not the deadline"), 500, "internal"),
    ],
)
async def test_each_way_of_failing_has_its_status(
    failure: Exception, status: int, code: str
) -> None:
    """Every failure has its problem document."""
    got = await ask(app_with(failing(failure)), "POST", "/fails/x")
    assert (got.status, got.code) == (status, code)
    assert got.headers["content-type"] == "application/problem+json"
    assert got.json()["status"] == status


async def test_defect_is_logged_once_with_its_place_and_without_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A defect is logged once with frames and trace, and without data."""
    configure("test")
    got = await ask(app_with(failing(ValueError("Rahima, 01712345678"))), "POST", "/fails/x")
    logged = capsys.readouterr().err
    assert logged.count("request failed") == 1
    assert got.json()["trace_id"] in logged
    assert "test_app.py" in logged
    assert "Rahima" not in logged
    assert b"Rahima" not in got.body


@pytest.mark.parametrize(
    ("asked", "language"), [("en-GB,bn;q=0.5", "en"), ("bn", "bn"), ("", "bn"), ("fr", "bn")]
)
async def test_problem_is_in_the_requested_language(asked: str, language: str) -> None:
    """Texts and `Content-Language` follow `Accept-Language`, with Bangla as the default."""
    field_error = FieldError("/a", "x", "বাংলা", "English")
    app = app_with(failing(Unreadable("wrong_shape", field_errors=(field_error,))))
    got = await ask(app, "POST", "/fails/x", headers={"Accept-Language": asked})
    assert got.headers["content-language"] == language
    expected = {"bn": "বাংলা", "en": "English"}[language]
    assert got.json()["errors"] == [{"pointer": "/a", "code": "x", "message": expected}]


async def test_unknown_address_is_a_problem() -> None:
    """An unknown address has a problem document."""
    got = await ask(app_with(), "GET", "/nowhere")
    assert (got.status, got.code) == (404, "not_found")


async def test_wrong_method_names_the_right_ones() -> None:
    """405 lists the allowed methods."""
    app = app_with(Route("/a", hello), Route("/a", hello, methods=["PUT"]))
    got = await ask(app, "POST", "/a")
    assert (got.status, got.code) == (405, "method_not_allowed")
    assert got.headers["allow"] == "GET, HEAD, PUT"


async def test_announced_size_over_the_limit_is_refused_unread() -> None:
    """A Content-Length over 64 KiB is refused before the body is read."""
    app = app_with(Route("/a", echo, methods=["POST"]))
    got = await ask(app, "POST", "/a", headers={"Content-Length": "65537"})
    assert (got.status, got.code) == (413, "body_too_large")


async def test_size_is_limited_while_a_body_streams() -> None:
    """A body without Content-Length is refused once it passes 64 KiB."""
    app = app_with(Route("/a", echo, methods=["POST"]))
    got = await ask(app, "POST", "/a", chunks=[b"x" * 40_000, b"x" * 40_000])
    assert (got.status, got.code) == (413, "body_too_large")


async def test_a_body_of_exactly_the_limit_is_accepted() -> None:
    """64 KiB is allowed."""
    app = app_with(Route("/a", echo, methods=["POST"]))
    got = await ask(app, "POST", "/a", chunks=[b"x" * 65_536])
    assert len(got.body) == 65_536


async def test_nul_in_the_path_reaches_no_store() -> None:
    """A NUL in the path is refused."""
    got = await ask(app_with(Route("/a/{b}", hello)), "GET", "/a/x\x00y")
    assert (got.status, got.code) == (404, "not_found")


async def test_nul_in_the_query_is_refused() -> None:
    """A NUL in the query is refused."""
    got = await ask(app_with(Route("/a", hello)), "GET", "/a?q=%00")
    assert (got.status, got.code) == (422, "bad_query")


async def test_an_answer_after_the_deadline_is_503() -> None:
    """With Retry-After."""

    async def slow(_: Request) -> Response:
        await asyncio.Event().wait()
        return Response()

    got = await ask(app_with(Route("/slow", slow), limits=SHORT), "GET", "/slow")
    assert got.status == 503
    assert "retry-after" in got.headers


async def test_stream_outlives_the_deadline() -> None:
    """A stream may last longer than the deadline."""

    async def slow(_: Request) -> Response:
        await asyncio.Event().wait()
        return Response()

    async def parts() -> Any:
        yield b"one "
        for _ in range(2):  # the second begins when the deadline of this stream would be over
            assert (await ask(app, "GET", "/slow")).status == 503
        yield b"two"

    async def live(_: Request) -> Response:
        return StreamingResponse(parts())

    app = app_with(Route("/live", live), Route("/slow", slow), limits=SHORT)
    got = await ask(app, "GET", "/live")
    assert got.body == b"one two"


async def test_answer_that_breaks_off_is_not_answered_twice() -> None:
    """A failure after the first byte ends the answer; no second one begins."""

    async def parts() -> Any:
        yield b"one "
        raise ValueError("broken")

    async def live(_: Request) -> Response:
        return StreamingResponse(parts())

    got = await ask(app_with(Route("/live", live)), "GET", "/live")
    assert (got.status, got.body) == (200, b"one ")


async def test_caller_who_left_is_no_defect(capsys: pytest.CaptureFixture[str]) -> None:
    """A caller that disconnects gets no answer and is not logged as a failure."""
    configure("test")
    app = app_with(Route("/a", echo, methods=["POST"]))
    with pytest.raises(IndexError):
        await ask(app, "POST", "/a", chunks=[], leaves=True)
    assert "request failed" not in capsys.readouterr().err


async def test_sampled_request_is_a_span_of_its_trace() -> None:
    """The span is the caller's child, has the route's template as its name, and the status."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter)
    app = app_with(Route("/a/{b}", hello), tracing=tracing)
    await ask(app, "GET", "/a/secret", headers={"traceparent": SAMPLED})
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.name == "GET /a/{b}"
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == "cd" * 8
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/a/{b}",
        "url.scheme": "http",
        "http.response.status_code": 200,
    }


async def test_probes_and_scrapes_have_no_span() -> None:
    """They would use up what a quiet platform may keep."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter, traces_per_s=50)
    app = app_with(Route("/a/{b}", hello), tracing=tracing)
    for target in ("/health/live", "/metrics", "/a/b"):
        await ask(app, "GET", target)
    tracing.close()
    assert [span.name for span in exporter.get_finished_spans()] == ["GET /a/{b}"]


async def test_failed_request_is_a_failed_span() -> None:
    """A 5xx marks the span as failed; a 4xx does not."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter)
    app = app_with(failing(ValueError()), tracing=tracing)
    await ask(app, "POST", "/fails/x", headers={"traceparent": SAMPLED})
    await ask(app, "GET", "/nowhere", headers={"traceparent": SAMPLED})
    tracing.close()
    failed, missing = exporter.get_finished_spans()
    assert failed.status.status_code is StatusCode.ERROR
    assert missing.status.status_code is StatusCode.UNSET


async def test_unsampled_request_makes_no_span_and_keeps_its_trace() -> None:
    """An unsampled request has no span, and its problem has the trace id."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter)
    got = await ask(
        app_with(tracing=tracing), "GET", "/nowhere", headers={"traceparent": UNSAMPLED}
    )
    tracing.close()
    assert exporter.get_finished_spans() == ()
    assert got.json()["trace_id"] == "ab" * 16


@pytest.mark.parametrize("header", ["nonsense", SAMPLED.upper(), "00-" + "0" * 32 + SAMPLED[35:]])
async def test_a_malformed_traceparent_begins_a_new_trace(header: str) -> None:
    """As if there were none (W3C Trace Context 3.2)."""
    got = await ask(app_with(), "GET", "/nowhere", headers={"traceparent": header})
    assert len(got.json()["trace_id"]) == 32
    assert got.json()["trace_id"] not in header.lower()


async def test_two_traceparents_begin_a_new_trace() -> None:
    """Nobody knows which one is right, so none counts (W3C Trace Context)."""
    other = SAMPLED.replace("ab" * 16, "ef" * 16)
    got = await ask(
        app_with(), "GET", "/nowhere", headers={"traceparent": SAMPLED, "Traceparent": other}
    )
    assert got.json()["trace_id"] not in SAMPLED + other


async def test_lines_of_tracestate_are_one_list() -> None:
    """All lines are passed on in their order (RFC 9110, 5.3)."""

    async def state(_: Request) -> Response:
        context = current_context()
        return Response(context.tracestate if context else "")

    headers = {"traceparent": SAMPLED, "tracestate": "a=1", "Tracestate": "b=2"}
    got = await ask(app_with(Route("/state", state)), "GET", "/state", headers=headers)
    assert got.body == b"a=1,b=2"


async def test_a_callers_flag_makes_no_spans_where_it_does_not_count() -> None:
    """Whoever sets it on all requests has them sampled by our share, under the same trace id."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter, traces_per_s=0, callers_per_s=0)
    for _ in range(5):
        got = await ask(app_with(tracing=tracing), "GET", "/a", headers={"traceparent": SAMPLED})
        assert got.json()["trace_id"] == "ab" * 16
    tracing.close()
    assert exporter.get_finished_spans() == ()


async def test_trace_of_one_request_does_not_stay_for_the_next() -> None:
    """After an answer there is no current context."""
    await ask(app_with(), "GET", "/nowhere", headers={"traceparent": SAMPLED})
    assert current_context() is None


async def test_failures_of_every_route_are_counted_from_zero() -> None:
    """The first failure of a route that nobody has asked for yet is an increase, too."""
    app = app_with(Route("/a/{b}", hello, methods=["POST"]))
    shown = (await ask(app, "GET", "/metrics")).body.decode()
    labels = 'method="POST",route="/a/{b}",service="test",status_class="5xx"'
    assert f"nagorik_http_requests_total{{{labels}}} 0.0" in shown


async def test_requests_are_counted_by_template() -> None:
    """Metrics have the route's template, not values in the address."""
    metrics = Metrics("test")
    app = app_with(Route("/a/{b}", hello), metrics=metrics)
    await ask(app, "GET", "/a/NS-SECRET")
    await ask(app, "GET", "/wherever")
    shown = (await ask(app, "GET", "/metrics")).body.decode()
    row = (
        'nagorik_http_requests_total{method="GET",route="/a/{b}",service="test",status_class="2xx"}'
    )
    assert f"{row} 1.0" in shown
    assert 'route="unmatched"' in shown
    assert "SECRET" not in shown
    assert "wherever" not in shown
