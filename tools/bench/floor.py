"""The floor: the contract kept with the bare libraries, on a Kafka and a PostgreSQL of its own.

It is a program of the tests (`tests/load/floor`), so it can be measured only in a checkout.
"""

import json
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from tools.bench.cost import Cost
from tools.bench.platform import OUTSIDE, run_module, until_ready
from tools.bench.requests import requests
from tools.bench.stage import LoadTest
from tools.embedded.files import write_whole
from tools.embedded.ports import stable_ports
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.stack import EmbeddedStack
from tools.ledger import LedgerReader
from tools.virtual_users.scenarios import Scenario

COMPONENTS = ("notifications", "ministries", "applications", "gateway")
DATABASES = ("applications", "ministries", "notifications")
_MODULE = "tests.load.floor"
_TOKEN = "x" * 600  # as long as a citizen's


@asynccontextmanager
async def running_floor(
    folder: Path, http: aiohttp.ClientSession, scenarios: Sequence[Scenario]
) -> AsyncIterator[LoadTest]:
    """Run the floor, and yield its load test.

    Args:
        folder: has its data, and is removed after.
        http: the client.
        scenarios: what is applied for.

    Raises:
        NotReady: it did not come up.
    """
    async with (
        EmbeddedStack(folder, flush_every_append=False) as stack,
        AsyncExitStack() as processes,
    ):
        dsn = {name: await _database(stack.postgres, name) for name in DATABASES}
        ports = await stable_ports(folder / "ports.json", [*COMPONENTS, "outside"])
        config = folder / "config.json"
        write_whole(config, json.dumps([dsn, stack.kafka.client, ports]))
        pids = {"kafka": [stack.kafka.pid or 0], "postgres": [stack.postgres.pid or 0]}
        outside = await processes.enter_async_context(
            run_module("outside", folder, [OUTSIDE], {"SANDBOX_PORT": str(ports["outside"])})
        )
        pids["outside"] = [outside.pid or 0]
        for name in COMPONENTS:
            module = [_MODULE, name, str(config)]
            process = await processes.enter_async_context(run_module(name, folder, module))
            await until_ready([f"{_url(ports[name])}/health"], process)
            pids[name] = [process.pid or 0]
        yield LoadTest(
            _url(ports["gateway"]),
            requests("/v1/applications", scenarios, [f"Bearer {_TOKEN}"]),
            LedgerReader(http, _url(ports["outside"])),
            Cost(pids | {"load": [os.getpid()]}),
        )
    shutil.rmtree(folder, ignore_errors=True)


async def _database(postgres: EmbeddedPostgres, name: str) -> str:
    await postgres.ensure_database(name, "floor")
    return postgres.owner_dsn(name)


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"
