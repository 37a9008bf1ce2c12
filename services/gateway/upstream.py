"""The services behind the gateway, called over kept-alive connections."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request

from libs.contracts.applications import ApplicationView
from libs.errors import Unreadable
from libs.web.client import ConnectionLost, HttpClient, Reply

# Of one connection, not of the message (RFC 9110, 7.6.1), or set anew here.
_NOT_PASSED_ON = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
    "te", "trailer", "transfer-encoding", "upgrade",
    "accept-encoding", "content-length", "expect", "forwarded", "host", "traceparent", "tracestate",
    "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "date", "server",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class UpstreamResponse:
    """What an upstream answered."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    @property
    def etag(self) -> str:
        """The upstream's own tag of this content, or one made from it."""
        for name, value in self.headers:
            if name.lower() == "etag":
                return value
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


class Upstream:
    """One service behind the gateway.

    Args:
        client: calls it over kept-alive connections.
        url: its base URL.
        deadline_s: seconds it has to answer.
    """

    def __init__(self, client: HttpClient, url: str, deadline_s: float) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._deadline_s = deadline_s

    async def forward(
        self, request: Request, body: bytes | None, address: str, *, repeat_safe: bool
    ) -> UpstreamResponse:
        """Hand a request on as it came, and return the answer as it came.

        Args:
            request: what came.
            body: its body.
            address: whom it came from, told in `X-Forwarded-For`.
            repeat_safe: whether a lost connection may be answered by asking once again.

        Raises:
            ConnectionLost: the connection broke, and asking again might do more than once.
        """
        target = self._url + _path_of(request)
        headers = passed_on(request.headers.items()) | {"x-forwarded-for": address}
        try:
            reply = await self._ask(request.method, target, headers, body)
        except ConnectionLost:
            if not repeat_safe:
                raise
            reply = await self._ask(request.method, target, headers, body)
        return _response_of(reply)

    async def application(
        self, tracking_number: str, request: Request, address: str
    ) -> UpstreamResponse:
        """One application as its upstream shows it to this caller, who may see only their own."""
        headers = passed_on(request.headers.items()) | {"x-forwarded-for": address}
        headers["accept"] = "application/json"
        target = f"{self._url}/v1/applications/{quote(tracking_number, safe='')}"
        return _response_of(await self._ask("GET", target, headers, None))

    async def _ask(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        return await self._client.call(
            method, target, body=body, headers=headers, deadline_s=self._deadline_s
        )


def read_view(answer: UpstreamResponse) -> ApplicationView:
    """Read the upstream's view of an application.

    Raises:
        Unreadable: the answer is none.
    """
    try:
        return ApplicationView.model_validate_json(answer.body)
    except ValueError:
        raise Unreadable("not_an_application", "answer of the upstream") from None


def passed_on(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers that belong to the message, and not to the connection it came on."""
    passed: dict[str, str] = {}
    of_the_connection: list[str] = []
    for written, value in headers:
        name = written.lower()
        if name == "connection":
            of_the_connection += value.split(",")
        elif name not in _NOT_PASSED_ON:
            passed[name] = f"{passed[name]}, {value}" if name in passed else value
    for name in of_the_connection:
        passed.pop(name.strip().lower(), None)
    return passed


def _response_of(reply: Reply) -> UpstreamResponse:
    return UpstreamResponse(
        reply.status, tuple(passed_on(reply.headers.items()).items()), reply.body
    )


def _path_of(request: Request) -> str:
    """Path and query byte for byte as the caller wrote them."""
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    whole = path.partition(b"?")[0] + (b"?" + query if query else b"")
    return whole.decode("latin-1")
