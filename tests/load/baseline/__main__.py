"""Runs the baseline on a Kafka and a PostgreSQL of its own."""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import asyncpg
import orjson
import typer
import uvloop
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.load.baseline.component import Component, serve
from tests.load.baseline.components import COMPONENTS
from tests.load.baseline.events import PARTITIONS
from tests.load.baseline.sql import SCHEMAS
from tools.bench.cost import Cost
from tools.bench.load import Load
from tools.bench.platform import run_module, until_ready
from tools.embedded.files import write_whole
from tools.embedded.ports import stable_ports
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.stack import EmbeddedStack

_JARS = Path(".nagorik/jars").resolve()
_CONNECTIONS = 256
_WARM_UP_S = 10.0
_ALL_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.05
_FORM = {
    "name_bn": "নমুনা নাগরিক",
    "father_bn": "নমুনা পিতা",
    "born_on": "1990-01-02",
    "address": {"division": "30", "district": "26", "upazila": "02", "line": "বাড়ি ১, সড়ক ২"},
    "purpose": "সনদের আবেদন",
}


def clicks() -> Iterator[bytes]:
    """Make requests for ever, of the same length as the platform's."""
    head = b"POST /v1/applications HTTP/1.1\r\nhost: baseline\r\nauthorization: Bearer %s\r\n" % (
        b"x" * 600
    )
    for number in count():
        body = orjson.dumps({"public_service_id": f"S{number % 81:03}", "form": _FORM})
        yield b"%scontent-length: %d\r\n\r\n%s" % (head, len(body), body)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[dict[str, int], dict[str, list[int]]]]:
    """Start all components; yield their ports and their pids."""
    async with (
        EmbeddedStack(folder, jars_folder=_JARS, flush_every_append=False) as stack,
        AsyncExitStack() as running_components,
    ):
        dsn = {name: await _database(stack.postgres, name) for name in SCHEMAS}
        await _make_topics(stack.kafka.client)
        ports = await stable_ports(folder / "ports.json", list(COMPONENTS))
        config = folder / "config.json"
        write_whole(config, json.dumps([dsn, stack.kafka.client, ports]))
        pids = {"kafka": [stack.kafka.pid or 0], "postgres": [stack.postgres.pid or 0]}
        for name in COMPONENTS:
            module = ["tests.load.baseline", "--component", name, "--config", str(config)]
            process = await running_components.enter_async_context(run_module(name, folder, module))
            await until_ready([f"http://127.0.0.1:{ports[name]}/health"], process)
            pids[name] = [process.pid or 0]
        yield ports, pids | {"load": [os.getpid()]}


async def _database(postgres: EmbeddedPostgres, name: str) -> str:
    dsn = await postgres.ensure_database(name, "baseline")
    session = await asyncpg.connect(postgres.owner_dsn(name))
    grants = f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}"
    await session.execute(f"{SCHEMAS[name]}; {grants}")
    await session.close()
    return dsn


async def _make_topics(client: Mapping[str, Any]) -> None:
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    await admin.create_topics([NewTopic(name, many, 1) for name, many in PARTITIONS.items()])
    await admin.close()


async def measured(seconds: float, folder: Path) -> dict[str, Any]:
    """Warm up, then measure at saturation until the last SMS."""
    async with (
        running(folder) as (ports, pids),
        aiohttp.ClientSession() as http,
        Load("127.0.0.1", ports["gateway"], clicks(), connections=_CONNECTIONS) as load,
    ):
        accepted = 0

        async def click(for_s: float) -> int:
            nonlocal accepted
            clicked = len((await load.at_saturation(seconds=for_s)).accepted)
            accepted += clicked
            async with asyncio.timeout(_ALL_WITHIN_S):
                while (sent := await _messages(http, ports["outside"])) < accepted:
                    await asyncio.sleep(_LOOK_EVERY_S)
            assert sent == accepted
            return clicked

        await click(_WARM_UP_S)
        async with Cost(pids) as cost:
            begun_s = time.monotonic()
            clicked = await click(seconds)
            lasted_s = time.monotonic() - begun_s
    by_component = {name: round(spent_s / clicked * 1e4, 2) for name, spent_s in cost.cpu_s.items()}
    return {"per_s": round(clicked / lasted_s, 1), "cpu_s_per_10k": by_component}


async def _messages(http: aiohttp.ClientSession, port: int) -> int:
    """Return how many messages the SMS provider has."""
    async with http.post(f"http://127.0.0.1:{port}/ledger") as answer:
        return int(await answer.text())


async def run_component(name: str, config: str) -> None:
    """One component, until SIGTERM."""
    dsn, client, ports = json.loads(config)
    async with asyncio.TaskGroup() as tasks:
        component = Component(dsn.get(name, ""), client, ports, tasks)
        await serve(await COMPONENTS[name](component), ports[name])


def main(
    seconds: Annotated[float, typer.Option(help="Length of the stage")] = 20.0,
    component: Annotated[str, typer.Option(hidden=True)] = "",
    config: Annotated[Path, typer.Option(hidden=True)] = Path(),
) -> None:
    """Print how many applications a second the bare libraries carry."""
    with (
        tempfile.TemporaryDirectory(prefix="nagorik-baseline-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        if component:
            runner.run(run_component(component, config.read_text()))
        else:
            typer.echo(json.dumps(runner.run(measured(seconds, Path(folder)))))


if __name__ == "__main__":
    typer.run(main)
