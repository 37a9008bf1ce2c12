import asyncio
import json
from collections.abc import AsyncIterator

import httptools
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from libs.contracts.problems import PROBLEMS
from libs.web.protocol import CoalescingProtocol


async def reached(_: Scope, __: Receive, ___: Send) -> None:
    raise AssertionError("no request came")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(reached, http=CoalescingProtocol, lifespan="off", log_config=None)
    config.load()
    server = await asyncio.get_running_loop().create_server(
        lambda: CoalescingProtocol(config, ServerState(), {}), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


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
    ],
)
async def test_invalid_http_gets_a_problem_document(port: int, said: bytes) -> None:
    """In Bangla; the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    async with asyncio.timeout(10):
        answer = Answer(await reader.read())
    writer.close()
    assert (answer.status, answer.complete) == (400, True)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    document = json.loads(answer.body)
    assert document["type"] == "/problems/bad_request"
    assert document["detail"] == PROBLEMS["bad_request"].detail.bn
