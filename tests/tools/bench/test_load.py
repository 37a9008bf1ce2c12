"""Clicks: as many as planned, when they are due, and repeated until they are answered."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.tools.bench.scenes import SCENARIOS
from tests.tools.fake_platform import FakePlatform, fake_platform
from tools.bench.load import Load
from tools.bench.requests import requests


@asynccontextmanager
async def loading(
    *, connections: int = 4, answer_timeout_s: float = 60.0, **faults: Any
) -> AsyncIterator[tuple[Load, FakePlatform]]:
    """A load on a fake platform."""
    async with fake_platform(**faults) as (fake, _):
        address = urlsplit(fake.url)
        clicks = requests("/v1/applications", SCENARIOS, ["Bearer a", "Bearer b"])
        async with Load(
            address.hostname or "",
            address.port or 0,
            clicks,
            connections=connections,
            answer_timeout_s=answer_timeout_s,
        ) as load:
            yield load, fake


async def test_every_click_is_recorded_with_its_times() -> None:
    """The stage ends after the planned number; every application has a due and an answer time."""
    async with loading() as (load, fake):
        clicked = await load.at_saturation(clicks=25)
    numbers = {one.tracking_number for one in clicked.accepted}
    assert len(clicked.accepted) == len(fake.by_key) == 25
    assert numbers == {made["tracking_number"] for made in fake.by_key.values()}
    assert all(one.answered_s >= one.due_s for one in clicked.accepted)


async def test_the_wait_for_the_last_answers_begins_after_the_last_click() -> None:
    """A stage may be longer than that wait."""
    async with loading(answers_after_s=0.02, answer_timeout_s=1.0) as (load, _):
        clicked = await load.at_saturation(seconds=1.5)
    assert clicked.unanswered == 0
    due_s = [one.due_s for one in clicked.accepted]
    assert max(due_s) - min(due_s) > 1.0


async def test_clicks_without_an_answer_in_time_are_counted() -> None:
    """They are neither accepted nor refused."""
    async with loading(answers_after_s=30.0, answer_timeout_s=0.1) as (load, _):
        clicked = await load.at_saturation(clicks=3)
    assert (clicked.unanswered, clicked.accepted) == (3, [])


async def test_at_a_rate_latency_counts_from_the_schedule() -> None:
    """One connection before a slow platform: clicks wait, and their due times do not move."""
    async with loading(connections=1, answers_after_s=0.02) as (load, _):
        clicked = await load.at_rate(500, 0.1)
    due_s = sorted(one.due_s for one in clicked.accepted)
    assert [round((at_s - due_s[0]) * 500) for at_s in due_s] == list(range(50))
    assert max(one.answered_s - one.due_s for one in clicked.accepted) > 0.5


async def test_a_click_without_a_usable_answer_is_repeated_under_its_key() -> None:
    """Two clicks are answered with 503 after they had their effect: no second application."""
    async with loading(connections=2, fails=2) as (load, fake):
        clicked = await load.at_saturation(clicks=6)
    assert clicked.repeated == 2
    assert len(clicked.accepted) == len(fake.by_key) == 6


async def test_a_refused_click_is_counted_and_not_repeated() -> None:
    """A refusal is an answer."""
    async with loading(refuses=True) as (load, _):
        clicked = await load.at_saturation(clicks=5)
    assert clicked.refused == {422: 5}
    assert (clicked.repeated, clicked.accepted) == (0, [])


async def test_a_lost_connection_is_replaced_and_its_click_repeated() -> None:
    """A server closes two connections on their first request."""
    body = b'{"application_id":"%d","tracking_number":""}'
    answer = b"HTTP/1.1 201 OK\r\ncontent-length: 44\r\n\r\n" + body
    requests_seen = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests_seen
        while await reader.readline():
            requests_seen += 1
            if requests_seen <= 2:
                break
            writer.write(answer % (requests_seen + 10))
        writer.close()

    def lines() -> Iterator[bytes]:
        while True:
            yield b"click\n"

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with Load("127.0.0.1", port, lines(), connections=2) as load:
            clicked = await load.at_saturation(clicks=4)
    assert clicked.repeated == 2
    assert len({one.application_id for one in clicked.accepted}) == 4


def header(request: bytes, name: bytes) -> bytes:
    """The value of a header."""
    (line,) = [line for line in request.split(b"\r\n") if line.startswith(name + b":")]
    return line.partition(b": ")[2]


def test_requests_differ_in_key_citizen_address_and_service() -> None:
    """No key is used twice, and every citizen applies for every service."""
    clicks = list(islice(requests("/v1/applications", SCENARIOS, ["Bearer a", "Bearer b"]), 8))
    assert len({header(click, b"idempotency-key") for click in clicks}) == 8
    assert len({(header(click, b"authorization"), b"S002" in click) for click in clicks}) == 4
    assert {header(click, b"x-forwarded-for") for click in clicks} == {b"10.0.0.0", b"10.0.0.1"}


def test_a_request_has_the_scenario_as_its_body() -> None:
    """The service and its form, with the right length."""
    head, _, body = next(requests("/v1/applications", SCENARIOS)).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/applications HTTP/1.1\r\n")
    assert header(head, b"content-length") == str(len(body)).encode()
    assert orjson.loads(body) == {
        "public_service_id": "S002",
        "form": {"name_bn": "নমুনা"},
    }
