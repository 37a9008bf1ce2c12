import asyncio
import math
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import get_args

import pytest
from aiohttp import web
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import (
    cloudevents_attributes,
    error_attributes,
    http_attributes,
    messaging_attributes,
    server_attributes,
    url_attributes,
)
from opentelemetry.trace import StatusCode

from libs.errors import Refused, Unavailable
from libs.telemetry.spans import (
    AttributeName,
    SpanName,
    job,
    process,
    replay,
    request,
    send,
)
from libs.telemetry.tracing import Tracing, describe_span
from libs.trace_context import TraceContext, current_context, set_current
from services.registry import REGISTRY
from tests.authority import Authority
from tests.deploy.manifests import settings_of

SAMPLED = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=x")
UNSAMPLED = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", "vendor=x")

WORK = SpanName("work")
Made = Callable[..., tuple[Tracing, InMemorySpanExporter]]


@pytest.fixture
def made() -> Made:
    def make(per_s: float = 0.0) -> tuple[Tracing, InMemorySpanExporter]:
        exporter = InMemorySpanExporter()
        clock = partial(float, 1)  # it is the same second
        return Tracing(
            "example", exporter=exporter, traces_per_s=per_s, monotonic_s=clock
        ), exporter

    return make


def test_a_sampled_parent_gets_a_child_and_the_child_is_current_inside(made: Made) -> None:
    """The child has the trace of its parent, and its own context is passed on."""
    tracing, exporter = made()
    with tracing.span(
        WORK, parent=SAMPLED, kind="consumer", attributes={"http.route": "/a"}
    ) as inside:
        assert current_context() == inside
        assert inside.trace_id == SAMPLED.trace_id
        assert inside.span_id != SAMPLED.span_id
        assert inside.tracestate == "vendor=x"
    assert current_context() is None
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == SAMPLED.span_id
    assert span.resource.attributes["service.name"] == "example"
    assert dict(span.attributes or {}) == {"http.route": "/a"}


def test_an_unsampled_parent_is_passed_on_as_it_came(made: Made) -> None:
    """No span is made, and the context does not change."""
    tracing, exporter = made(per_s=5)
    with tracing.span(WORK, parent=UNSAMPLED) as inside:
        assert inside == UNSAMPLED
    tracing.close()
    assert exporter.get_finished_spans() == ()


def test_samples_tells_whether_a_span_is_made(made: Made) -> None:
    """Only with a sampled parent and an exporter."""
    tracing, _ = made()
    assert [tracing.samples(parent) for parent in (SAMPLED, UNSAMPLED, None)] == [
        True,
        False,
        False,
    ]
    assert not Tracing("example").samples(SAMPLED)


@pytest.mark.parametrize(("per_s", "spans"), [(0, 0), (5, 5), (math.inf, 50)])
def test_so_many_traces_begun_here_are_sampled_in_a_second(
    made: Made, per_s: float, spans: int
) -> None:
    """All where few begin; none but the first of a second where many do. They have no parent."""
    tracing, exporter = made(per_s)
    for _ in range(50):
        with tracing.span(WORK):
            pass
    tracing.close()
    finished = exporter.get_finished_spans()
    assert len(finished) == spans
    assert all(span.parent is None for span in finished)


def test_a_root_span_is_sampled_always(made: Made) -> None:
    """Whatever the share is."""
    tracing, exporter = made(per_s=0)
    with tracing.root_span(SpanName("begin")) as context:
        assert context.sampled
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.parent is None


def test_a_failure_is_named_by_its_class_and_never_by_its_text(made: Made) -> None:
    """An exception's message may have personal data."""
    tracing, exporter = made()
    with pytest.raises(Refused), tracing.span(WORK, parent=SAMPLED):
        raise Refused("wrong_state", "Rahim")
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "Refused"
    assert "Rahim" not in span.to_json()


def test_nested_spans_are_parent_and_child_and_end_in_order(made: Made) -> None:
    """Afterwards the outer context is current again."""
    tracing, exporter = made()
    with tracing.span(SpanName("outer"), parent=SAMPLED) as outer:
        with tracing.span(SpanName("inner")) as inner:
            assert inner.trace_id == outer.trace_id
        assert current_context() == outer
    tracing.close()
    first, second = exporter.get_finished_spans()
    assert (first.name, second.name) == ("inner", "outer")
    assert first.parent is not None
    assert f"{first.parent.span_id:016x}" == outer.span_id


