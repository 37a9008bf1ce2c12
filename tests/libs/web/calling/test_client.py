import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from libs.errors import Unanswered, Unavailable, Unreadable
from libs.telemetry.metrics import Metrics
from libs.telemetry.spans import SpanName
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext
from libs.web.calling.client import ConnectionLost, HttpClient
from tests.libs.web.running import served, spoken

SAMPLED = TraceContext("00-" + "ab" * 16 + "-" + "cd" * 8 + "-01", "vendor=1")
UNSAMPLED = TraceContext(SAMPLED.traceparent[:-2] + "00", "vendor=1")

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient("server", tracing=Tracing("test"), metrics=Metrics("test")) as made:
        yield made


async def echo(request: web.BaseRequest) -> web.Response:
    headers = {f"got-{name.lower()}": value for name, value in request.headers.items()}
    return web.Response(body=await request.read(), headers=headers, status=201)


async def test_answer_is_given_whatever_its_status(client: HttpClient) -> None:
    """An answer of any status is returned unchanged."""
    async with served(echo) as url:
        reply = await client.call("POST", url, json={"a": "আ"}, deadline_s=20)
    assert (reply.status, reply.json()) == (201, {"a": "আ"})
    assert reply.headers["got-content-type"] == "application/json"


async def test_query_is_sent_byte_for_byte(client: HttpClient) -> None:
    """Escapes of the address stay as the caller wrote them."""

    async def show(request: web.BaseRequest) -> web.Response:
        return web.Response(text=request.raw_path)

    async with served(show) as url:
        reply = await client.call("GET", f"{url}/a%2Fb?q=%E0%A6%86&r=a+b", deadline_s=20)
    assert reply.body == b"/a%2Fb?q=%E0%A6%86&r=a+b"


async def test_no_connection_is_unavailable(client: HttpClient) -> None:
    """Without a connection nothing was sent."""
    async with served(echo) as url:
        pass
    with pytest.raises(Unavailable, match="server unavailable") as caught:
        await client.call("GET", url, deadline_s=20)
    assert not isinstance(caught.value, Unanswered)


async def test_late_answer_is_unanswered(client: HttpClient) -> None:
    """After the deadline it is unknown whether the request had an effect."""

    async def slow(_: web.BaseRequest) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with served(slow) as url:
        with pytest.raises(Unanswered, match="no answer in"):
            await client.call("POST", url, deadline_s=0.05)


async def test_slow_body_counts_for_the_deadline(client: HttpClient) -> None:
    """The deadline includes the body, also one that never pauses."""

    async def trickle(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100_000):
            await response.write(b".")
            await asyncio.sleep(0)
        return response

    async with served(trickle) as url:
        with pytest.raises(Unanswered):
            await client.call("GET", url, deadline_s=0.1)


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"])
async def test_broken_connection_is_lost(client: HttpClient, reply: bytes) -> None:
    """After a broken connection it is unknown whether the request had an effect."""
    async with spoken(reply) as (_, url):
        with pytest.raises(ConnectionLost):
            await client.call("POST", url, deadline_s=20)


async def test_what_is_no_http_is_unreadable(client: HttpClient) -> None:
    """An answer that is not HTTP is unreadable, not missing."""
    async with spoken(b"SSH-2.0-OpenSSH\r\n\r\n") as (_, url):
        with pytest.raises(Unreadable, match="not_http"):
            await client.call("POST", url, deadline_s=20)


async def test_endless_answer_is_cut_off() -> None:
    """The length of an answer is limited."""

    async def endless(_: web.BaseRequest) -> web.Response:
        return web.Response(body=b"x" * 2_000)

    small = HttpClient(
        "server", tracing=Tracing("t"), metrics=Metrics("t"), reply_limit_bytes=1_000
    )
    async with small, served(endless) as url:
        with pytest.raises(Unreadable, match="answer_too_large"):
            await small.call("GET", url, deadline_s=20)


async def test_redirect_is_an_answer(client: HttpClient) -> None:
    """Redirects are not followed."""

    async def away(_: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"location": "http://192.0.2.1/"})

    async with served(away) as url:
        assert (await client.call("GET", url, deadline_s=20)).status == 302


