"""The drill of `deploy/runbooks/database-loss.md`: databases restored to a moment, under load."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.registry import WITH_DATABASE
from tests.backups import archive_changes, base_backup, copy_database, end_of_log, restore_to
from tests.folders import server_folder
from tests.pipeline.processes import Everything, everything, more_accepted
from tests.waiting import until
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.server import CHECKOUT
from tools.virtual_users.citizen import Accepted

TAKE_UP = {"identity", "applications"}
BY = ("--by", "rahima")
NOW = timedelta()
BEFORE, SINCE = 5, 9
# Statements that let all times in the tables of a database be earlier.
_OLDER = """
SELECT format('UPDATE %I SET %s', table_name,
              string_agg(format('%1$I = %1$I - %2$L::interval', column_name, $1::interval), ', '))
       AS sql
  FROM information_schema.columns
 WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'
 GROUP BY table_name
"""


class Drill:
    """The platform with a backup and the log of its changes since.

    Args:
        up: the platform.
        folder: of the log and of restored servers.
    """

    def __init__(self, up: Everything, folder: Path) -> None:
        self.up = up
        self._folder = folder
        self._log = folder / "log"
        self._source = up.folder / "postgres"
        self._backup = b""
        self._restored = 0

    async def begin(self) -> None:
        """Archive the log of changes, and take a backup."""
        await archive_changes(self.up.postgres, self._log)
        self._backup = await base_backup(self.up.postgres.dsn())

    async def moment(self) -> str:
        """Return the present moment, as the database has it."""
        connection = await asyncpg.connect(self.up.postgres.dsn("postgres"))
        try:
            return str(await connection.fetchval("SELECT clock_timestamp()::text"))
        finally:
            await connection.close()

    async def sandbox(self, method: str, path: str, **behaviour: Any) -> None:
        """Let the ministries of the sandbox behave in another way."""
        url = self.up.url("sandbox") + path
        async with self.up.http.request(method, url, json=behaviour) as answer:
            answer.raise_for_status()

    async def restore(self, services: tuple[str, ...], moment: str, age: timedelta) -> None:
        """Replace the databases of services that are down by those of a moment.

        Their rows get older, as if the moment were longer ago.
        """
        await end_of_log(self.up.postgres, self._log)
        self._restored += 1
        folder = self._folder / str(self._restored)
        folder.mkdir()
        folder.chmod(0o755)
        await asyncio.to_thread(restore_to, self._backup, self._source, folder, self._log, moment)
        async with EmbeddedPostgres(folder) as restored:
            await until(lambda: self._is_promoted(restored))
            for service in services:
                await copy_database(restored, self.up.postgres, service)
                await self._make_older(service, age)

    async def _make_older(self, service: str, age: timedelta) -> None:
        connection = await asyncpg.connect(self.up.postgres.dsn(service))
        try:
            await connection.execute("SET session_replication_role = replica")
            for statement in await connection.fetch(_OLDER, age):
                await connection.execute(statement["sql"])
        finally:
            await connection.close()

    async def _is_promoted(self, server: EmbeddedPostgres) -> bool:
        connection = await asyncpg.connect(server.dsn("postgres"))
        try:
            return not await connection.fetchval("SELECT pg_is_in_recovery()")
        finally:
            await connection.close()

    async def command(self, service: str, *words: str) -> str:
        """Run a command of the operators' image for a service; return what it printed."""
        environment = self.up.supervisor.plan.environment(
            service,
            bootstrap=self.up.kafka.bootstrap,
            dsn={service: self.up.postgres.dsn(service, service)},
            secured=True,
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services", "admin", service, *words),
            cwd=CHECKOUT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
        assert process.returncode == 0, printed.decode()
        return printed.decode()

    async def are_decided(self, accepted: Sequence[Accepted]) -> bool:
        """Whether all of these applications are there for their citizens, and decided."""
        connection = await asyncpg.connect(self.up.postgres.dsn("applications"))
        try:
            decided = await connection.fetchval(
                "SELECT count(*) FROM applications"
                " WHERE tracking_number = ANY($1) AND status IN ('approved', 'refused')",
                [each.tracking_number for each in accepted],
            )
        finally:
            await connection.close()
        return bool(decided == len(accepted))

    async def dead_letters(self) -> list[str]:
        """Return service and reason of every open dead letter."""
        found: list[str] = []
        for service in WITH_DATABASE:
            connection = await asyncpg.connect(self.up.postgres.dsn(service))
            rows = await connection.fetch(
                "SELECT reason || ': ' || detail AS why FROM dead_letters WHERE settled_at IS NULL"
            )
            found += [f"{service} {row['why']}" for row in rows]
            await connection.close()
        return found


@pytest.fixture(scope="module")
async def drill() -> AsyncIterator[Drill]:
    """The platform on one broker, with backups."""
    with server_folder("restored") as folder:
        folder.chmod(0o755)
        log = folder / "log"
        log.mkdir()
        log.chmod(0o777)
        async with everything(brokers=1) as up:
            drill = Drill(up, folder)
            await drill.begin()
            yield drill


@pytest.mark.parametrize(
    ("services", "age"),
    [
        *(pytest.param((name,), NOW, id=name) for name in WITH_DATABASE),
        pytest.param(WITH_DATABASE, NOW, id="all"),
        pytest.param(WITH_DATABASE, timedelta(minutes=10), id="all-10-minutes-ago"),
        pytest.param(WITH_DATABASE, timedelta(days=3), id="all-3-days-ago"),
    ],
)
async def test_everything_accepted_is_decided_and_told_once(
    drill: Drill, services: tuple[str, ...], age: timedelta
) -> None:
    """Whatever was accepted before the moment, or since, in whichever database it was lost.

    Some ministries decide and call back after the moment; one is away from before it to the end.
    No ministry gets an application twice, no citizen a message, and nothing is a dead letter.
    """
    up, said = drill.up, list[str]()
    await drill.sandbox("PUT", "/behaviour/ministries", decision_delay_ms=2_000)
    async with up.applying() as load:
        await more_accepted(load, BEFORE)
        await drill.sandbox("PUT", "/faults/ird", error_rate=1.0)
        await more_accepted(load, BEFORE)
        moment = await drill.moment()
        await more_accepted(load, SINCE)
        await asyncio.gather(*map(up.processes.drain, services))
        await drill.restore(services, moment, age)
        for service in TAKE_UP & set(services):
            said.append(await drill.command(service, "take-up", "--since", moment, *BY))
        for service in set(services) - {"catalogue"}:
            said.append(await drill.command(service, "rewind", *BY))
        await drill.sandbox("DELETE", "/faults/ird")
        await up.start(*services)
        await up.until("ready", 200)
    await until(lambda: drill.are_decided(load.accepted))
    assert await drill.dead_letters() == [], "\n".join(said)
