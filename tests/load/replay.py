"""What the programme takes to read events again: `python -m tests.load.replay`.

A broker, a PostgreSQL and the service, each in processes of its own. So many events of applications
are in their topic, with those of an application in order; then the service starts. Prints the CPU
time for 1,000 events, by process, which says more than the rate where others use the machine, how
long a million would take on a core for the service and another one for the servers, and what the
service takes when nothing comes.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Final

import asyncpg
import typer
from aiokafka import AIOKafkaProducer

from libs.clock import utc_now
from libs.contracts.applications import ApplicationDecided, ApplicationReceived
from libs.contracts.events import Event
from libs.database.migrate import migrate
from libs.ids import new_id
from libs.messaging.envelope import encode
from libs.telemetry.logging import configure
from operations.topics.admin import apply_topics
from tests.folders import server_folder
from tests.load.country import cpu_s
from tests.operating import as_operator
from tests.services.programme.figures.scenes import facts, rated, submitted
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.server import CHECKOUT

LOOK_EVERY_S: Final = 0.5
IDLE_S: Final = 30.0
MILLION: Final = 1_000_000


def events(count: int) -> Iterator[Event]:
    """Applications of 30 days for 81 services: each submitted, received, decided and rated."""
    chance, now = random.Random(1), utc_now()  # noqa: S311
    for _ in range(count // 4):
        at = now - timedelta(hours=chance.randrange(24 * 29))
        service = f"S{chance.randrange(81) + 1:03}"
        of = {"application_id": new_id(), "public_service_id": service, "occurred_at": at}
        yield submitted(**of)
        yield ApplicationReceived(**facts(**of))
        said = {"outcome": "approved", "submitted_at": at, "due_on": at.date()}
        yield ApplicationDecided(**facts(**of, **said))
        yield rated(chance.randrange(5) + 1, **of)


async def write(kafka: EmbeddedKafka, count: int) -> None:
    """Write events to their topic."""
    producer = AIOKafkaProducer(**kafka.client, linger_ms=20, max_batch_size=256 * 1024)
    await producer.start()
    try:
        for event in events(count):
            record = encode(event, trace=None)
            await producer.send(
                record.topic, key=record.key, value=record.value, headers=list(record.headers)
            )
        await producer.flush()
    finally:
        await producer.stop()


async def replay(kafka: EmbeddedKafka, postgres: EmbeddedPostgres, count: int) -> dict[str, float]:
    """Let the service read; return CPU seconds for 1,000 events by process, and the rate."""
    dsn = postgres.dsn("programme", "programme")
    login = as_operator(kafka)
    environment = {
        "PROGRAMME_DSN": dsn,
        "PROGRAMME_KAFKA_USER": login.pop("kafka_user"),
        "PROGRAMME_KAFKA_PASSWORD": login.pop("kafka_password"),
        "PROGRAMME_PORT": "0",
        **login,
    }
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services", "programme", cwd=CHECKOUT, env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    connection = await asyncpg.connect(postgres.dsn("programme"))
    read, begun = 0, None
    while read < count:
        await asyncio.sleep(LOOK_EVERY_S)
        read = await connection.fetchval(
            "SELECT coalesce(sum(next_offset), 0)::bigint FROM group_offsets WHERE topic = $1",
            "applications.v1",
        )
        if begun is None and read:
            begun = read, time.monotonic(), _spent(service.pid, kafka, postgres)
    assert begun is not None
    after = _spent(service.pid, kafka, postgres)
    took_s = time.monotonic() - begun[1]
    await asyncio.sleep(IDLE_S / 2)  # what it does after the last record
    idle_s = cpu_s(service.pid)
    await asyncio.sleep(IDLE_S)
    idle_s = cpu_s(service.pid) - idle_s
    service.terminate()
    await service.wait()
    await connection.close()
    thousands = (read - begun[0]) / 1000
    found = {name: (after[name] - begun[2][name]) / thousands for name in after}
    return {**found, "a second": (read - begun[0]) / took_s, "cores when idle": idle_s / IDLE_S}


def _spent(service: int, kafka: EmbeddedKafka, postgres: EmbeddedPostgres) -> dict[str, float]:
    brokers = sum(cpu_s(node.pid or 0) for node in kafka.nodes.values())
    return {"service": cpu_s(service), "Kafka": brokers, "PostgreSQL": cpu_s(postgres.pid or 0)}


async def run(count: int) -> None:
    """Measure, and print."""
    with server_folder("replay-pg") as folder, server_folder("replay-kafka") as logs:
        broker = EmbeddedKafka(logs, flush_every_append=False)
        async with EmbeddedPostgres(folder, durable=False) as postgres:
            await postgres.ensure_database("programme", "only-for-tests")
            await migrate(postgres.owner_dsn("programme"), "programme")
            await broker.start()
            try:
                await apply_topics(broker.client, ministries=())
                await write(broker, count)
                found = await replay(broker, postgres, count)
            finally:
                broker.kill()
    typer.echo(json.dumps({name: round(number, 3) for name, number in found.items()}))
    servers = found["Kafka"] + found["PostgreSQL"]
    minutes = max(found["service"], servers) * MILLION / 1000 / 60
    typer.echo(f"a million takes {minutes:.1f} minutes on a core each")


def main(count: Annotated[int, typer.Option(help="Events")] = 100_000) -> None:
    """Measure, and print what was found."""
    configure("load", "ERROR")
    asyncio.run(run(count))


if __name__ == "__main__":
    typer.run(main)
