"""Run the floor on Kafka and PostgreSQL of its own: `python -m tests.load.floor --seconds S`."""

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

from tests.load.floor.events import PARTITIONS
from tests.load.floor.part import Component, serve
from tests.load.floor.parts import PARTS
from tests.load.floor.sql import SCHEMAS
from tools.bench.cost import Cost
from tools.bench.load import Load
from tools.bench.platform import running_apart, until_ready
from tools.embedded.files import write_whole
from tools.embedded.ports import stable_ports
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.stack import EmbeddedStack

_JARS = Path(".nagorik/jars").resolve()
_LINES = 256
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
    """Applications without end, of the length of the platform's."""
    head = b"POST /v1/applications HTTP/1.1\r\nhost: floor\r\nauthorization: Bearer %s\r\n" % (
        b"x" * 600
    )
    for number in count():
        body = orjson.dumps({"public_service_id": f"S{number % 81:03}", "form": _FORM})
        yield b"%scontent-length: %d\r\n\r\n%s" % (head, len(body), body)


@asynccontextmanager
async def floor(folder: Path) -> AsyncIterator[tuple[dict[str, int], dict[str, list[int]]]]:
    """All parts, up; gives their ports, and the processes of each."""
    async with (
        EmbeddedStack(folder, jars_folder=_JARS, flush_every_append=False) as stack,
        AsyncExitStack() as ends,
    ):
        dsn = {name: await _database(stack.postgres, name) for name in SCHEMAS}
        await _make_topics(stack.kafka.client)
        ports = await stable_ports(folder / "ports.json", list(PARTS))
        told = folder / "told.json"
        write_whole(told, json.dumps([dsn, stack.kafka.client, ports]))
        pids = {"kafka": [stack.kafka.pid or 0], "postgres": [stack.postgres.pid or 0]}
        for name in PARTS:
            module = ["tests.load.floor", "--part", name, "--told", str(told)]
            process = await ends.enter_async_context(running_apart(name, folder, module))
            await until_ready([f"http://127.0.0.1:{ports[name]}/health"], process)
            pids[name] = [process.pid or 0]
        yield ports, pids | {"load": [os.getpid()]}


async def _database(postgres: EmbeddedPostgres, name: str) -> str:
    dsn = await postgres.ensure_database(name, "floor")
    session = await asyncpg.connect(dsn)
    await session.execute(SCHEMAS[name])
    await session.close()
    return dsn


async def _make_topics(client: Mapping[str, Any]) -> None:
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    await admin.create_topics([NewTopic(name, many, 1) for name, many in PARTITIONS.items()])
    await admin.close()


async def measured(seconds: float, folder: Path) -> dict[str, Any]:
    """Warm up, then click on every line for so long; wait for the last SMS."""
    async with (
        floor(folder) as (ports, pids),
        aiohttp.ClientSession() as http,
        Load("127.0.0.1", ports["gateway"], clicks(), lines=_LINES) as load,
    ):
        accepted = 0

        async def click(for_s: float) -> int:
            nonlocal accepted
            clicked = len((await load.all_lines(seconds=for_s)).due_s)
            accepted += clicked
            async with asyncio.timeout(_ALL_WITHIN_S):
                while (told := await _messages(http, ports["outside"])) < 2 * accepted:
                    await asyncio.sleep(_LOOK_EVERY_S)
            assert told == 2 * accepted
            return clicked

        await click(_WARM_UP_S)
        async with Cost(pids) as cost:
            begun_s = time.monotonic()
            clicked = await click(seconds)
            lasted_s = time.monotonic() - begun_s
    by_part = {name: round(spent_s / clicked * 1e4, 2) for name, spent_s in cost.cpu_s.items()}
    return {"per_s": round(clicked / lasted_s, 1), "cpu_s_per_10k": by_part}


async def _messages(http: aiohttp.ClientSession, port: int) -> int:
    """How many messages the operator has taken."""
    async with http.post(f"http://127.0.0.1:{port}/ledger") as answer:
        return int(await answer.text())


async def run_part(name: str, told: str) -> None:
    """One part, until SIGTERM."""
    dsn, client, ports = json.loads(told)
    async with asyncio.TaskGroup() as tasks:
        part = Component(dsn.get(name, ""), client, ports, tasks)
        await serve(await PARTS[name](part), ports[name])


def main(
    seconds: Annotated[float, typer.Option(help="Length of the stage")] = 20.0,
    part: Annotated[str, typer.Option(hidden=True)] = "",
    told: Annotated[Path, typer.Option(hidden=True)] = Path(),
) -> None:
    """Print how many applications a second the bare libraries make of the same contract."""
    with (
        tempfile.TemporaryDirectory(prefix="nagorik-floor-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        if part:
            runner.run(run_part(part, told.read_text()))
        else:
            typer.echo(json.dumps(runner.run(measured(seconds, Path(folder)))))


if __name__ == "__main__":
    typer.run(main)
