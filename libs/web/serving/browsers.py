"""ASGI middleware with headers for browsers, which are told that no answer is a page."""

from collections.abc import Iterable, Sequence
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

RawHeaders = Sequence[tuple[bytes, bytes]]

_HEADERS: Final[RawHeaders] = (
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
)


class BrowserHeaders:
    """Adds the headers of the OWASP ASVS 5 (3.4.3, 3.4.4, 3.4.6) to answers that have none.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = with_browser_headers(message.get("headers", ()))
            await send(message)

        await self._app(scope, receive, send_with_headers)


def with_browser_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return headers with those for browsers; one that is there already stays as it is.

    Args:
        headers: of an answer, with names in lower case.
    """
    present = list(headers)
    names = {name for name, _ in present}
    return [*present, *(header for header in _HEADERS if header[0] not in names)]
