"""The whole service on real Kafka and PostgreSQL, with a provider that reports back."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiohttp
import orjson
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from libs.contracts import topics
from libs.contracts.events import Event
from libs.ids import new_id
from libs.messaging.envelope import decode, encode
from libs.trace_context import read_context
from libs.web.signatures import sign
from services.notifications.main import build
from services.notifications.settings import Settings
from tests.operating import as_operator
from tests.services.notifications.scenes import (
    CODE,
    NUMBER,
    PHONE,
    TRACE,
    code_requested,
    contact,
    decided,
)
from tests.services.notifications.scenes import submitted as applied
from tools.embedded.kafka import EmbeddedKafka

SECRET = "a secret of the provider and us"


class Operator:
    """An SMS operator that delivers at once and reports every message twice."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.traceparents: list[str] = []
        self.answers: list[int] = []

    async def take(self, request: web.Request) -> web.Response:
        """Take a message, and report on it before answering."""
        message = orjson.loads(await request.read())
        self.messages.append(message)
        traceparent = request.headers["traceparent"]
        self.traceparents.append(traceparent)
        for _ in range(2):
            self.answers.append(await _report(message, traceparent))
        return web.json_response({"provider_id": "p"}, status=202)


async def _report(message: dict[str, str], traceparent: str) -> int:
    body = orjson.dumps(
        {
            "reference": message["reference"],
            "status": "delivered",
            "reported_at": datetime.now(UTC).isoformat(),
        }
    )
    headers = sign(SECRET, message["reference"], datetime.now(UTC), body)
    headers |= {"traceparent": traceparent, "content-type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(message["report_url"], data=body, headers=headers) as answer,
    ):
        return answer.status


@asynccontextmanager
async def operator() -> AsyncIterator[tuple[Operator, str]]:
    """Have an operator listen while the test lasts."""
    operator = Operator()
    app = web.Application()
    app.router.add_post("/sms/messages", operator.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield operator, f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    """Run the service while the test lasts, and drain it."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings).run(stop))
        try:
            yield
        finally:
            stop.set()


async def publish(kafka: EmbeddedKafka, *events: Event) -> None:
    """Publish events as their owners would, and twice, as a relay's retry may."""
    async with AIOKafkaProducer(**kafka.client) as producer:
        for event in events:
            record = encode(event, trace=event.trace)
            for _ in range(2):
                await producer.send_and_wait(
                    record.topic, record.value, key=record.key, headers=list(record.headers)
                )


async def announced_about(kafka: EmbeddedKafka, application_id: UUID, count: int) -> list[Any]:
    """Read the events about an application until there are so many."""
    consumer = AIOKafkaConsumer(
        topics.NOTIFICATIONS.name, **kafka.client, auto_offset_reset="earliest"
    )
    events: list[Any] = []
    async with consumer, asyncio.timeout(15):
        while len(events) < count:
            record = await consumer.getone()
            event = decode(topics.NOTIFICATIONS, record.topic, record.headers, record.value)
            if getattr(event, "application_id", None) == application_id:
                events.append(event)
    return events


async def test_from_event_to_delivery_report_in_one_trace(
    fresh_kafka: EmbeddedKafka, dsn_for: Callable[[str], Awaitable[str]]
) -> None:
    """Events published twice make one SMS, reports sent twice one event, in order, in one trace."""
    citizen_id, application_id = new_id(), new_id()
    async with operator() as (provider, url):
        settings = Settings.model_validate(
            {
                "dsn": await dsn_for("notifications"),
                **as_operator(fresh_kafka),
                "port": free_port(),
                "sms_url": url,
                "sms_secret": SECRET,
            }
        )
        async with running(settings):
            await publish(
                fresh_kafka,
                applied(citizen_id=citizen_id, application_id=application_id),
                contact(citizen_id=citizen_id),
                decided(application_id, citizen_id=citizen_id),
                code_requested(citizen_id=citizen_id),
            )
            events = await announced_about(fresh_kafka, application_id, 4)
    texts = [message["text"] for message in provider.messages]
    about_application = [text for text in texts if NUMBER in text]
    assert len(texts) == 3
    assert next(text for text in texts if text not in about_application).startswith(CODE)
    assert ["জমা" in text for text in about_application] == [True, False]
    assert {message["to"] for message in provider.messages} == {PHONE}
    assert set(provider.answers) == {204}
    assert [event.type for event in events] == ["message_sent", "message_delivered"] * 2
    contexts = [read_context(traceparent) for traceparent in provider.traceparents]
    assert {context and context.trace_id for context in contexts} == {TRACE.trace_id}
    assert {event.trace.trace_id for event in events} == {TRACE.trace_id}