async def test_answer_that_is_no_json_is_unreadable(client: HttpClient) -> None:
    """`json` of another body raises Unreadable."""
    async with served(echo) as url:
        reply = await client.call("POST", url, body=b"<html>", deadline_s=20)
    with pytest.raises(Unreadable, match="not_json"):
        reply.json()


async def test_unsampled_trace_is_passed_on_as_it_came() -> None:
    """Without sampling there is no span, and the context goes on unchanged."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter)
    client = HttpClient("server", tracing=tracing, metrics=Metrics("t"))
    async with client, served(echo) as url:
        with tracing.span(SpanName("work"), parent=UNSAMPLED):
            reply = await client.call("GET", url, deadline_s=20)
    tracing.close()
    assert reply.headers["got-traceparent"] == UNSAMPLED.traceparent
    assert reply.headers["got-tracestate"] == "vendor=1"
    assert exporter.get_finished_spans() == ()


async def test_sampled_call_is_a_client_span_and_the_parent_of_the_other_side() -> None:
    """The other side's spans hang below the call, not beside it."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter)
    client = HttpClient("server", tracing=tracing, metrics=Metrics("t"))
    async with client, served(echo) as url:
        with tracing.span(SpanName("work"), parent=SAMPLED):
            reply = await client.call("GET", url + "/secret?q=secret", deadline_s=20)
    tracing.close()
    call, work = exporter.get_finished_spans()
    assert reply.headers["got-traceparent"].split("-")[2] == f"{call.context.span_id:016x}"
    assert call.parent is not None
    assert call.parent.span_id == work.context.span_id
    assert (call.name, dict(call.attributes or {})["http.response.status_code"]) == (
        "GET server",
        201,
    )
    assert "secret" not in str(call.attributes)


