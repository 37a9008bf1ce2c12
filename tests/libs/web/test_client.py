import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from libs.errors import Unavailable, Unreadable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext
from libs.web.client import ConnectionLost, HttpClient, Unanswered

SAMPLED = TraceContext("00-" + "ab" * 16 + "-" + "cd" * 8 + "-01", "vendor=1")
UNSAMPLED = TraceContext(SAMPLED.traceparent[:-2] + "00", "vendor=1")

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    """A party that answers with the handler, and its address."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def spoken(reply: bytes) -> AsyncIterator[str]:
    """A party that reads a little, sends these bytes, and hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient("party", tracing=Tracing("test"), metrics=Metrics("test")) as made:
        yield made


async def echo(request: web.BaseRequest) -> web.Response:
    headers = {f"got-{name.lower()}": value for name, value in request.headers.items()}
    return web.Response(body=await request.read(), headers=headers, status=201)


async def test_answer_is_given_whatever_its_status(client: HttpClient) -> None:
    """Status, headers and body come back as they were; nothing is raised for a 4xx or 5xx."""
    async with served(echo) as url:
        reply = await client.call("POST", url, json={"a": "আ"}, deadline_s=2)
    assert (reply.status, reply.json()) == (201, {"a": "আ"})
    assert reply.headers["got-content-type"] == "application/json"


async def test_body_is_sent_byte_for_byte(client: HttpClient) -> None:
    """What is forwarded or signed is not written anew."""
    async with served(echo) as url:
        reply = await client.call("PUT", url, body=b' { "a":1}', deadline_s=2)
    assert reply.body == b' { "a":1}'


async def test_query_is_sent_byte_for_byte(client: HttpClient) -> None:
    """Escapes of the address stay as the caller wrote them."""

    async def show(request: web.BaseRequest) -> web.Response:
        return web.Response(text=request.raw_path)

    async with served(show) as url:
        reply = await client.call("GET", f"{url}/a%2Fb?q=%E0%A6%86&r=a+b", deadline_s=2)
    assert reply.body == b"/a%2Fb?q=%E0%A6%86&r=a+b"


async def test_connection_is_kept(client: HttpClient) -> None:
    """A second call rides on the connection of the first."""
    peers: set[str] = set()

    async def note(request: web.BaseRequest) -> web.Response:
        peers.add(str(request.transport and request.transport.get_extra_info("peername")))
        return web.Response()

    async with served(note) as url:
        for _ in range(3):
            await client.call("GET", url, deadline_s=2)
    assert len(peers) == 1


async def test_nobody_there_is_unavailable(client: HttpClient) -> None:
    """Where no connection could be made, nothing was asked."""
    async with served(echo) as url:
        pass
    with pytest.raises(Unavailable, match="party unavailable") as caught:
        await client.call("GET", url, deadline_s=2)
    assert not isinstance(caught.value, Unanswered)


