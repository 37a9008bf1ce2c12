"""ASGI middleware that refuses callers who are not known, and requests that were not encrypted."""

from collections.abc import Sequence
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from libs.errors import Refused
from libs.web.serving.health import HEALTH_PATHS

HAS_CERTIFICATE: Final = "nagorik.has_certificate"
"""Key of the scope: whether the caller has shown a certificate that our CA signed."""


class CallerCheck:
    """Refuses requests to the ingress over HTTP, and callers over HTTPS without a certificate.

    Over HTTP between services, as on one machine, no certificate is asked for. Probes and the
    collector of metrics have none.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request.

        Raises:
            Refused: the ingress got the request unencrypted, or the caller is not known.
        """
        if scope["type"] == "http":
            headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
            if any(name == b"x-forwarded-proto" and value == b"http" for name, value in headers):
                raise Refused("https_needed")
            is_known = scope.get("scheme") != "https" or scope.get(HAS_CERTIFICATE)
            if not is_known and scope["path"] not in HEALTH_PATHS:
                raise Refused("certificate_needed")
        await self._app(scope, receive, send)
