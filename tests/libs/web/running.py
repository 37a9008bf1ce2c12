"""Servers, identity's tokens, and calls of an ASGI application without a server."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
import uvicorn
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Message
from uvicorn.server import ServerState

from libs.addresses import TrustedProxies
from libs.component import ComponentHealth
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.serving.app import make_app
from libs.web.serving.protocol import CoalescingProtocol
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


Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    """A server with the handler, and its address."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def listening(app: ASGIApp, protocol: type[CoalescingProtocol]) -> AsyncIterator[int]:
    """The port of a server with an application."""
    config = uvicorn.Config(app, http=protocol, ws="none", lifespan="off", log_config=None)
    config.load()
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(config, ServerState(), {}), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


class Speaker:
    """A server that sends the next bytes for each request, and closes after the last."""

    def __init__(self, answers: Sequence[bytes | None]) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._answers = list(answers)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError):
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                answer = self._answers.pop(0) if self._answers else None
                if answer is None:
                    break
                writer.write(answer)
                if not self._answers or b"close" in answer:
                    break
        writer.close()


@asynccontextmanager
async def spoken(
    *answers: bytes | None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Speaker, str]]:
    """A server that answers with these bytes, and its address."""
    speaker = Speaker(answers)
    server = await asyncio.start_server(speaker.talk, "127.0.0.1", 0, ssl=tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield speaker, f"{'https' if tls else 'http'}://127.0.0.1:{port}"


CITIZEN, SESSION = new_id(), new_id()


class Identity:
    """Serves its public keys, and signs tokens."""

    def __init__(self) -> None:
        self.keys = {"k1": ECKey.generate_key("P-256", {"kid": "k1"})}
        self.asked = 0
        self.status = 200
        self.delay_s = 0.0

    async def show(self, _: web.BaseRequest) -> web.Response:
        self.asked += 1
        await asyncio.sleep(self.delay_s)
        keys = [key.as_dict(private=False) for key in self.keys.values()]
        return web.Response(body=orjson.dumps({"keys": keys}), status=self.status)

    def token(
        self,
        key_id: str = "k1",
        *,
        algorithm: str = "ES256",
        kind: str = "at+jwt",
        **claims: Any,
    ) -> str:
        told = {
            "iss": "nagorik-identity",
            "aud": "nagorik",
            "sub": str(CITIZEN),
            "sid": str(SESSION),
            "roles": ["citizen"],
            "iat": int(time.time()),
            "exp": int(time.time()) + 900,
            "auth_time": int(time.time()),
        } | claims
        header = {"alg": algorithm, "typ": kind, "kid": key_id}
        kept = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(header, kept, self.keys[key_id], algorithms=[algorithm])


def showing(token: str | None, scheme: str = "Bearer") -> Request:
    headers = [] if token is None else [(b"authorization", f"{scheme} {token}".encode())]
    return Request({"type": "http", "headers": headers})
