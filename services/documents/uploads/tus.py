"""The header that tus wants in every answer, also in those to refused requests."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.documents.uploads.rules import TUS_VERSION

_PATH: Final = "/v1/uploads"


class _TusHeader:
    """Adds the header to the answers of uploads.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if not scope.get("path", "").startswith(_PATH):
            await self._app(scope, receive, send)
            return

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["tus-resumable"] = TUS_VERSION
                if message["status"] == 412:
                    headers["tus-version"] = TUS_VERSION
            await send(message)

        await self._app(scope, receive, send_with_header)


TusHeader: Final = Middleware(_TusHeader)
