"""A fresh platform in processes of its own, started by `up` as people start it."""

import asyncio
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tools.embedded.server import ServerProcess
from tools.supervision.rolling import TODAY, Release
from tools.supervision.state import State, read_state
from tools.supervision.supervisor import STATE_FILE, NotReady, is_ready

OUTSIDE = "tools.bench.outside"

_READY_WITHIN_S = 120.0
_STOP_WITHIN_S = 60.0
_POLL_S = 0.2


@asynccontextmanager
async def fresh_platform(folder: Path, release: Release = TODAY) -> AsyncIterator[State]:
    """Run a platform in a folder that is emptied before and removed after.

    The outside systems are those of the bench.

    Raises:
        NotReady: it did not come up; the message names its log.
    """
    shutil.rmtree(folder, ignore_errors=True)
    module = ["services", "up", "--folder", str(folder), "--outside", OUTSIDE]
    async with run_module("up", folder, module, release=release) as process:
        while (  # noqa: ASYNC110 -- another process writes it
            state := read_state(folder / STATE_FILE)
        ) is None and process.is_running:
            await asyncio.sleep(_POLL_S)
        if state is None:
            raise NotReady(f"the platform did not come up; see {process.log_path}")
        await until_ready([service["health"] for service in state.services.values()], process)
        yield state
    shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def run_module(
    name: str,
    folder: Path,
    module: list[str],
    environment: Mapping[str, str] | None = None,
    release: Release = TODAY,
) -> AsyncIterator[ServerProcess]:
    """Run a module of a release in a process of its own while the body runs."""
    process = ServerProcess(name, folder / name, end_signal=signal.SIGTERM)
    await asyncio.to_thread(process.folder.mkdir, parents=True, exist_ok=True)
    variables = [f"{name}={value}" for name, value in (environment or {}).items()]
    process.launch(release.within([*variables, sys.executable, "-m", *module]))
    try:
        yield process
    finally:
        await process.end(grace_s=_STOP_WITHIN_S)


async def until_ready(health: Sequence[str], process: ServerProcess) -> None:
    """Wait until every health address answers that it is ready.

    Raises:
        NotReady: one did not in time, or the process ended.
    """
    until_s = time.monotonic() + _READY_WITHIN_S
    async with aiohttp.ClientSession() as http:
        while not all([await is_ready(http, url) for url in health]):
            if not process.is_running or time.monotonic() > until_s:
                raise NotReady(f"{process.name} did not become ready; see {process.log_path}")
            await asyncio.sleep(_POLL_S)
