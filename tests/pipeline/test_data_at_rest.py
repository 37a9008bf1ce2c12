"""A thief of the databases reads nothing of a person: not in tables, files or the server's log.

Nor does whoever operates the platform, in spans, log lines and metrics.
"""

import asyncio
import base64
import io
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
import structlog

from libs.contracts.topics import HOSTED_SUBMISSIONS, MINISTRIES
from libs.ids import new_id
from libs.telemetry.logging import configure
from services.registry import SERVICES, WITH_DATABASE
from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.platform import Platform
from tests.pipeline.topics import records_of, until_read, write
from tests.waiting import until
from tools.embedded.postgres import EmbeddedPostgres
from tools.virtual_users.citizen import Accepted, Citizen

Answered = Callable[[Accepted], Awaitable[None]]
MINISTRY = "ird"


def person(citizen: Citizen) -> dict[str, str]:
    """What is planted; nothing of it stands anywhere else."""
    digits = f"{secrets.randbelow(10**9):09d}"
    return {
        "phone": citizen.phone,
        "name": f"মেহেরুন্নেসা {''.join(secrets.choice('কখগঘচছজঝ') for _ in range(8))}",
        "nid": f"1990{digits}",
        "birth": f"1990{digits}1234",
        "sentence": f"We moved to the river in May {secrets.token_hex(6)} after the flood.",
    }


def spellings(text: str) -> Iterator[bytes]:
    """The bytes of a text as a database may have them: plain, escaped, in hex, in Base64."""
    plain = text.encode()
    yield plain
    yield json.dumps(text)[1:-1].encode()
    yield plain.hex().encode()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + plain)
        yield encoded[4 * (before > 0) : -4]


def found(planted: dict[str, str], text: bytes, *, at_most: int | None = None) -> set[str]:
    """Which of the planted texts are in some bytes, in all or the first spellings."""
    return {
        name
        for name, value in planted.items()
        if any(spelling in text for spelling in islice(spellings(value), at_most))
    }


async def of_tables(platform: Platform, service: str) -> dict[str, bytes]:
    """All rows of all tables of a service, as text; bytes are in hex."""
    connection = await asyncpg.connect(platform.dsn[service])
    try:
        tables = await connection.fetch(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        )
        return {
            table: (
                await connection.fetchval(
                    f"SELECT coalesce(string_agg(t::text, '\n'), '') FROM {table} AS t"  # noqa: S608
                )
            ).encode()
            for (table,) in tables
        }
    finally:
        await connection.close()


async def folder_of(postgres: EmbeddedPostgres) -> Path:
    """The data folder of the server, once it has written everything down."""
    connection = await asyncpg.connect(postgres.dsn())
    try:
        await connection.execute("CHECKPOINT")
        return Path(await connection.fetchval("SHOW data_directory"))
    finally:
        await connection.close()


def found_in_files(planted: dict[str, str], folder: Path, log: Path) -> dict[str, set[str]]:
    """Which of the planted texts are in each file: tables, log of changes, log of the server."""
    return {
        str(path): found(planted, path.read_bytes(), at_most=2)
        for path in [*folder.rglob("*"), log]
        if path.is_file()
    }


@pytest.fixture
async def planted(
    platform: Platform, citizen: Citizen, form: dict[str, Any], answered: Answered
) -> dict[str, str]:
    """A person with all numbers, an application with a note and feedback, and dead letters."""
    texts = person(citizen)
    me = f"{platform.plan.url('gateway')}/v1/me"
    numbers = {"nid": texts["nid"], "birth_registration_number": texts["birth"]}
    headers = {"authorization": citizen.authorization}
    async with platform.http.patch(me, json=numbers, headers=headers) as answer:
        answer.raise_for_status()
    details = {"name_bn": texts["name"], "consent": True}
    async with platform.http.put(f"{me}/details", json=details, headers=headers) as answer:
        answer.raise_for_status()
    accepted = await citizen.apply(TAX_NUMBER, {**form, "name_bn": texts["name"]})
    await answered(accepted)
    handed_over = [
        record.value
        for record in await records_of(platform.kafka, HOSTED_SUBMISSIONS.name)
        if record.key == accepted.application_id.encode()
    ]
    assert found(texts, b"".join(handed_over)) == {"name"}
    feedback = f"/v1/applications/{accepted.tracking_number}/feedback"
    await citizen.post(feedback, "k", {"rating": 5, "comment": texts["sentence"]})
    value = json.dumps(texts, ensure_ascii=False).encode()
    for group, topic in (
        ("ministries.submissions.hosted.v1", HOSTED_SUBMISSIONS.name),
        ("applications.ministries.v1", MINISTRIES.name_for(MINISTRY)),
    ):
        await write(platform.kafka, topic, key=str(new_id()).encode(), value=value, headers=[])
        await until_read(platform.kafka, group, topic)
    return texts


