"""Runs identity without a broker, so that its events stay in the outbox."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import orjson
from argon2 import PasswordHasher

from libs.clock import Clock
from libs.contracts.events import Event
from libs.contracts.topics import topics_by_name
from libs.database.pool import Database
from libs.database.transaction import Transaction
from services.identity.main import build
from services.identity.settings import Settings
from tests.ciphers import outbox_rows
from tests.waiting import PATIENCE_S
from tools.embedded.ports import free_port

PHONE = "+8801712345678"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(slots=True)
class ManualTime:
    """The current time, which a test sets."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return orjson.loads(self.raw)

    @property
    def problem(self) -> str:
        """The problem code of an error response."""
        assert self.headers["content-type"] == "application/problem+json"
        return str(self.body["type"]).removeprefix("/problems/")


@dataclass(frozen=True, slots=True)
class Identity:
    """A running identity with an HTTP client and access to its database."""

    http: aiohttp.ClientSession
    database: Database
    time: ManualTime
    address: str

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request; a body other than bytes is sent as JSON."""
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        sent = {"content-type": "application/json", **(headers or {})}
        if token:
            sent["authorization"] = f"Bearer {token}"
        async with self.http.request(method, path, data=raw, headers=sent) as reply:
            return Reply(reply.status, reply.headers, await reply.read())

    async def request_code(self, phone: str = PHONE, **more: Any) -> str:
        """Request a code and read it from the announced event."""
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
async def running(database: Database, dsn: str, **settings_changed: Any) -> AsyncIterator[Identity]:
    """Run identity during a test."""
    port = free_port()
    settings_changed.setdefault("openid_issuer", f"http://127.0.0.1:{port}")
    settings_changed.setdefault("pilot_centres", False)
    settings = Settings(dsn=dsn, port=port, drain_s=1, database_connections=2, **settings_changed)
    settings.kafka_bootstrap = "127.0.0.1:1"
    time, stop = ManualTime(), asyncio.Event()
    async with (
        asyncio.timeout(PATIENCE_S),
        asyncio.TaskGroup() as tasks,
        aiohttp.ClientSession(f"http://127.0.0.1:{settings.port}") as http,
    ):
        tasks.create_task(build(settings, clock=Clock(time), hasher=CHEAP).run(stop))
        try:
            await until_answered(http, "/.well-known/jwks.json")
            yield Identity(http, database, time, f"http://127.0.0.1:{port}")
        finally:
            stop.set()


async def until_answered(http: aiohttp.ClientSession, path: str) -> None:
    """Repeat a request until the status is 200."""
    while True:
        with suppress(aiohttp.ClientConnectionError):
            async with http.get(path) as reply:
                if reply.status == 200:
                    return
        await asyncio.sleep(0.01)


async def until_waiting(database: Database, task: "asyncio.Task[Any]") -> None:
    """Wait until a task is blocked by a database lock, or has ended."""
    async with asyncio.timeout(PATIENCE_S):
        while not task.done():
            async with database.transaction() as tx:
                if await tx.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
                    return
            await asyncio.sleep(0.005)


async def announced(database: Database) -> list[Event]:
    """Read the events in the outbox, oldest first."""
    async with database.transaction() as tx:
        return await announced_in(tx)


async def announced_in(tx: Transaction) -> list[Event]:
    """Read the events that an open transaction sees in the outbox, oldest first."""
    return [_event(row.topic, row.value, row.headers) for row in await outbox_rows(tx)]


def _event(topic: str, value: bytes | None, headers: bytes) -> Event:
    for event_class in topics_by_name()[topic].events:
        if event_class.type.encode() in headers:
            return event_class.model_validate_json(value or b"")
    raise AssertionError(f"unknown event type on {topic}")
