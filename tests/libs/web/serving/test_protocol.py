import asyncio
import json
from collections.abc import AsyncIterator

import httptools
import pytest
from starlette.types import Receive, Scope, Send

from libs.contracts.problems import PROBLEMS
from libs.web.serving.protocol import HEAD_LIMIT_BYTES, CoalescingProtocol
from tests.libs.web.running import listening
from tests.waiting import PATIENCE_S

REQUEST = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"


async def reached(_: Scope, __: Receive, ___: Send) -> None:
    raise AssertionError("no request came")


class Impatient(CoalescingProtocol):
    """Waits hardly at all for a request."""

    head_within_s = 0.05


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with listening(reached, CoalescingProtocol) as port:
        yield port


async def until_closed(port: int, *said: bytes) -> bytes:
    """Say something, keep the connection open, and return all that comes until it is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(PATIENCE_S):
        for part in said:
            writer.write(part)
            await writer.drain()
        try:
            return await reader.read()
        finally:
            writer.close()


class Held:
    """An application that answers when it may."""

    def __init__(self) -> None:
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        self.asked.set()
        await self.may_answer.wait()
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})


class Answer:
    """An answer as a client reads it."""

    def __init__(self, raw: bytes) -> None:
        self.headers: dict[str, str] = {}
        self.body = b""
        self.complete = False
        parser = httptools.HttpResponseParser(self)
        parser.feed_data(raw)
        self.status = parser.get_status_code()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode()] = value.decode()

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.complete = True


@pytest.mark.parametrize(
    "said",
    [
        b"what is this\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\ncontent-length: two\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",  # TLS where none is spoken
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET http://[::bad/ HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx: a\x00b\r\n\r\n",
    ],
)
async def test_invalid_http_gets_a_problem_document(port: int, said: bytes) -> None:
    """In Bangla; the connection is closed."""
    answer = Answer(await until_closed(port, said))
    assert (answer.status, answer.complete) == (400, True)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-content-type-options"] == "nosniff"
    document = json.loads(answer.body)
    assert document["type"] == "/problems/bad_request"
    assert document["detail"] == PROBLEMS["bad_request"].detail.bn


async def test_blanks_around_a_value_are_no_part_of_it() -> None:
    """RFC 9110, 5.5: an Idempotency-Key or a traceparent is the same with a blank after it."""
    headers: dict[bytes, bytes] = {}

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        headers.update(scope["headers"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    lines = b"idempotency-key: \t abc \t\r\nx-inner:a \t b\r\nx-empty: \t\r\nconnection: close \r\n"
    async with listening(app, CoalescingProtocol) as port:
        await until_closed(port, REQUEST[:-2] + lines + b"\r\n")
    del headers[b"host"], headers[b"connection"]
    assert headers == {b"idempotency-key": b"abc", b"x-inner": b"a \t b", b"x-empty": b""}


@pytest.mark.parametrize("said", [b"", b"\r\n\r\n"])
async def test_a_connection_that_sends_no_request_is_closed(said: bytes) -> None:
    """Open sockets are few, and a stranger could hold them all."""
    async with listening(reached, Impatient) as port:
        assert await until_closed(port, said) == b""


async def test_a_request_that_stops_within_its_head_is_answered_with_408() -> None:
    """The head is complete in time, or the connection is closed with a problem document."""
    async with listening(reached, Impatient) as port:
        answer = Answer(await until_closed(port, REQUEST[:-2]))
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert json.loads(answer.body)["type"] == "/problems/request_late"


async def test_a_second_request_that_stops_within_its_head_is_not_waited_for() -> None:
    """The time-out between two requests ends with the first byte of the second."""
    app = Held()
    app.may_answer.set()
    async with listening(app, Impatient) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        await reader.readuntil(b"ok")
        writer.write(b"GET")
        async with asyncio.timeout(PATIENCE_S):
            answer = Answer(await reader.read())
        writer.close()
    assert answer.status == 408


async def test_an_answer_is_waited_for_longer_than_a_head() -> None:
    """Only the head has so little time: not the answer, and not the next request."""
    app = Held()
    async with listening(app, Impatient) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(REQUEST)
            async with asyncio.timeout(PATIENCE_S):
                await app.asked.wait()
                loop = asyncio.get_running_loop()
                loop.call_later(3 * Impatient.head_within_s, app.may_answer.set)
                assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200 OK")
        writer.close()


async def test_a_head_without_end_is_refused(port: int) -> None:
    """The parser would collect headers as long as they come."""
    header = b"x: " + b"a" * (HEAD_LIMIT_BYTES - len(REQUEST)) + b"\r\n"
    answer = Answer(await until_closed(port, REQUEST[:-2] + header))
    assert answer.status == 431
    assert json.loads(answer.body)["type"] == "/problems/head_too_large"


async def test_garbage_after_a_request_does_not_take_its_answer() -> None:
    """The request is answered; then the connection is closed."""
    app = Held()
    async with listening(app, CoalescingProtocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST + b"what is this\r\n\r\n")
        async with asyncio.timeout(PATIENCE_S):
            await app.asked.wait()
            app.may_answer.set()
            answer = Answer(await reader.read())
        writer.close()
    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.headers["connection"] == "close"