def test_attributes_can_be_added_to_the_current_span(made: Made) -> None:
    """Without a span nothing happens."""
    tracing, exporter = made()
    describe_span({"http.response.status_code": 1})
    with tracing.span(WORK, parent=SAMPLED):
        describe_span({"http.response.status_code": 503}, failed=True)
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert dict(span.attributes or {}) == {"http.response.status_code": 503}
    assert span.status.status_code is StatusCode.ERROR


def test_another_trace_is_linked(made: Made) -> None:
    """A span can link to a span of another trace."""
    tracing, exporter = made()
    with tracing.span(
        SpanName("decide"),
        parent=TraceContext("00-" + "a" * 32 + "-" + "b" * 16 + "-01"),
        links=[SAMPLED],
    ):
        pass
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [SAMPLED.trace_id]


def test_start_without_a_parent_makes_no_span(made: Made) -> None:
    """A new trace needs `begin` or `start_root`."""
    tracing, _ = made()
    started = tracing.start(WORK, parent=None)
    assert (started.context, started.span) == (None, None)
    started.end()
    set_current(None)


def test_spans_makes_a_span_in_each_sampled_trace(made: Made) -> None:
    """Unsampled contexts and the current context do not change."""
    tracing, exporter = made()
    before = current_context()
    with tracing.spans(WORK, parents=[SAMPLED, UNSAMPLED, None], kind="server") as contexts:
        assert current_context() == before
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == SAMPLED.span_id
    assert contexts[0] is not None
    assert contexts[0].trace_id == SAMPLED.trace_id
    assert contexts[1:] == [UNSAMPLED, None]


def test_spans_marks_all_its_spans_as_failed(made: Made) -> None:
    """The exception is raised, and the spans have its class."""
    tracing, exporter = made()
    with (
        pytest.raises(Refused),
        tracing.spans(WORK, parents=[SAMPLED, SAMPLED]),
    ):
        raise Refused("no")
    tracing.close()
    assert [span.status.description for span in exporter.get_finished_spans()] == ["Refused"] * 2


def test_so_many_traces_of_callers_are_sampled_in_a_second() -> None:
    """Beyond that they are counted as begun here; an unsampled trace stays unsampled."""
    now_s = 10.0
    tracing = Tracing("example", traces_per_s=0, callers_per_s=2, monotonic_s=lambda: now_s)
    accepted = [tracing.accept(SAMPLED) for _ in range(3)]
    assert [trace_context.sampled for trace_context in accepted] == [True, True, False]
    assert accepted[2].trace_id == SAMPLED.trace_id
    assert accepted[2].tracestate == SAMPLED.tracestate
    now_s = 11.0
    assert tracing.accept(SAMPLED) == SAMPLED
    assert tracing.accept(UNSAMPLED) == UNSAMPLED


