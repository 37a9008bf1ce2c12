"""The limits of a request, and the ASGI middleware that enforces them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from libs.bangladesh.text import Malformed, has_forbidden, parse_int
from libs.errors import Refused, Unavailable, Unreadable

BODY_LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """The limits of a request.

    Args:
        body_bytes: maximum body size; a route may have its own.
        deadline_s: seconds until an answer begins, then 503; a route may have its own.
        at_once: maximum number of open requests of a service; more get 503. Health and metrics are
            not limited.
        streams_at_once: the same for streamed requests, which are counted apart: files on slow
            lines take minutes, and must not take the places of other requests.
    """

    body_bytes: int = BODY_LIMIT_BYTES
    deadline_s: float = 10.0
    at_once: int = 2_000
    streams_at_once: int = 200


DEFAULT_LIMITS: Final = RequestLimits()


@dataclass(frozen=True, slots=True)
class RouteLimits:
    """The limits of one route, declared beside it where they differ from those of the service.

    Args:
        body_bytes: maximum body size; None for the service's limit.
        deadline_s: seconds until an answer begins; None for the service's limit.
        streamed: the body and the answer are passed on as they arrive and are never in memory as a
            whole; the gateway then uses these limits too.
        too_large: code of the problem with a body over the limit.
        is_lookup: whether somebody could try numbers there until one is right; the gateway then
            counts its requests against a lower limit of their address, too.
    """

    body_bytes: int | None = None
    deadline_s: float | None = None
    streamed: bool = False
    too_large: str = "body_too_large"
    is_lookup: bool = False


NO_LIMITS_OF_ITS_OWN: Final = RouteLimits()


class LimitedRoute(Route):
    """Starlette's route with limits of its own; other paths are excluded by a cheap comparison.

    Routes are tried in order, and the gateway has one for every operation.
    """

    limits = NO_LIMITS_OF_ITS_OWN

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self._begins_with = path.partition("{")[0]

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["path"].startswith(self._begins_with) or scope.get("root_path"):
            return super().matches(scope)
        return Match.NONE, {}


class Admission:
    """Counts the open requests of one service.

    Args:
        at_once: maximum number of open requests.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._open = 0

    def enter(self) -> None:
        """Count a new open request.

        Raises:
            Unavailable: too many requests are open.
        """
        if self._open >= self._at_once:
            raise Unavailable("requests", "too many at once", retry_after_s=1)
        self._open += 1

    def leave(self) -> None:
        """Count the end of an open request."""
        self._open -= 1


class AdmissionLimit:
    """Refuses requests while too many are open; those whose answer has begun do not count.

    Args:
        app: the route.
        admission: shared by all routes of the service.
    """

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request.

        Raises:
            Unavailable: too many are open.
        """
        self._admission.enter()
        inside = True

        async def send_leaving(message: Message) -> None:
            nonlocal inside
            if inside:
                inside = False
                self._admission.leave()
            await send(message)

        try:
            await self._app(scope, receive, send_leaving)
        finally:
            if inside:
                self._admission.leave()


class BodyLimit:
    """Limits the size of a request's body while it streams.

    Starlette's own `max_body_size` answers with plain text, and ignores a Content-Length that is
    not a number.

    Args:
        app: the route.
        limit_bytes: maximum body size.
        too_large: code of the problem with a body over the limit.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, too_large: str = "body_too_large") -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._too_large = too_large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request.

        Raises:
            Refused: the body or its announced size is over the limit.
            Unreadable: the announced size is not a number.
        """
        check_announced_size(scope["headers"], self._limit_bytes, self._too_large)
        seen_bytes = 0

        async def receive_counted() -> Message:
            nonlocal seen_bytes
            message = await receive()
            seen_bytes += len(message.get("body", b""))
            if seen_bytes > self._limit_bytes:
                raise Refused(self._too_large)
            return message

        await self._app(scope, receive_counted, send)


class AddressCheck:
    """Refuses addresses with control characters: PostgreSQL cannot store a NUL.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request.

        Raises:
            Refused: the path or the query has a control character.
        """
        if scope["type"] == "http":
            if has_forbidden(scope["path"]):
                raise Refused("not_found")
            query: bytes = scope["query_string"]
            if b"%" in query and has_forbidden(unquote_plus(query.decode("latin-1"))):
                raise Refused("bad_query")
        await self._app(scope, receive, send)


def check_announced_size(
    headers: Sequence[tuple[bytes, bytes]],
    limit_bytes: int = BODY_LIMIT_BYTES,
    too_large: str = "body_too_large",
) -> None:
    """Refuse a body whose Content-Length is over the limit, before it is read.

    Args:
        headers: of the request, with names in lower case.
        limit_bytes: maximum body size.
        too_large: code of the problem with a body over the limit.

    Raises:
        Refused: the announced size is over the limit.
        Unreadable: the announced size is not a number.
    """
    for name, value in headers:
        if name == b"content-length":
            try:
                size_bytes = parse_int(value.decode("ascii"))
            except (Malformed, UnicodeDecodeError):
                raise Unreadable("bad_request", "content-length") from None
            if size_bytes > limit_bytes:
                raise Refused(too_large)
