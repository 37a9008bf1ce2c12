"""Identity without a server or a broker: its routes are called in the process."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from starlette.types import ASGIApp, Message

from libs.assembly import make_resources
from libs.contracts.events import Event
from libs.contracts.topics import topics_by_name
from libs.database.pool import Database
from libs.web.app import make_app
from services.identity.main import make_capabilities
from services.identity.settings import Settings
from services.identity.signing_keys.jobs import KeyRefresh

PHONE = "+8801712345678"


@dataclass(slots=True)
class Clock:
    """A clock that only the test moves."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a caller sees."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return orjson.loads(self.raw)

    @property
    def problem(self) -> str:
        """The code of the problem that was answered."""
        assert self.headers["content-type"] == "application/problem+json"
        return str(self.body["type"]).removeprefix("/problems/")


@dataclass(frozen=True, slots=True)
class Identity:
    """Identity as its callers and a reader of its outbox see it."""

    app: ASGIApp
    database: Database
    clock: Clock

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        peer: str = "127.0.0.1",
    ) -> Reply:
        """Send a request; a body that is no bytes is sent as JSON."""
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        sent = {"content-type": "application/json", **(headers or {})}
        if token:
            sent["authorization"] = f"Bearer {token}"
        return await _exchange(self.app, method, path, raw, sent, peer)

    async def request_code(self, phone: str = PHONE, **more: Any) -> str:
        """Request a code and read it where the SMS sender would."""
        reply = await self.call("POST", "/v1/login/codes", {"phone": phone}, **more)
        assert reply.status == 202, reply.raw
        code: str = (await announced(self.database))[-1].model_dump()["code"]
        return code

    async def try_code(self, code: str, phone: str = PHONE, **more: Any) -> Reply:
        """Exchange a code for tokens."""
        body = {"phone": phone, "code": code}
        return await self.call("POST", "/v1/login/tokens", body, **more)

    async def log_in(self, phone: str = PHONE, **more: Any) -> Any:
        """Log a citizen in and return the tokens."""
        reply = await self.try_code(await self.request_code(phone, **more), phone, **more)
        assert reply.status == 200, reply.raw
        return reply.body

    async def refresh(self, refresh_token: str) -> Reply:
        """Refresh with a refresh token."""
        return await self.call("POST", "/v1/login/refresh", {"refresh_token": refresh_token})


@asynccontextmanager
async def running(dsn: str, **settings_changed: Any) -> AsyncIterator[Identity]:
    """Run identity's own components while the test lasts."""
    clock = Clock()
    settings = Settings(dsn=dsn, **settings_changed)
    resources = make_resources("identity", settings)
    capabilities = make_capabilities(resources, settings, clock)
    components = [component for each in capabilities for component in each.components]
    app = make_app(
        [route for each in capabilities for route in each.routes],
        service="identity",
        tracing=resources.tracing,
        metrics=resources.metrics,
        health=dict,
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for component in components:
            tasks.create_task(component.run(stop))
        try:
            for component in components:
                if isinstance(component, KeyRefresh):
                    await component.refresh()
            yield Identity(app, resources.database, clock)
        finally:
            stop.set()
    await resources.database.close()


async def until_waiting(database: Database, task: "asyncio.Task[Any]") -> None:
    """Wait until a task waits for a lock that another transaction holds, or has ended."""
    async with asyncio.timeout(5):
        while not task.done():
            async with database.transaction() as tx:
                if await tx.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
                    return
            await asyncio.sleep(0.005)


async def announced(database: Database) -> list[Event]:
    """Read the events that wait in the outbox, oldest first."""
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT topic, record_value, headers FROM outbox ORDER BY outbox_id")
    return [_event(row["topic"], row["record_value"], row["headers"]) for row in rows]


def _event(topic: str, value: bytes, headers: bytes) -> Event:
    for event_class in topics_by_name()[topic].events:
        if event_class.type.encode() in headers:
            return event_class.model_validate_json(value)
    raise AssertionError(f"an event of no class of {topic}")


async def _exchange(
    app: ASGIApp, method: str, path: str, raw: bytes, headers: Mapping[str, str], peer: str
) -> Reply:
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (peer, 1234) if peer else None,
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    start = messages[0]
    return Reply(
        start["status"],
        {name.decode(): value.decode() for name, value in start["headers"]},
        b"".join(message.get("body", b"") for message in messages[1:]),
    )
