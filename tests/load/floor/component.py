"""What the processes of the floor share: HTTP, database, consumer, relay."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import asyncpg
import uvicorn
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.load.floor import sql
from tests.load.floor.events import Event, decode, headers_of, partition_of
from tools.bench.http_connection import NO_ANSWER, HttpClient

_ROWS_AT_ONCE = 2000
_ROWS_UNTIL_VACUUM = 5000
_BATCH_BYTES = 512 * 1024
_HEALTH = "/health"
_TRIES = 3

Handler = Callable[[str, bytes], Awaitable[bytes]]
Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Handle = Callable[[list[Event]], Awaitable[None]]


class Caller:
    """Kept-alive connections to one address, opened when needed, one request on each at a time."""

    def __init__(self, port: int, many: int) -> None:
        self._free: asyncio.LifoQueue[HttpClient] = asyncio.LifoQueue()
        for _ in range(many):
            self._free.put_nowait(HttpClient("127.0.0.1", port))

    async def post(self, path: str, body: bytes, key: str = "") -> bytes:
        """Post under an idempotency key, and return the body of the response.

        A request is sent again if its connection was lost before the response: a server may close
        an idle connection at the moment in which it is used.

        Raises:
            OSError: the server takes no connection, or was lost again.
        """
        request = (
            b"POST %s HTTP/1.1\r\nhost: floor\r\ncontent-type: application/json\r\n"
            b"idempotency-key: %s\r\ncontent-length: %d\r\n\r\n%s"
            % (path.encode(), key.encode(), len(body), body)
        )
        client = await self._free.get()
        try:
            for _ in range(_TRIES):
                status, answer = await client.send(request)
                if status != NO_ANSWER:
                    return answer
        finally:
            self._free.put_nowait(client)
        raise ConnectionError(f"no answer to {path}")


class Batching:
    """Collects items while a batch is processed; they make the next batch.

    Args:
        work: processes a batch.
        most: items in a batch.
    """

    def __init__(self, work: Callable[[list[Any]], Awaitable[None]], most: int = 1000) -> None:
        self._work = work
        self._most = most
        self._waiting: list[Any] = []
        self._some = asyncio.Event()

    def add(self, *items: Any) -> None:
        """Add items to the next batch."""
        self._waiting.extend(items)
        self._some.set()

    async def run(self) -> None:
        """Process batches for ever."""
        while True:
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                batch = self._waiting[: self._most]
                del self._waiting[: self._most]
                await self._work(batch)


@dataclass
class Component:
    """One process of the floor.

    Args:
        dsn: of its database.
        client: how to reach Kafka.
        ports: of all components.
        tasks: what runs beside its routes; one that fails ends the process.
        committed: wakes the relay.
    """

    dsn: str
    client: dict[str, Any]
    ports: dict[str, int]
    tasks: asyncio.TaskGroup
    committed: asyncio.Event = field(default_factory=asyncio.Event)

    def go(self, *works: Coroutine[Any, Any, None]) -> None:
        """Run in the background."""
        for work in works:
            self.tasks.create_task(work)

    def caller(self, name: str, many: int) -> Caller:
        """Make connections to another component."""
        return Caller(self.ports[name], many)

    def url(self, name: str) -> str:
        """Return the base URL of a component."""
        return f"http://127.0.0.1:{self.ports[name]}"

    async def session(self) -> Session:
        """Open a connection to the database."""
        return await asyncpg.connect(self.dsn)

    async def consume(self, group: str, topics: Sequence[str], handle: Handle | None) -> None:
        """Consume batches for ever; without a handler they are dropped."""
        consumer = AIOKafkaConsumer(
            *topics,
            group_id=f"floor-{group}",
            auto_offset_reset="earliest",
            auto_commit_interval_ms=500,
            **self.client,
        )
        await consumer.start()
        while True:
            found = await consumer.getmany(timeout_ms=1000, max_records=1000)
            if found and handle is not None:
                await handle([decode(record) for some in found.values() for record in some])

    async def relay(self) -> None:
        """Publish the rows of the outbox for ever."""
        db = await self.session()
        producer = AIOKafkaProducer(
            acks="all", enable_idempotence=True, max_batch_size=_BATCH_BYTES, **self.client
        )
        await producer.start()
        gone: list[int] = []
        deleted = 0
        while True:
            self.committed.clear()
            rows = await db.fetch(sql.NEXT, gone, _ROWS_AT_ONCE)
            deleted += len(gone)
            if deleted > _ROWS_UNTIL_VACUUM:
                deleted = 0
                await db.execute(sql.VACUUM)
            gone = await _send(producer, rows)
            if not rows:
                await self.committed.wait()


async def _send(producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> list[int]:
    """Write rows, a batch for each partition; return the ids of those that Kafka has."""
    batches: dict[tuple[str, int], Any] = {}
    done: list[int] = []
    for outbox_id, topic, key, headers, value in rows:
        place = topic, partition_of(topic, key)
        batch = batches.get(place)
        if batch is None:
            batch = batches[place] = producer.create_batch()
        if batch.append(key=key, value=value, timestamp=None, headers=headers_of(headers)):
            done.append(outbox_id)
    sent = [
        await producer.send_batch(batch, topic, partition=partition)
        for (topic, partition), batch in batches.items()
    ]
    await asyncio.gather(*sent)
    return done


async def serve(answer: Handler, port: int) -> None:
    """Serve requests until SIGTERM."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        path = scope["path"]
        status, said = (200, b"") if path == _HEALTH else (201, await answer(path, body))
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(said)),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": said})

    await uvicorn.Server(
        uvicorn.Config(app, port=port, log_level="warning", access_log=False, lifespan="off")
    ).serve()
