import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from joserfc import jwt
from joserfc.jwk import ECKey

from libs.contracts.events import Event
from libs.contracts.ministries import MinistryDecided, MinistryReceived
from libs.messaging.envelope import encode
from libs.trace_context import TraceContext
from services.applications.main import build
from services.applications.settings import Settings
from tests.operating import as_operator
from tests.services.applications.builders import (
    MINISTRY,
    RAHIMA,
    TRACE,
    service_changed,
    submission_body,
)
from tools.embedded.kafka import EmbeddedKafka

DsnFor = Callable[[str], Awaitable[str]]


async def test_the_service_starts_serves_and_drains_with_all_others_away(
    dsn_for: DsnFor, unused_tcp_port: int
) -> None:
    """Without identity, catalogue and broker it is alive, reports what is missing, and stops."""
    settings = Settings(
        dsn=await dsn_for("applications"),
        port=unused_tcp_port,
        identity_url="http://127.0.0.1:9",
        drain_s=3,
    )
    async with running(settings) as client:
        live = await answered(client, "/health/live")
        ready = await answered(client, "/health/ready")
    assert live["status"] == "ok"
    assert ready["status"] == "failing"
    assert {"submit", "keys", "public services", "overdue", "relay", "database"} <= ready[
        "parts"
    ].keys()


async def test_from_the_click_to_the_decision_on_the_real_broker(
    fresh_kafka: EmbeddedKafka, dsn_for: DsnFor, unused_tcp_port_factory: Callable[[], int]
) -> None:
    """One trace from the click to the ministry's topic, and the decision back to the citizen."""
    key = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
    identity_port = unused_tcp_port_factory()
    settings = Settings.model_validate(
        {
            "dsn": await dsn_for("applications"),
            "port": unused_tcp_port_factory(),
            "identity_url": f"http://127.0.0.1:{identity_port}",
            **as_operator(fresh_kafka),
            "drain_s": 5,
        }
    )
    headers = {
        "authorization": f"Bearer {token(key)}",
        "idempotency-key": "click",
        "traceparent": TRACE.traceparent,
    }
    async with (
        keys_served(key, identity_port),
        running(settings) as client,
        Broker(fresh_kafka) as broker,
    ):
        await broker.send(service_changed("S001"))
        await until(lambda: ready(client))
        async with client.post(
            "/v1/applications", json=submission_body(), headers=headers
        ) as response:
            applied = await response.json()
            assert response.status == 201, applied
        submitted = await broker.submission_of(applied["application_id"])
        application_id = UUID(applied["application_id"])
        facts: dict[str, Any] = {"application_id": application_id, "ministry": MINISTRY}
        await broker.send(MinistryReceived(**facts, case_file_number="24.00"))
        await broker.send(MinistryDecided(**facts, outcome="approved"))
        path = f"/v1/applications/{applied['tracking_number']}"

        async def approved() -> bool:
            async with client.get(path, headers=headers) as seen:
                view = await seen.json()
                return bool(view["status"] == "approved" and view["case_file_number"] == "24.00")

        await until(approved)
    assert dict(submitted.headers)["ce_type"] == b"submission_lodged"
    assert TRACE.trace_id.encode() in dict(submitted.headers)["traceparent"]


def token(key: ECKey) -> str:
    now = int(time.time())
    claims = {
        "iss": "nagorik-identity",
        "aud": "nagorik",
        "sub": str(RAHIMA),
        "sid": str(RAHIMA),
        "roles": ["citizen"],
        "iat": now,
        "exp": now + 900,
        "jti": "1",
    }
    return jwt.encode({"alg": "ES256", "kid": "one"}, claims, key)


@asynccontextmanager
async def keys_served(key: ECKey, port: int) -> AsyncIterator[None]:
    """Identity's key set, and nothing else of it."""

    async def jwks(_: web.Request) -> web.Response:
        return web.json_response({"keys": [key.as_dict(private=False)]})

    app = web.Application()
    app.router.add_get("/.well-known/jwks.json", jwks)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield
    await runner.cleanup()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[aiohttp.ClientSession]:
    """The whole service while the test lasts; it drains at the end."""
    stop = asyncio.Event()
    service = build(settings)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(service.run(stop))
        async with aiohttp.ClientSession(f"http://127.0.0.1:{settings.port}") as client:
            try:
                await until(lambda: reachable(client))
                yield client
            finally:
                stop.set()


class Broker:
    """The broker as ministries and the catalogue see it."""

    def __init__(self, kafka: EmbeddedKafka) -> None:
        self._producer = AIOKafkaProducer(**kafka.client)
        self._consumer = AIOKafkaConsumer(
            f"submissions.{MINISTRY}.v1",
            **kafka.client,
            auto_offset_reset="earliest",
        )

    async def __aenter__(self) -> "Broker":
        await self._producer.start()
        await self._consumer.start()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._producer.stop()
        await self._consumer.stop()

    async def send(self, event: Event, trace: TraceContext = TRACE) -> None:
        record = encode(event, trace=trace)
        headers = list(record.headers)
        await self._producer.send_and_wait(record.topic, record.value, record.key, headers=headers)

    async def submission_of(self, application_id: str) -> Any:
        async with asyncio.timeout(40):
            async for record in self._consumer:
                if record.key == application_id.encode():
                    return record
        return None


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(800):
        if await happened():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not happen within 40 seconds")


async def reachable(client: aiohttp.ClientSession) -> bool:
    try:
        async with client.get("/health/live") as response:
            return response.status == 200
    except aiohttp.ClientConnectionError:
        return False


async def ready(client: aiohttp.ClientSession) -> bool:
    async with client.get("/health/ready") as response:
        return response.status == 200


async def answered(client: aiohttp.ClientSession, path: str) -> dict[str, Any]:
    async with client.get(path) as response:
        return dict(await response.json())
