"""Runs documents without a broker, with a real database, store and processes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import orjson

from libs.clock import Clock
from libs.database.pool import Database
from libs.ids import new_id
from services.documents.main import build
from services.documents.settings import Settings
from tests.libs.web.running import CITIZEN, Identity, served
from tests.services.documents.scenes import jpeg
from tests.services.identity.running import ManualTime, Reply, until_answered
from tests.waiting import PATIENCE_S, until
from tools.embedded.ports import free_port

TUS = {"tus-resumable": "1.0.0"}
PIECE = {**TUS, "content-type": "application/offset+octet-stream"}


@dataclass(frozen=True, slots=True)
class Documents:
    """A running service with an HTTP client and access to its database and store."""

    http: aiohttp.ClientSession
    url: str
    database: Database
    folder: Path
    time: ManualTime
    identity: Identity
    settings: Settings

    @property
    def clock(self) -> Clock:
        """The clock of the service."""
        return Clock(self.time)

    def headers(self, citizen_id: UUID = CITIZEN) -> dict[str, str]:
        """The headers of a citizen who has logged in."""
        return {"authorization": f"Bearer {self.identity.token(sub=str(citizen_id))}"}

    async def call(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        citizen_id: UUID | None = CITIZEN,
    ) -> Reply:
        """Send a request as a citizen."""
        sent = {**(self.headers(citizen_id) if citizen_id else {}), **(headers or {})}
        async with self.http.request(method, path, data=data, headers=sent) as reply:
            return Reply(reply.status, reply.headers, await reply.read())

    async def post_json(self, path: str, body: Any, **more: Any) -> Reply:
        """Send JSON."""
        headers = {"content-type": "application/json"}
        return await self.call("POST", path, orjson.dumps(body), headers=headers, **more)

    async def give(
        self, *files: bytes, kind: str = "epi_card", name: str = "photo.jpg", **more: Any
    ) -> Reply:
        """Upload a paper by a form."""
        form = aiohttp.FormData({"kind": kind}, quote_fields=False)
        for file in files:
            form.add_field("file", file, filename=name, content_type="image/jpeg")
        return await self.call("POST", "/v1/documents", form, **more)

    async def paper(self, *files: bytes, **more: Any) -> Any:
        """Upload a paper that is taken."""
        reply = await self.give(*(files or (jpeg(),)), **more)
        assert reply.status == 201, reply.raw
        return reply.body

    async def begin(self, size_bytes: int, **more: Any) -> str:
        """Begin an upload, and return its address."""
        headers = {**TUS, "upload-length": str(size_bytes)}
        reply = await self.call("POST", "/v1/uploads", headers=headers, **more)
        assert reply.status == 201, reply.raw
        return reply.headers["location"]

    async def send(self, address: str, offset: int, content: bytes, **more: Any) -> Reply:
        """Send a part of an upload."""
        headers = {**PIECE, "upload-offset": str(offset)}
        return await self.call("PATCH", address, content, headers=headers, **more)

    async def offset(self, address: str) -> int:
        """Ask how much of an upload has arrived."""
        reply = await self.call("HEAD", address, headers=TUS)
        assert reply.status == 200
        return int(reply.headers["upload-offset"])

    async def has_keys(self) -> bool:
        """Whether the service has the keys with which tokens are signed."""
        return (await self.call("GET", "/v1/documents")).status != 503

    def objects(self) -> list[Path]:
        """The files in the folder of the store."""
        return sorted(each for each in (self.folder / "store").rglob("*") if each.is_file())


@asynccontextmanager
async def running(
    database: Database, dsn: str, folder: Path, **settings_changed: Any
) -> AsyncIterator[Documents]:
    """Run documents during a test."""
    identity = Identity()
    async with served(identity.show) as identity_url:
        settings = Settings(
            dsn=dsn,
            port=free_port(),
            drain_s=1,
            folder=folder / "store",
            scratch_folder=str(folder),
            identity_url=identity_url,
            papers_secret="a-master-secret-for-tests-of-papers",
            **settings_changed,
        )
        settings.kafka_bootstrap = "127.0.0.1:1"
        time, stop = ManualTime(), asyncio.Event()
        url = f"http://127.0.0.1:{settings.port}"
        async with (
            asyncio.timeout(PATIENCE_S),
            asyncio.TaskGroup() as tasks,
            aiohttp.ClientSession(url) as http,
        ):
            tasks.create_task(build(settings, clock=Clock(time)).run(stop))
            try:
                await until_answered(http, "/.well-known/jwks.json")
                documents = Documents(http, url, database, folder, time, identity, settings)
                await until(documents.has_keys)
                yield documents
            finally:
                stop.set()


def stranger() -> UUID:
    """Another citizen."""
    return new_id()
