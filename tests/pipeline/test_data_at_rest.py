"""A thief of the databases reads nothing of a person: not in tables, files or the server's log."""

import asyncio
import base64
import json
import secrets
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from libs.contracts.topics import HOSTED_SUBMISSIONS, MINISTRIES
from libs.ids import new_id
from services.registry import WITH_DATABASE
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