async def test_no_table_has_a_byte_of_a_person(platform: Platform, planted: dict[str, str]) -> None:
    """Neither as text nor in bytes, whatever their encoding."""
    seen = {
        f"{service}.{table}": found(planted, text)
        for service in WITH_DATABASE
        for table, text in (await of_tables(platform, service)).items()
    }
    assert len(seen) > 30
    assert {table: names for table, names in seen.items() if names} == {}


async def test_no_file_of_the_server_has_a_byte_of_a_person(
    platform: Platform, postgres: EmbeddedPostgres, planted: dict[str, str]
) -> None:
    """Deleted rows and the log of changes keep what was in the outbox and in codes for a moment."""

    async def published() -> bool:
        waiting = [
            await platform.rows(service, "SELECT FROM outbox LIMIT 1") for service in WITH_DATABASE
        ]
        return not any(waiting)

    await until(published)
    folder = await folder_of(postgres)
    seen = await asyncio.to_thread(found_in_files, planted, folder, postgres.log_path)
    assert len(seen) > 1_000
    assert {name: names for name, names in seen.items() if names} == {}


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """What all services log from now on, as in production."""
    stream = io.StringIO()
    configure("pipeline", "INFO", stream=stream)
    yield stream
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.basicConfig(force=True, level=logging.WARNING)


async def misplaced(platform: Platform, citizen: Citizen, planted: dict[str, str]) -> set[str]:
    """Send what is planted to where it does not belong; return the traces, all of them sampled."""
    gateway, portal = platform.plan.url("gateway"), platform.plan.url("portal")
    traces: set[str] = set()

    async def send(method: str, address: str, body: str | None = None, word: str = "") -> None:
        trace_id = secrets.token_hex(16)
        traces.add(trace_id)
        headers = {
            **citizen.headers,
            "content-type": "application/json",
            "idempotency-key": secrets.token_urlsafe(12),
            "traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01",
            "user-agent": word,
            "x-forwarded-for": word,
        }
        data = body.encode() if body else None
        async with platform.http.request(method, address, data=data, headers=headers) as answer:
            assert answer.status < 500, address

    for text in planted.values():
        word = quote(text)
        for address in (
            f"{gateway}/v1/applications/{word}",
            f"{gateway}/v1/services?q={word}",
            f"{gateway}/v1/{word}/{word}",
            f"{portal}/en/services?q={word}",
            f"{portal}/applications/{word}",
        ):
            await send("GET", address, word=word)
        command = {"public_service_id": TAX_NUMBER, "form": {"name_bn": text * 40, text: text}}
        for path, body in (
            ("/v1/applications", json.dumps({**command, text: text})),
            ("/v1/applications", json.dumps(command)),
            ("/v1/applications", f'{{"{text}'),
            ("/v1/login/codes", json.dumps({"phone": f"{text}0"})),
            ("/v1/login/tokens", json.dumps({"phone": citizen.phone, "code": text})),
        ):
            await send("POST", f"{gateway}{path}", body)
    return traces


async def test_no_span_log_line_or_metric_has_a_byte_of_a_person(
    platform: Platform, log_lines: io.StringIO, planted: dict[str, str], citizen: Citizen
) -> None:
    """Neither of what was right nor of what was refused, misplaced or could not be read."""
    traces = await misplaced(platform, citizen, planted)

    def exported() -> bool:
        contexts = [span.get_span_context() for _, span in list(platform.spans)]
        return traces <= {f"{context.trace_id:032x}" for context in contexts if context}

    await until(exported)
    shown = [("span", span.to_json(indent=None)) for _, span in list(platform.spans)]
    lines = log_lines.getvalue().splitlines()
    assert any("failed for good" in line for line in lines)
    shown += [("log", line) for line in lines]
    for service in SERVICES:
        async with platform.http.get(f"{platform.plan.url(service)}/metrics") as answer:
            shown += [(service, line) for line in (await answer.text()).splitlines()]
    texts = planted | {f"{name} in an address": quote(text) for name, text in planted.items()}
    wrong = [
        (where, names, text) for where, text in shown if (names := found(texts, text.encode()))
    ]
    assert wrong == []


def test_what_is_planted_would_be_found() -> None:
    """In every spelling, wherever it begins."""
    texts = {"name": "মেহেরুন্নেসা", "nid": "1990123456789"}
    for name, text in texts.items():
        raw = text.encode()
        for before in (b"", b"a", b"ab"):
            assert found(texts, before + raw + b"xyz") == {name}
            assert found(texts, (before + raw + b"xyz").hex().encode()) == {name}
            assert found(texts, base64.b64encode(before + raw + b"xyz")) == {name}
        assert found(texts, json.dumps({"x": text}).encode()) == {name}
    assert found(texts, b"1990123456780") == set()
