"""The adapter that we host, with a database of its own and the sandbox as ministry."""

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
            await running.enter_async_context(_service(settings))

        await restart()
        security = operator_settings(kafka.security)
        yield Target(
            kafka.bootstrap, MINISTRY, security=security, served_by="hosted", restart=restart
        )


@asynccontextmanager
async def _service(settings: Settings) -> AsyncIterator[None]:
    """Run the service while the body runs."""
    stop = asyncio.Event()
    running = asyncio.get_running_loop().create_task(build(settings).run(stop))
    try:
        health = f"http://{settings.host}:{settings.port}/health/ready"
        async with aiohttp.ClientSession() as http:
            await until(lambda: is_ready(http, health))
        yield
    finally:
        stop.set()
        await running
