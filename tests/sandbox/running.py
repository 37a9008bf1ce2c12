"""A sandbox in this process, and a fake platform that receives its callbacks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from libs.clock import utc_now
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.signed.document_links import link_key
from libs.web.signed.signatures import sign
from sandbox.files import keys
from sandbox.keys import ministry_secret
from sandbox.main import build
from sandbox.settings import Settings
from services.ministries.connections.rules import Connection
from services.ministries.deliveries.adapters.contract import Link
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.paper_links import PaperLinks
from tests.waiting import until
from tools.embedded.ports import free_port

MASTER = "sandbox-ministry-secret"
TIMEOUT_S = 30.0
_PAUSE_S = 0.01
_TRIES = 3000


@dataclass
class Platform:
    """A fake platform: stores its callbacks and responds with a set status."""

    url: str
    status: Callable[[], int] = lambda: 204
    slow_s: float = 0.0
    body: bytes = b""
    refuses_as: str = "application/problem+json"
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append((headers, await request.read()))
        await asyncio.sleep(self.slow_s)
        status = self.status()
        media_type = self.refuses_as if status >= 400 else "application/json"
        return web.Response(status=status, body=self.body, content_type=media_type)

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.calls]


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    """Listen for callbacks."""
    port = free_port()
    side = Platform(f"http://127.0.0.1:{port}")
    app = web.Application()
    app.router.add_post("/{path:.*}", side.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield side
    finally:
        await runner.cleanup()


@dataclass
class Sandbox:
    """A running sandbox and its client."""

    url: str
    http: aiohttp.ClientSession

    async def call(self, method: str, path: str, **given: Any) -> tuple[int, Any]:
        async with self.http.request(method, self.url + path, **given) as response:
            text = await response.text()
            is_json = "json" in response.headers.get("content-type", "")
            return response.status, json.loads(text) if is_json else text

    async def hand_over(
        self, side: Platform, ministry: str = "cabinet", *, key: str = "", **fields: Any
    ) -> tuple[int, Any]:
        return await self.post_signed(
            submission(side, **fields), ministry, {"idempotency-key": key or str(new_id())}
        )

    async def post_signed(
        self,
        content: Any,
        ministry: str,
        headers: Mapping[str, str],
        *,
        signing_key: str | Sequence[str] = "",
    ) -> tuple[int, Any]:
        """Hand over, signed as the platform does; by default with the ministry's derived key."""
        body = json.dumps(content).encode()
        signing_key = signing_key or ministry_secret(MASTER, ministry)
        signed = sign(signing_key, str(new_id()), datetime.now(UTC), body)
        return await self.call(
            "POST",
            f"/ministries/{ministry}/submissions",
            data=body,
            headers={"content-type": "application/json", **signed, **headers},
        )

    async def send(self, side: Platform, *, key: str = "", **fields: Any) -> tuple[int, Any]:
        headers = {"idempotency-key": key or str(new_id()), **fields.pop("headers", {})}
        return await self.call(
            "POST", "/sms/messages", json=message(side, **fields), headers=headers
        )

    async def send_all(self, *messages: Any) -> tuple[int, Any]:
        return await self.call("POST", "/sms/messages/bulk", json={"messages": messages})

    async def set_faults(self, destination: str, **faults: Any) -> None:
        status, _ = await self.call("PUT", f"/faults/{destination}", json=faults)
        assert status == 200

    async def behave(self, destination: str, **behaviour: Any) -> None:
        status, _ = await self.call("PUT", f"/behaviour/{destination}", json=behaviour)
        assert status == 200

    async def ledger(self, what: str) -> Any:
        status, rows = await self.call("GET", f"/ledger/{what}")
        assert status == 200
        return rows


@asynccontextmanager
async def sandbox(folder: Path, **settings: Any) -> AsyncIterator[Sandbox]:
    """Run a sandbox while the context is open."""
    port, stop = free_port(), asyncio.Event()
    service = build(Settings(folder=folder, port=port, **settings))
    async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as http:
        tasks.create_task(service.run(stop))
        running = Sandbox(f"http://127.0.0.1:{port}", http)
        await reachable(running)
        try:
            yield running
        finally:
            stop.set()


async def reachable(running: Sandbox) -> None:
    """Wait until a sandbox is ready: its other servers may listen later than that of HTTP."""
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            with suppress(aiohttp.ClientConnectionError):
                status, _ = await running.call("GET", "/health/ready")
                if status == 200:
                    return
            await asyncio.sleep(0.02)


async def until_ledger(running: Sandbox, what: str, true: Callable[[Any], object]) -> Any:
    """Wait until rows of the ledger satisfy a condition, and return them."""

    async def satisfying() -> Any:
        shown = await running.ledger(what)
        return shown if true(shown) else None

    return await until(satisfying)


def file_link(ministry: str, port: int) -> Link:
    """The platform's link to the folder of a ministry at a sandbox."""
    return Link(
        ministry=ministry,
        connection=Connection(
            adapter="files",
            address=f"sftp://{ministry}@127.0.0.1:{port}",
            host_key=keys.host_key(MASTER).export_public_key().decode().strip(),
        ),
        client=HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t")),
        credentials=Credentials(lambda name: [ministry_secret(MASTER, name)]),
        callback_url="http://127.0.0.1:9/decisions",
        deadline_s=20.0,
        now=utc_now,
        papers=PaperLinks("", link_key(MASTER)),
        ssh_key=SecretStr(keys.client_key(MASTER).export_private_key().decode()),
    )


def submission(side: Platform, **fields: Any) -> dict[str, Any]:
    """A hand-over as a ministry's adapter makes it."""
    return {
        "kind": "submitted",
        "application_id": str(new_id()),
        "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
        "public_service_id": "trade-licence",
        "form": {"name": "রহিমা"},
        "callback_url": f"{side.url}/v1/ministries/cabinet/decisions",
        **fields,
    }


def listed(side: Platform, **fields: Any) -> dict[str, Any]:
    """A message of a list, with a key of its own."""
    return {"idempotency_key": str(new_id()), **message(side), **fields}


def message(side: Platform, **fields: Any) -> dict[str, Any]:
    """A message as the SMS adapter sends it."""
    return {
        "reference": str(new_id()),
        "to": "+8801712345678",
        "text": "আপনার আবেদন জমা হয়েছে।",
        "report_url": f"{side.url}/v1/reports/sms",
        **fields,
    }
