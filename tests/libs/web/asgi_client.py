"""Calls an ASGI application directly, as a server would."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from libs.addresses import TrustedProxies
from libs.component import ComponentHealth
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.serving.app import make_app
from libs.web.serving.refusals import RefusalLog


@dataclass(frozen=True)
class Answer:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.json()["type"]).removeprefix("/problems/")

    @property
    def pointers(self) -> list[str]:
        """The pointers of the field errors."""
        return [error["pointer"] for error in self.json().get("errors", [])]


def app_with(*routes: Route, **more: Any) -> ASGIApp:
    """An application with these routes only."""
    made: dict[str, Any] = {
        "service": "test",
        "tracing": Tracing("test"),
        "metrics": Metrics("test"),
        "health": lambda: {"component": ComponentHealth()},
        "refusals": RefusalLog(TrustedProxies([]), Metrics("test")),
    }
    return make_app(routes, **(made | more))


async def ask(
    app: ASGIApp,
    method: str,
    target: str,
    *,
    headers: Mapping[str, str] | None = None,
    chunks: Sequence[bytes] = (b"",),
    json: Any = None,
    leaves: bool = False,
    stalls: bool = False,
) -> Answer:
    """Send a request and return the answer.

    A caller that `leaves` disconnects after the last chunk; one that `stalls` sends no more.
    """
    path, _, query = target.partition("?")
    sent = dict(headers or {})
    if json is not None:
        chunks = [orjson.dumps(json)]
        sent.setdefault("content-type", "application/json")
    coming: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": stalls or place + 1 < len(chunks)}
        for place, chunk in enumerate(chunks)
    ]
    got: list[Message] = []

    async def receive() -> Message:
        if not coming and not leaves:
            await asyncio.Event().wait()
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        got.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "client": ("192.0.2.1", 5000),
        "server": ("127.0.0.1", 80),
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
    }
    await app(scope, receive, send)
    start = got[0]
    answered = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], answered, b"".join(part.get("body", b"") for part in got[1:]))
