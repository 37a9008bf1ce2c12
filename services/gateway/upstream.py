"""The services behind the gateway, called over kept-alive connections."""

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from starlette.requests import Request

from libs.errors import Refused, Unanswered, Unavailable, Unreadable
from libs.web.calling.client import ConnectionLost, HttpClient, StreamedReply

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
# They belong to one connection (RFC 9110, 7.6.1), or are set here again.
_CONNECTION_HEADERS = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
    "te", "trailer", "transfer-encoding", "upgrade",
    "accept-encoding", "content-length", "expect", "forwarded", "host", "traceparent", "tracestate",
    "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "date", "server",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class UpstreamResponse:
    """The response of an upstream."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    @property
    def etag(self) -> str:
        """The upstream's entity tag, else one derived from the body."""
        for name, value in self.headers:
            if name == "etag":
                return value
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


@dataclass(frozen=True, slots=True)
class Upstream:
    """One service behind the gateway.

    Args:
        client: calls it over kept-alive connections.
        streams: the same for the uploads and downloads of all services; a slow one takes no
            connection of the others.
        url: its base URL.
        deadline_s: seconds it has to answer.
    """

    client: HttpClient
    streams: HttpClient
    url: str
    deadline_s: float

    async def forward(
        self,
        request: Request,
        address: str,
        *,
        repeat_safe: bool = True,
        timeout_problem: str = "answer_late",
    ) -> UpstreamResponse:
        """Send a request to the upstream unchanged, and return its response.

        Args:
            request: the caller's request.
            address: the caller's address, for `X-Forwarded-For`.
            repeat_safe: whether the request is sent once more after a lost connection.
            timeout_problem: code of the problem if no response comes in time.

        Raises:
            Refused: the upstream was not reached, or did not answer in HTTP and in time.
        """  # noqa: DOC501  # `ConnectionLost` is caught here
        body = await request.body() if request.method not in _WITHOUT_BODY else None
        call = partial(
            self.client.call,
            request.method,
            self.url.rstrip("/") + _path_of(request),
            body=body,
            headers=without_connection_headers(request.headers.items())
            | {"x-forwarded-for": address},
            deadline_s=self.deadline_s,
        )
        try:
            try:
                reply = await call()
            except ConnectionLost:
                if not repeat_safe:
                    raise  # becomes `Refused` below
                reply = await call()
        except (Unanswered, Unreadable) as failure:
            raise Refused(timeout_problem) from failure
        except Unavailable as failure:
            raise Refused("service_not_reached") from failure
        headers = without_connection_headers(reply.headers.items())
        headers.pop("set-cookie", None)  # several cannot be joined (RFC 9110, 5.3)
        cookies = (("set-cookie", cookie) for cookie in reply.headers.getall("set-cookie", ()))
        return UpstreamResponse(reply.status, (*headers.items(), *cookies), reply.body)

    @asynccontextmanager
    async def stream(
        self, request: Request, address: str, *, deadline_s: float
    ) -> AsyncIterator[StreamedReply]:
        """Send a request to the upstream while it arrives, and yield the beginning of its response.

        Args:
            request: the caller's request.
            address: the caller's address, for `X-Forwarded-For`.
            deadline_s: seconds for everything.

        Raises:
            Refused: the upstream was not reached, or did not answer in HTTP and in time.
        """
        headers = with_length(request.headers)
        has_body = request.method not in _WITHOUT_BODY
        call = self.streams.stream(
            request.method,
            self.url.rstrip("/") + _path_of(request),
            body=request.stream() if has_body else None,
            headers=headers | {"x-forwarded-for": address},
            deadline_s=deadline_s,
        )
        try:
            async with call as reply:
                yield reply
        except (Unanswered, Unreadable) as failure:
            raise Refused("answer_late") from failure
        except Unavailable as failure:
            raise Refused("service_not_reached") from failure

    async def application(
        self, tracking_number: str, request: Request, address: str
    ) -> UpstreamResponse:
        """Read an application with the caller's token; raises as `forward`."""
        path = f"/v1/applications/{quote(tracking_number, safe='')}".encode()
        headers = [header for header in request.scope["headers"] if header[0] != b"accept"]
        headers.append((b"accept", b"application/json"))
        read = {"method": "GET", "raw_path": path, "query_string": b"", "headers": headers}
        return await self.forward(Request({**request.scope, **read}), address)


class Upstreams(dict[str, Upstream]):
    """The services behind the gateway, by name."""


def with_length(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers to pass on with a body that stays as long as it is."""
    passed = without_connection_headers(headers.items())
    length = headers.get("content-length")
    return passed if length is None else {**passed, "content-length": length}


def without_connection_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers without those that concern one connection only (RFC 9110, 7.6.1)."""
    passed: dict[str, str] = {}
    of_the_connection: list[str] = []
    for written, value in headers:
        name = written.lower()
        if name == "connection":
            of_the_connection += value.split(",")
        elif name not in _CONNECTION_HEADERS:
            passed[name] = f"{passed[name]}, {value}" if name in passed else value
    for name in of_the_connection:
        passed.pop(name.strip().lower(), None)
    return passed


def _path_of(request: Request) -> str:
    """Return path and query byte for byte as the caller sent them."""
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return (path.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")