@pytest.mark.parametrize("per_s", [0, 1])
def test_where_no_callers_flag_counts_our_budget_does(per_s: float) -> None:
    """A caller cannot switch spans on."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("example", exporter=exporter, traces_per_s=per_s, callers_per_s=0)
    assert tracing.accept(SAMPLED).sampled is (per_s == 1)


def test_a_failure_in_an_unsampled_trace_is_kept_with_all_that_asked_for_it(made: Made) -> None:
    """Two services on the way of a request that fails: one root, and its child, in one trace."""
    tracing, exporter = made()
    with tracing.serve(None) as outer:
        outside = current_context()
        assert outside is not None
        with tracing.serve(outside) as inner:
            inside = current_context()
            inner.answered(request("GET", "/inner"), 503, 0.01)
        describe_span({}, failed=True)  # as a call does
        outer.answered(request("GET", "/outer"), 200, 0.02)
    tracing.close()
    child, root = exporter.get_finished_spans()
    assert (root.name, root.parent) == ("GET /outer", None)
    assert child.parent is not None
    assert f"{root.context.span_id:016x}" == outside.span_id == f"{child.parent.span_id:016x}"
    assert inside is not None
    assert f"{child.context.span_id:016x}" == inside.span_id
    assert {span.context.trace_id for span in (child, root)} == {int(outside.trace_id, 16)}
    assert dict(child.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/inner",
        "url.scheme": "http",
        "http.response.status_code": 503,
        "error.type": "503",
        "nagorik.kept": "failed",
    }
    assert child.status.status_code is StatusCode.ERROR


def test_a_call_that_raises_keeps_the_request(made: Made) -> None:
    """Although its answer was given without it."""
    tracing, exporter = made()
    with tracing.serve(None) as served:
        with suppress(Unavailable), tracing.span(WORK, kind="client"):
            raise Unavailable("sms", "no connection")
        served.answered(request("GET", "/a"), 200, 0.0)
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert (span.attributes or {})["nagorik.kept"] == "failed"


def test_what_is_slow_is_kept_for_as_long_as_it_took(made: Made) -> None:
    """From a second on; what is well and fast is not."""
    tracing, exporter = made()
    for took_s in (0.999, 1.0):
        with tracing.serve(None) as served:
            served.answered(request("GET", "/a"), 404, took_s)
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert (span.attributes or {})["nagorik.kept"] == "slow"
    assert span.start_time is not None
    assert span.end_time is not None
    assert span.end_time - span.start_time == 1_000_000_000


def test_an_outage_keeps_so_many_in_a_second(made: Made) -> None:
    """Where all fails, one is like the other."""
    tracing, exporter = made()
    for _ in range(1_000):
        with tracing.serve(None) as served:
            served.answered(request("GET", "/a"), 503, 0.0)
    tracing.close()
    assert len(exporter.get_finished_spans()) == 10


def test_probes_have_no_spans(made: Made) -> None:
    """They would use the budget of a quiet platform."""
    tracing, exporter = made(per_s=50)
    with tracing.serve(None, quiet=True) as served:
        served.answered(request("GET", "/health/live"), 503, 5.0)
    tracing.close()
    assert exporter.get_finished_spans() == ()


def test_work_that_fails_for_good_is_kept_in_the_trace_of_its_cause(made: Made) -> None:
    """As its root: what asked for it went well and has no span."""
    tracing, exporter = made()
    for trace in (None, SAMPLED, UNSAMPLED):  # a sampled one has its span anyway
        tracing.keep_failed(job("deliver", "land"), trace, "Refused")
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.parent) == ("deliver land", None)
    assert span.context.trace_id == int(UNSAMPLED.trace_id, 16)
    assert (span.attributes or {})["error.type"] == "Refused"


def test_names_of_attributes_are_those_of_the_conventions() -> None:
    """Of OpenTelemetry's package, but our own."""
    published = {
        value
        for module in (
            cloudevents_attributes,
            error_attributes,
            http_attributes,
            messaging_attributes,
            server_attributes,
            url_attributes,
        )
        for value in vars(module).values()
        if isinstance(value, str)
    }
    ours = {name for name in get_args(AttributeName) if not name.startswith("nagorik.")}
    assert ours <= published


def test_spans_of_messages_say_what_the_conventions_require() -> None:
    """The system, the operation by name and type, and the destination; its name has both."""
    shown = send("a.v1", 1), process("a.v1", 1, 2, "reader.a.v1"), replay("a.v1", "id")
    for name, kind, attributes in shown:
        assert attributes["messaging.system"] == "kafka"
        operation = attributes["messaging.operation.name"]
        assert name == f"{operation} {attributes['messaging.destination.name']}"
        assert attributes["messaging.operation.type"] == {"producer": "send"}.get(kind, "process")
    assert shown[1].attributes["messaging.consumer.group.name"] == "reader.a.v1"


def test_the_public_services_do_not_trust_a_flag() -> None:
    """By default; on one machine the demo follows its own citizens."""
    flags = {
        entry.name: settings_of(entry.name).model_fields["traces_of_callers_per_s"].default
        for entry in REGISTRY
        if entry.production
    }
    assert flags["gateway"] == 0
    assert {name for name, per_s in flags.items() if per_s <= 10} == {
        entry.name for entry in REGISTRY if entry.public and entry.production
    }


@asynccontextmanager
async def collector(certificate: Path, port: int) -> AsyncIterator[list[bytes]]:
    """The bodies that a collector over HTTPS has taken."""
    taken: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        taken.append(await request.read())
        return web.Response()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "tls.crt", certificate / "tls.key")
    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", port, ssl_context=context).start()
    try:
        yield taken
    finally:
        await runner.cleanup()


async def test_spans_go_over_tls_to_the_collector_of_the_authority(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """The CA file says whom to trust, whatever the environment has for other programs."""
    Authority().write(tmp_path)
    async with collector(tmp_path, unused_tcp_port) as taken:
        tracing = Tracing(
            "example",
            endpoint=f"https://localhost:{unused_tcp_port}/v1/traces",
            ca_file=str(tmp_path / "ca.crt"),
        )
        with tracing.span(WORK, parent=SAMPLED):
            pass
        await asyncio.to_thread(tracing.close)
        assert len(taken) == 1
