"""HTTP/1.1 over kept-alive connections at the least cost: one request, one answer, no stream.

What makes it cheap is what is not there: no streams, cookies, redirects, proxies, decompression
(docs/decisions/0011-bare-connections-for-outgoing-calls.md has what that brought).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit

import httptools
import orjson
from multidict import CIMultiDict
from typing_extensions import override

from libs.errors import Unreadable

_PORTS = {"http": 80, "https": 443}
_SWITCHING_PROTOCOLS = 101
_OK = 200


class Broken(Exception):
    """The connection ended between a question and its answer.

    `untouched` says that it was kept from an earlier answer and that nothing came back: the other
    side had closed it before it saw the question.
    """

    def __init__(self, *, untouched: bool) -> None:
        super().__init__("connection lost")
        self.untouched = untouched


class NotHttp(Exception):
    """What came back is no HTTP."""


class TooLarge(Exception):
    """The answer is longer than what is taken in."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom to connect to (RFC 6454): scheme, host and port."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other party answered."""

    status: int
    headers: CIMultiDict[str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            Unreadable: it is not JSON.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Unreadable("not_json", "answer") from None


@lru_cache(maxsize=1024)
def origin_of(address: str) -> Origin:
    """The origin of `scheme://host[:port]`.

    Raises:
        ValueError: it is no such address.
    """
    parts = urlsplit(address)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("not an HTTP address")
    return Origin(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])


def split(url: str) -> tuple[str, str]:
    """Split an absolute address into `scheme://host[:port]` and the target of the request line."""
    scheme, _, rest = url.partition("://")
    place = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    target = rest[place:].partition("#")[0]
    return f"{scheme}://{rest[:place]}", target if target.startswith("/") else f"/{target}"


def request_bytes(
    method: str, authority: str, target: str, headers: Mapping[str, str], body: bytes | None
) -> bytes:
    """A whole request, ready to be sent.

    Raises:
        ValueError: a header or the target holds what would end its line.
    """
    lines = [f"{method} {target} HTTP/1.1", f"host: {authority}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None or method in {"POST", "PUT", "PATCH"}:
        lines.append(f"content-length: {len(body or b'')}")
    head = "\r\n".join(lines)
    if head.count("\n") >= len(lines) or head.count("\r") >= len(lines) or " " in target:
        raise ValueError("a line break or a blank where none may be")
    return head.encode("latin-1") + b"\r\n\r\n" + (body or b"")


class Connection(asyncio.Protocol):
    """One connection with at most one request under way.

    Args:
        limit_bytes: longest answer taken in.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.idle_since_s = 0.0
        self._limit_bytes = limit_bytes
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None  # from the moment it is connected
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Reply] | None = None
        self._headers: CIMultiDict[str] = CIMultiDict()
        self._parts: list[bytes] = []
        self._size_bytes = 0
        self._without_body = False
        self._headers_are_in = False
        self._touched = True  # by an answer to the request under way
        self._answers = 0

    @property
    def is_open(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes, *, method: str, deadline_s: float) -> Reply:
        """Send a request and return the answer.

        Raises:
            TimeoutError: no answer came in that many seconds; the connection is of no use then.
            Broken: the connection ended before.
            NotHttp: something else came.
            TooLarge: the answer is over the limit.
        """
        if self._transport is None or self._transport.is_closing():
            raise Broken(untouched=True)
        self._without_body = method == "HEAD"
        self._touched = False
        self._answer = self._loop.create_future()
        late = self._loop.call_later(deadline_s, self._fail, TimeoutError())
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            late.cancel()
            if not self._answer.done() or self._answer.cancelled():
                self.close()  # nobody waits any more, and the answer may still come

    def close(self) -> None:
        """Let the connection go."""
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, failure: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(failure)
        self.close()

    # -- called by the loop

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._touched = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(NotHttp())

    @override
    def connection_lost(self, failure: Exception | None) -> None:
        if failure is None and self._headers_are_in and self._ends_with_connection():
            self._complete()
        self._fail(Broken(untouched=not self._touched and self._answers > 0))

    # -- called by the parser

    def on_message_begin(self) -> None:
        """Begin another answer; one that nobody asked for is not taken for the next one's."""
        if self._answer is None or self._answer.done():
            self.close()
        self._headers, self._parts, self._size_bytes = CIMultiDict(), [], 0
        self._headers_are_in = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self._headers.add(name.decode("latin-1"), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        """An answer to HEAD ends here; the parser would wait for the body it announces."""
        self._headers_are_in = True
        if self._without_body and self._parser.get_status_code() >= _OK:
            self._complete()
            self.close()

    def on_body(self, part: bytes) -> None:
        """Keep a part of the body."""
        self._size_bytes += len(part)
        if self._size_bytes > self._limit_bytes:
            self._fail(TooLarge())
        else:
            self._parts.append(part)

    def on_message_complete(self) -> None:
        """Hand the answer on; one that says only that more is to come is passed over."""
        status = self._parser.get_status_code()
        if status == _SWITCHING_PROTOCOLS or status < 100:
            self._fail(NotHttp())
        elif status >= _OK:
            keeps = self._parser.should_keep_alive()
            self._complete()
            if not keeps:
                self.close()

    def _complete(self) -> None:
        self._headers_are_in = False
        self._answers += 1
        if self._answer is not None and not self._answer.done():
            body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._answer.set_result(Reply(self._parser.get_status_code(), self._headers, body))

    def _ends_with_connection(self) -> bool:
        return not {"content-length", "transfer-encoding"} & {
            each.lower() for each in self._headers
        }
