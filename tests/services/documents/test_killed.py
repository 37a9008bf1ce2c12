"""The service as a process of its own, killed with SIGKILL in the middle of its work."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import anyio
import pytest

from libs.clock import Clock
from libs.database.pool import Database
from services.documents.retention.jobs import Sweep
from services.documents.settings import Settings
from services.documents.storage.store import DocumentStore, object_store
from tests.libs.web.running import Identity, served
from tests.services.documents import scenes
from tests.services.documents.running import PIECE, TUS
from tests.services.identity.running import until_answered
from tools.embedded.ports import free_port
from tools.embedded.server import CHECKOUT

MIB = 1024 * 1024
MASTER = "a-master-secret-for-tests-of-papers"
DsnFor = Callable[[str], Awaitable[str]]


@dataclass
class Killable:
    """A process of the service that can be killed and started again."""

    environment: dict[str, str]
    http: aiohttp.ClientSession
    headers: dict[str, str]
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services", "documents"),
            cwd=CHECKOUT,
            env=self.environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await until_answered(self.http, "/.well-known/jwks.json")

    async def kill(self) -> None:
        """Kill it."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    async def ask(self, method: str, path: str, **more: object) -> aiohttp.ClientResponse:
        """Send a request once the database is open, and read the answer."""
        headers = {**self.headers, **TUS, **dict(more.pop("headers", {}))}  # type: ignore[call-overload]
        while True:
            async with self.http.request(method, path, headers=headers, **more) as reply:  # type: ignore[arg-type]
                await reply.read()
            if reply.status != 503:
                return reply
            await asyncio.sleep(0.05)

    async def offset(self, address: str) -> int:
        """Ask how much of an upload has arrived."""
        return int((await self.ask("HEAD", address)).headers["upload-offset"])


@asynccontextmanager
async def killable(dsn: str, folder: Path) -> AsyncIterator[Killable]:
    identity, port = Identity(), free_port()
    async with (
        served(identity.show) as identity_url,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        environment = {
            **os.environ,  # noqa: TID251
            "DOCUMENTS_DSN": dsn,
            "DOCUMENTS_PORT": str(port),
            "DOCUMENTS_FOLDER": str(folder / "store"),
            "DOCUMENTS_SCRATCH_FOLDER": str(folder),
            "DOCUMENTS_IDENTITY_URL": identity_url,
            "DOCUMENTS_PAPERS_SECRET": MASTER,
            "NAGORIK_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        }
        service = Killable(environment, http, {"authorization": f"Bearer {identity.token()}"})
        await service.start()
        try:
            yield service
        finally:
            await service.kill()


@pytest.mark.parametrize("killed_after", [0, 2 * MIB])
async def test_a_kill_loses_nothing_that_was_confirmed_and_leaves_nothing(
    database: Database, dsn_for: DsnFor, tmp_path: Path, killed_after: int
) -> None:
    """An upload goes on where it was; whatever has no row then is swept."""
    content = scenes.image("PNG", 800, 600) + bytes(4 * MIB)
    async with killable(await dsn_for("documents"), tmp_path) as service:
        address = await begin(service, len(content))
        await kill_while_it_arrives(service, address, content[: killed_after + MIB // 2])
        await service.start()
        assert await service.offset(address) == killed_after
        assert await send(service, address, killed_after, content[killed_after:]) == 204
        body = {"kind": "photo", "upload_ids": [address.rsplit("/", 1)[1]]}
        await kill_while_it_works(service, body)
        await service.start()
        made = await service.ask("POST", "/v1/documents-from-uploads", json=body)
        assert made.status == 201
    store = DocumentStore(object_store(Settings(folder=tmp_path / "store", papers_secret=MASTER)))
    await Sweep(database, store, tmp_path, Clock(), timedelta(0)).sweep()
    assert files_in(tmp_path) == ["content", "thumbnail"]


def files_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.rglob("*") if each.is_file())


async def begin(service: Killable, size_bytes: int) -> str:
    begun = await service.ask("POST", "/v1/uploads", headers={"upload-length": str(size_bytes)})
    return begun.headers["location"]


async def send(service: Killable, address: str, offset: int, content: object) -> int:
    headers = {**PIECE, "upload-offset": str(offset)}
    return (await service.ask("PATCH", address, data=content, headers=headers)).status


async def kill_while_it_arrives(service: Killable, address: str, content: bytes) -> None:
    """Kill the service when it has confirmed all whole pieces of what is sent."""
    may_end = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield content
        await may_end.wait()

    async def try_to_send() -> None:
        with suppress(aiohttp.ClientError):
            await send(service, address, 0, slow())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(try_to_send())
        while await service.offset(address) < len(content) // MIB * MIB:
            await asyncio.sleep(0.02)
        await service.kill()
        may_end.set()


async def kill_while_it_works(service: Killable, body: object) -> None:
    """Kill the service while a process of its own opens the photo."""

    async def make() -> None:
        with suppress(aiohttp.ClientError):
            await service.ask("POST", "/v1/documents-from-uploads", json=body)

    assert service.process is not None
    pid = service.process.pid
    children = anyio.Path(f"/proc/{pid}/task/{pid}/children")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(make())
        while not (await children.read_text()).split():
            await asyncio.sleep(0)
        await service.kill()