async def test_late_answer_is_unanswered(client: HttpClient) -> None:
    """Past the deadline it is not known whether the other side acted."""

    async def slow(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async with served(slow) as url:
        with pytest.raises(Unanswered, match="no answer in"):
            await client.call("POST", url, deadline_s=0.05)


async def test_slow_body_counts_for_the_deadline(client: HttpClient) -> None:
    """A body that trickles for ever is given up like an answer that never comes."""

    async def trickle(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(200):
            await response.write(b".")
            await asyncio.sleep(0.02)
        return response

    async with served(trickle) as url:
        with pytest.raises(Unanswered):
            await client.call("GET", url, deadline_s=0.1)


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"])
async def test_broken_connection_is_lost(client: HttpClient, reply: bytes) -> None:
    """A connection that breaks after the question leaves open whether the other side acted."""
    async with spoken(reply) as url:
        with pytest.raises(ConnectionLost):
            await client.call("POST", url, deadline_s=2)


async def test_what_is_no_http_is_unreadable(client: HttpClient) -> None:
    """Nonsense instead of an answer is told apart from silence."""
    async with spoken(b"SSH-2.0-OpenSSH\r\n\r\n") as url:
        with pytest.raises(Unreadable, match="not_http"):
            await client.call("POST", url, deadline_s=2)


async def test_endless_answer_is_cut_off() -> None:
    """No party can fill our memory."""

    async def endless(_: web.BaseRequest) -> web.Response:
        return web.Response(body=b"x" * 2_000)

    small = HttpClient("party", tracing=Tracing("t"), metrics=Metrics("t"), reply_limit_bytes=1_000)
    async with small, served(endless) as url:
        with pytest.raises(Unreadable, match="answer_too_large"):
            await small.call("GET", url, deadline_s=2)


async def test_redirect_is_an_answer(client: HttpClient) -> None:
    """Nobody can send our calls elsewhere."""

    async def away(_: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"location": "http://192.0.2.1/"})

    async with served(away) as url:
        assert (await client.call("GET", url, deadline_s=2)).status == 302


async def test_answer_that_is_no_json_is_unreadable(client: HttpClient) -> None:
    """Asking for the JSON of something else is the other side's failure."""
    async with served(echo) as url:
        reply = await client.call("POST", url, body=b"<html>", deadline_s=2)
    with pytest.raises(Unreadable, match="not_json"):
        reply.json()


async def test_unsampled_trace_is_passed_on_as_it_came() -> None:
    """Without sampling there is no span, and the context goes on unchanged."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter)
    client = HttpClient("party", tracing=tracing, metrics=Metrics("t"))
    async with client, served(echo) as url:
        with tracing.span("work", parent=UNSAMPLED):
            reply = await client.call("GET", url, deadline_s=2)
    tracing.close()
    assert reply.headers["got-traceparent"] == UNSAMPLED.traceparent
    assert reply.headers["got-tracestate"] == "vendor=1"
    assert exporter.get_finished_spans() == ()


async def test_sampled_call_is_a_client_span_and_the_parent_of_the_other_side() -> None:
    """The other side's spans hang below the call, not beside it."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter)
    client = HttpClient("party", tracing=tracing, metrics=Metrics("t"))
    async with client, served(echo) as url:
        with tracing.span("work", parent=SAMPLED):
            reply = await client.call("GET", url + "/secret?q=secret", deadline_s=2)
    tracing.close()
    call, work = exporter.get_finished_spans()
    assert reply.headers["got-traceparent"].split("-")[2] == f"{call.context.span_id:016x}"
    assert call.parent is not None
    assert call.parent.span_id == work.context.span_id
    assert (call.name, dict(call.attributes or {})["http.response.status_code"]) == (
        "GET party",
        201,
    )
    assert "secret" not in str(call.attributes)


async def test_failed_call_is_a_failed_span() -> None:
    """Silence of the other side shows in the trace."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter)
    async with HttpClient("party", tracing=tracing, metrics=Metrics("t")) as client:
        async with served(echo) as url:
            pass
        with tracing.span("work", parent=SAMPLED), pytest.raises(Unavailable):
            await client.call("GET", url, deadline_s=2)
    tracing.close()
    assert exporter.get_finished_spans()[0].status.status_code is StatusCode.ERROR


async def test_drain_waits_for_the_call_under_way(client: HttpClient) -> None:
    """Connections close after the last answer, not under it."""

    async def slow(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(0.1)
        return web.Response(text="done")

    stop = asyncio.Event()
    async with served(slow) as url, asyncio.TaskGroup() as tasks:
        call = tasks.create_task(client.call("GET", url, deadline_s=2))
        tasks.create_task(client.run(stop))
        await asyncio.sleep(0.02)
        stop.set()
    assert call.result().body == b"done"


async def test_calls_are_counted_by_their_outcome() -> None:
    """How often a party answered and how often it did not, and how long both took."""

    async def hello(_: web.BaseRequest) -> web.Response:
        return web.Response()

    metrics = Metrics("t")
    async with HttpClient("party", tracing=Tracing("t"), metrics=metrics) as client:
        async with served(hello) as url:
            await client.call("GET", url, deadline_s=2)
        async with spoken(b"SSH-2.0-OpenSSH\r\n\r\n") as url:
            with pytest.raises(Unreadable):
                await client.call("POST", url, deadline_s=2)
    shown = metrics.render().decode()
    row = 'nagorik_http_client_requests_total{outcome="%s",party="party",service="t"} 1.0'
    assert row % "answered" in shown
    assert row % "unreadable" in shown
    assert 'duration_seconds_count{party="party",service="t"} 2.0' in shown
