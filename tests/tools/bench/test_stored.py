"""Applications stored beforehand, on the real databases."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from tools.bench.stored import FILLED, Store
from tools.embedded.postgres import EmbeddedPostgres

DsnFor = Callable[[str], Awaitable[str]]

PUBLIC_SERVICES = {
    "applications": """
        INSERT INTO public_services
        SELECT 'S' || n, 'lgd', 'ক', 'a', 30, 1, '{}', '{}', true, now(), gen_random_uuid()
          FROM generate_series(1, 3) AS n""",
    "notifications": """
        INSERT INTO public_services
        SELECT 'S' || n, 'ক', 'a', now() FROM generate_series(1, 3) AS n""",
}
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"


async def rows(dsn: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] if len(row) == 1 else tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


@pytest.fixture
async def dsn(dsn_for: DsnFor, postgres: EmbeddedPostgres) -> dict[str, str]:
    """The databases of the services as their owners, with some public services."""
    for service in FILLED:
        await dsn_for(service)
    owners = {service: postgres.owner_dsn(service) for service in FILLED}
    for service, sql in PUBLIC_SERVICES.items():
        await rows(owners[service], sql)
    return owners


async def test_services_agree_on_what_is_stored_and_it_grows(
    dsn: dict[str, str],
) -> None:
    """Every database has the same applications with their whole timeline; indexes are as before."""
    before = {service: await rows(dsn[service], INDEXES) for service in FILLED}
    said: list[str] = []
    store = Store(dsn)
    for stored in (200, 500, 100):
        await store.fill_up_to(stored, said.append)
    assert {service: await rows(dsn[service], INDEXES) for service in FILLED} == before
    numbers = "SELECT application_id, tracking_number FROM {} ORDER BY 1"
    cases = await rows(dsn["applications"], numbers.format("applications"))
    assert len(cases) == 500
    assert await rows(dsn["ministries"], numbers.format("deliveries")) == cases
    lines = "SELECT count(*) FROM timeline GROUP BY application_id"
    assert set(await rows(dsn["applications"], lines)) == {2, 3}
    known = await rows(dsn["notifications"], "SELECT DISTINCT citizen_id FROM contacts ORDER BY 1")
    citizens = "SELECT DISTINCT citizen_id FROM applications ORDER BY 1"
    assert await rows(dsn["applications"], citizens) == known
    assert "applications: 300 of 300 stored" in said


async def test_rows_past_their_retention_are_not_stored(dsn: dict[str, str]) -> None:
    """Messages older than 90 days and answers older than a week are left out."""
    await Store(dsn).fill_up_to(730, lambda _: None)
    (messages,) = await rows(dsn["notifications"], "SELECT count(*) FROM messages")
    assert 340 <= messages <= 362  # two each of 180
    (answers,) = await rows(dsn["applications"], "SELECT count(*) FROM idempotency")
    assert answers == 14
    (open_ones,) = await rows(
        dsn["applications"], "SELECT count(*) FROM applications WHERE status = 'with_ministry'"
    )
    assert open_ones == 7
