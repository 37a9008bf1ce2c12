"""Runs one process of the floor: `python -m tests.load.floor <component> <config.json>`."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.load.floor.component import Component, serve
from tests.load.floor.components import COMPONENTS
from tests.load.floor.events import PARTITIONS
from tests.load.floor.sql import SCHEMAS


async def prepare(dsn: Mapping[str, str], client: Mapping[str, Any]) -> None:
    """Make the tables and the topics."""
    for name, schema in SCHEMAS.items():
        session = await asyncpg.connect(dsn[name])
        await session.execute(schema)
        await session.close()
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    await admin.create_topics([NewTopic(name, many, 1) for name, many in PARTITIONS.items()])
    await admin.close()


async def main(name: str, config: tuple[dict[str, str], dict[str, Any], dict[str, int]]) -> None:
    """Run one component until SIGTERM; the one that starts first prepares for all."""
    dsn, client, ports = config
    if name == next(iter(COMPONENTS)):
        await prepare(dsn, client)
    async with asyncio.TaskGroup() as tasks:
        component = Component(dsn.get(name, ""), client, ports, tasks)
        await serve(await COMPONENTS[name](component), ports[name])


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text())))
