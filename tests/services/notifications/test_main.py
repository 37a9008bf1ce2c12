"""The whole service on real Kafka and PostgreSQL, with a provider that reports back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiokafka import AIOKafkaConsumer
from pydantic import ValidationError

from libs.contracts import topics
from libs.ids import new_id
from libs.messaging.envelope import decode
from libs.trace_context import read_context
from libs.web.signed.signatures import sign
from services.notifications.main import build
from services.notifications.settings import Settings
from tests.libs.messaging.scenes import write_events
from tests.libs.web.running import served
from tests.operating import as_operator
from tests.services.notifications.scenes import (
    CODE,
    NUMBER,
    PHONE,
    TRACE,
    code_requested,
    contact,
    decided,
    delayed,
)
from tests.waiting import PATIENCE_S
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.ports import free_port

SECRET = "a secret of the provider and of us"


class Operator:
    """An SMS operator that reports a decision as failed, others as delivered, each twice."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.traceparents: list[str] = []
        self.answers: list[int] = []

    async def take(self, request: web.BaseRequest) -> web.Response:
        """Accept a message, and send its report before the response."""
        message = orjson.loads(await request.read())
        self.messages.append(message)
        self.traceparents.append(request.headers["traceparent"])
        for _ in range(2):
            self.answers.append(await _report(message, request.headers["traceparent"]))
        return web.json_response({"provider_id": "p"}, status=202)


async def _report(message: dict[str, str], traceparent: str) -> int:
    status = "failed" if "মঞ্জুর" in message["text"] else "delivered"
    report = {"status": status, "reported_at": datetime.now(UTC).isoformat()}
    body = orjson.dumps({"reference": message["reference"], **report})
    headers = sign(SECRET, message["reference"], datetime.now(UTC), body)
    headers |= {"traceparent": traceparent, "content-type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(message["report_url"], data=body, headers=headers) as answer,
    ):
        return answer.status


async def announced_about(kafka: EmbeddedKafka, application_id: UUID, count: int) -> list[Any]:
    """Read events about an application until there are so many."""
    consumer = AIOKafkaConsumer(
        topics.NOTIFICATIONS.name, **kafka.client, auto_offset_reset="earliest"
    )
    events: list[Any] = []
    async with consumer, asyncio.timeout(PATIENCE_S):
        while len(events) < count:
            record = await consumer.getone()
            event = decode(topics.NOTIFICATIONS, record.topic, record.headers, record.value)
            if getattr(event, "application_id", None) == application_id:
                events.append(event)
    return events


async def test_from_event_to_delivery_report_in_one_trace(
    empty_kafka: EmbeddedKafka, dsn_for: Callable[[str], Awaitable[str]]
) -> None:
    """Events and reports that come twice make one SMS, and one event if it failed."""
    citizen_id, application_id = new_id(), new_id()
    provider = Operator()
    async with served(provider.take) as url:
        settings = Settings.model_validate(
            {
                "dsn": await dsn_for("notifications"),
                **as_operator(empty_kafka),
                "port": free_port(),
                "sms_url": url,
                "sms_secret": SECRET,
            }
        )
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(build(settings).run(stop))
            for event in (
                delayed(citizen_id=citizen_id, application_id=application_id),
                contact(citizen_id=citizen_id),
                decided(application_id, citizen_id=citizen_id),
                code_requested(citizen_id=citizen_id),
            ):
                await write_events(empty_kafka, event, event)
            events = await announced_about(empty_kafka, application_id, 1)
            stop.set()
    texts = [message["text"] for message in provider.messages]
    about_application = [text for text in texts if NUMBER in text]
    assert len(texts) == 3
    assert next(text for text in texts if text not in about_application).startswith(CODE)
    assert ["নিরাপদ" in text for text in about_application] == [True, False]
    assert {message["to"] for message in provider.messages} == {PHONE}
    assert set(provider.answers) == {204}
    assert [event.type for event in events] == ["message_failed"]
    contexts = [read_context(traceparent) for traceparent in provider.traceparents]
    assert {context and context.trace_id for context in contexts} == {TRACE.trace_id}
    assert {event.trace.trace_id for event in events} == {TRACE.trace_id}


@pytest.mark.parametrize("given", [{}, {"sms_secret": ""}, {"sms_secret": "s" * 31}])
def test_a_secret_is_required(given: dict[str, str]) -> None:
    """Without one, anybody could report messages as delivered."""
    with pytest.raises(ValidationError):
        Settings.model_validate(given)


def test_the_repr_of_the_settings_has_no_secret() -> None:
    """Settings may be logged."""
    assert SECRET not in repr(Settings.model_validate({"sms_secret": SECRET}))
