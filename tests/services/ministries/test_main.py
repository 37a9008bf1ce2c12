import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from pydantic import ValidationError

from libs.contracts.ministries import MinistryDecided
from libs.ids import new_id
from libs.messaging.envelope import encode
from libs.web.signed.signatures import derived_key, sign
from services.ministries.deliveries.rules import plan_delivery
from services.ministries.main import build
from services.ministries.settings import Settings
from tests.libs.messaging.scenes import write
from tests.services.ministries.deliveries.adapters.suite import MinistrySystem, ReceivedRequest
from tests.services.ministries.running import MASTER, events_about, made_settings
from tests.services.ministries.scenes import (
    LAND,
    NUMBER,
    TRACE,
    decision,
    submission,
)
from tests.waiting import PATIENCE_S
from tools.embedded.kafka import EmbeddedKafka

DsnFor = Callable[[str], Awaitable[str]]


async def test_from_the_submission_topic_to_the_decision_topic(
    empty_kafka: EmbeddedKafka, dsn_for: DsnFor, unused_tcp_port: int
) -> None:
    """A submission reaches the ministry; a decision before the answer is announced, with all."""
    submitted = submission(application_id=new_id())
    system = MinistrySystem(calling_back_first)
    runner = await system.listening()
    settings = made_settings(empty_kafka, await dsn_for("ministries"), system.url, unused_tcp_port)
    stop = asyncio.Event()
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings).run(stop))
        await write(empty_kafka, encode(submitted, trace=submitted.trace))
        events = await events_about(empty_kafka, str(submitted.application_id), 1)
        stop.set()
    await runner.cleanup()
    (decided,) = events
    assert isinstance(decided, MinistryDecided)
    assert decided.case_file_number == NUMBER
    assert {event.trace.trace_id for event in events if event.trace} == {TRACE.trace_id}
    keys = [arrived.idempotency_key for arrived in system.arrived]
    assert keys == [plan_delivery(submitted).idempotency_key]


def test_a_master_secret_is_required() -> None:
    """There is no default secret."""
    with pytest.raises(ValueError, match="ministry_secret"):
        Settings()


@pytest.mark.parametrize(
    "wrong",
    [
        {"ministries_url": "http://ministries.example"},
        {
            "oauth_clients": {
                "mopa": {"token_url": "http://a.example", "client_id": "a", "client_secret": "b"}
            }
        },
    ],
)
def test_ministries_are_called_over_https(wrong: dict[str, Any]) -> None:
    """The service does not start with an address at which forms or tokens would go in clear."""
    with pytest.raises(ValidationError, match="must begin with https://"):
        Settings.model_validate({"ministry_secret": "x" * 32, **wrong})


async def calling_back_first(arrived: ReceivedRequest) -> web.StreamResponse:
    """Send the decision by callback, and respond when it has been accepted."""
    handed = orjson.loads(arrived.body)
    said = decision("approved", application_id=handed["application_id"])
    body = said.model_dump_json().encode()
    signed = sign(derived_key(MASTER, LAND), f"msg_{new_id()}", datetime.now(UTC), body)
    headers = {"content-type": "application/json", "traceparent": arrived.traceparent, **signed}
    async with (
        aiohttp.ClientSession() as http,
        http.post(handed["callback_url"], data=body, headers=headers) as reply,
    ):
        assert reply.status == 204
    return web.json_response({"case_file_number": NUMBER, "decision": None})