async def test_failed_call_is_a_failed_span() -> None:
    """A call without an answer has a failed span."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter)
    async with HttpClient("server", tracing=tracing, metrics=Metrics("t")) as client:
        async with served(echo) as url:
            pass
        with tracing.span(SpanName("work"), parent=SAMPLED), pytest.raises(Unavailable):
            await client.call("GET", url, deadline_s=20)
    tracing.close()
    assert exporter.get_finished_spans()[0].status.status_code is StatusCode.ERROR


async def test_drain_waits_for_the_call_under_way(client: HttpClient) -> None:
    """Connections close after the last answer."""

    async def slow(_: web.BaseRequest) -> web.Response:
        begun.set()
        await may_end.wait()
        return web.Response(text="done")

    stop, begun, may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()
    async with served(slow) as url, asyncio.TaskGroup() as tasks:
        call = tasks.create_task(client.call("GET", url, deadline_s=20))
        tasks.create_task(client.run(stop))
        await begun.wait()
        stop.set()
        await asyncio.sleep(0)
        may_end.set()
    assert call.result().body == b"done"


async def test_calls_are_counted_by_their_outcome() -> None:
    """How often a server answered and how often it did not, and how long both took."""

    async def hello(_: web.BaseRequest) -> web.Response:
        return web.Response()

    metrics = Metrics("t")
    async with HttpClient("server", tracing=Tracing("t"), metrics=metrics) as client:
        async with served(hello) as url:
            await client.call("GET", url, deadline_s=20)
        async with spoken(b"SSH-2.0-OpenSSH\r\n\r\n") as (_, url):
            with pytest.raises(Unreadable):
                await client.call("POST", url, deadline_s=20)
    shown = metrics.render().decode()
    row = 'nagorik_http_client_requests_total{destination="server",outcome="%s",service="t"} 1.0'
    assert row % "answered" in shown
    assert row % "unreadable" in shown
    assert 'duration_seconds_count{destination="server",service="t"} 2.0' in shown


async def test_other_protocol_is_unreadable(client: HttpClient) -> None:
    """The client asked for no other protocol."""
    switch = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"
    async with spoken(switch) as (_, url):
        with pytest.raises(Unreadable, match="not_http"):
            await client.call("GET", url, deadline_s=20)


async def test_call_that_acts_is_sent_once(client: HttpClient) -> None:
    """POST is not repeated on a kept connection that was closed: the first may have acted."""
    async with spoken(OK, None, OK) as (speaker, url):
        await client.call("POST", url, deadline_s=20)
        with pytest.raises(ConnectionLost):
            await client.call("POST", url, deadline_s=20)
    assert len(speaker.requests) == 2


async def test_read_is_repeated_where_a_kept_connection_was_closed(client: HttpClient) -> None:
    """Reading twice does no harm."""
    async with spoken(OK, None, OK) as (speaker, url):
        await client.call("GET", url, deadline_s=20)
        assert (await client.call("GET", url, deadline_s=20)).body == b"ok"
    assert (len(speaker.requests), speaker.connections) == (3, 2)


async def test_late_answer_is_not_taken_for_the_next(client: HttpClient) -> None:
    """The late answer of an abandoned call is not used for the next call."""
    replied = asyncio.Event()

    async def slow_once(request: web.BaseRequest) -> web.Response:
        if request.path == "/slow":
            await replied.wait()
        return web.Response(text=request.path)

    async with served(slow_once) as url:
        with pytest.raises(Unanswered):
            await client.call("GET", f"{url}/slow", deadline_s=0.05)
        assert (await client.call("GET", f"{url}/next", deadline_s=20)).body == b"/next"
        replied.set()


async def test_call_without_a_free_connection_in_time_sent_nothing() -> None:
    """No more connections than allowed; waiting for one counts as failing to connect."""
    may_end, begun = asyncio.Event(), asyncio.Event()

    async def slow(_: web.BaseRequest) -> web.Response:
        begun.set()
        await may_end.wait()
        return web.Response()

    client = HttpClient("server", tracing=Tracing("t"), metrics=Metrics("t"), connections=1)
    async with client, served(slow) as url, asyncio.TaskGroup() as tasks:
        tasks.create_task(client.call("POST", url, deadline_s=5))
        await begun.wait()
        with pytest.raises(Unavailable, match="no connection") as caught:
            await client.call("POST", url, deadline_s=2)  # a tenth is left for the answer
        may_end.set()
    assert not isinstance(caught.value, Unanswered)


async def test_unknown_certificate_is_refused(client: HttpClient, tmp_path: Path) -> None:
    """Nothing is sent to a server with an unknown certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(self_signed(tmp_path))
    async with spoken(OK, tls=context) as (speaker, url):
        with pytest.raises(Unavailable, match="no connection"):
            await client.call("POST", url, deadline_s=5)
    assert speaker.requests == []


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("/a b", {}),
        ("/a\r\nhost: b", {}),
        ("/", {"a": "b\r\nc: d"}),
        ("/", {"a": "b\nc: d"}),
        ("/", {"a\r\nb": "c"}),
        ("/", {"a": "b\rc"}),
    ],
)
async def test_nothing_can_add_a_line(
    client: HttpClient, url: str, headers: dict[str, str]
) -> None:
    """A value with a line break is refused."""
    async with spoken(OK) as (speaker, base):
        with pytest.raises(ValueError, match=r"."):
            await client.call("GET", base + url, headers=headers, deadline_s=20)
    assert speaker.requests == []


@pytest.mark.parametrize("address", ["", "a", "ftp://a", "http://", "http://a:x"])
async def test_what_is_no_address_is_turned_away(client: HttpClient, address: str) -> None:
    """An invalid address is refused before anything is sent."""
    with pytest.raises(ValueError, match=r"."):
        await client.call("GET", address, deadline_s=20)


async def test_no_header_is_added_but_the_traces(client: HttpClient) -> None:
    """Only the trace's headers are added to a request."""
    async with spoken(OK) as (speaker, url):
        await client.call("POST", url, body=b"abc", headers={"x": "y"}, deadline_s=20)
    names = {line.split(b":")[0].lower() for line in speaker.requests[0].split(b"\r\n")[1:] if line}
    assert names == {b"host", b"x", b"traceparent", b"content-length"}


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "server.pem"
    file.write_bytes(private + made.public_bytes(pem))
    return file
