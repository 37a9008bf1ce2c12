"""The adapters that we host, each with a database of its own.

That of `services/ministries` has the sandbox as ministry; at `services/cases` officers decide, so
the kit waits for the receipt.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from conformance.target import Target, operator_settings
from libs.database.migrate import migrate
from libs.database.pool import Database
from libs.service import Service
from libs.settings import ServiceSettings
from services.cases.main import build as build_cases
from services.cases.settings import Settings as CasesSettings
from services.cases.workflows.use_cases import copy_workflows
from services.catalogue.workflows.reference import reference_workflows
from services.ministries.main import build
from services.ministries.settings import Settings
from tests.operating import as_operator
from tests.sandbox.running import sandbox
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.ports import free_port
from tools.embedded.postgres import EmbeddedPostgres
from tools.supervision.supervisor import is_ready

MINISTRY = "minland"
DATABASE = "ministries_conformance"
CASES_DATABASE = "cases_conformance"
_SECRET = "only-for-the-conformance-kit-0123456789"
_BEHAVIOUR = {"mode": "mixed", "correction_rate": 0.3}


@asynccontextmanager
async def hosted(kafka: EmbeddedKafka, postgres: EmbeddedPostgres) -> AsyncIterator[Target]:
    """Run `services/ministries`; yield how to restart it as a deploy does.

    Args:
        kafka: has every topic of the map.
        postgres: gets a database.
    """
    async with AsyncExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="nagorik-conformance-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        ministry = await stack.enter_async_context(
            sandbox(folder / "sandbox", ministry_secret=SecretStr(_SECRET))
        )
        await ministry.behave(MINISTRY, **_BEHAVIOUR)
        dsn = await postgres.ensure_database(DATABASE, _SECRET)
        await migrate(postgres.owner_dsn(DATABASE), "ministries")
        settings = Settings.model_validate(
            {
                **as_operator(kafka),
                "port": free_port(),
                "dsn": dsn,
                "NAGORIK_OTLP_ENDPOINT": f"{ministry.url}/v1/traces",
                "ministries_url": ministry.url,
                "private_networks": "127.0.0.0/8",
                "ministry_secret": _SECRET,
            }
        )
        running = await stack.enter_async_context(AsyncExitStack())

        async def restart() -> None:
            await running.aclose()
            await running.enter_async_context(_running(build(settings), settings))

        await restart()
        security = operator_settings(kafka.security)
        yield Target(
            kafka.bootstrap, MINISTRY, security=security, served_by="hosted", restart=restart
        )


@asynccontextmanager
async def at_the_desk(kafka: EmbeddedKafka, postgres: EmbeddedPostgres) -> AsyncIterator[Target]:
    """Run `services/cases` with the workflows of the reference; yield how to restart it.

    Args:
        kafka: has every topic of the map.
        postgres: gets a database.
    """
    dsn = await postgres.ensure_database(CASES_DATABASE, _SECRET)
    await migrate(postgres.owner_dsn(CASES_DATABASE), "cases")
    database = Database(dsn, connections=1)
    await database.open()
    async with database.transaction() as tx:
        await copy_workflows(tx, reference_workflows())
    await database.close()
    async with AsyncExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="nagorik-conformance-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        collector = await stack.enter_async_context(sandbox(folder))
        settings = CasesSettings.model_validate(
            {
                **as_operator(kafka),
                "port": free_port(),
                "dsn": dsn,
                "NAGORIK_OTLP_ENDPOINT": f"{collector.url}/v1/traces",
            }
        )
        running = await stack.enter_async_context(AsyncExitStack())

        async def restart() -> None:
            await running.aclose()
            service = build_cases(settings)
            await running.enter_async_context(_running(service, settings))

        await restart()
        security = operator_settings(kafka.security)
        yield Target(
            kafka.bootstrap,
            MINISTRY,
            security=security,
            served_by="desk",
            decides=False,
            restart=restart,
        )


@asynccontextmanager
async def _running(service: Service, settings: ServiceSettings) -> AsyncIterator[None]:
    """Run a service while the body runs."""
    stop = asyncio.Event()
    running = asyncio.get_running_loop().create_task(service.run(stop))
    try:
        health = f"http://{settings.host}:{settings.port}/health/ready"
        async with aiohttp.ClientSession() as http:
            await until(lambda: is_ready(http, health))
        yield
    finally:
        stop.set()
        await running
