"""Flame graphs of services under load, recorded by py-spy."""

import asyncio
import math
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tools.supervision.state import State

_SAMPLES_PER_S = 200


class NoProfiler(Exception):
    """py-spy is not installed, or may not inspect our processes."""


@asynccontextmanager
async def profiled(
    state: State, services: Sequence[str], folder: Path, seconds: float
) -> AsyncIterator[None]:
    """Record a flame graph, and its samples as text, of every service while the body runs.

    Raises:
        NoProfiler: py-spy failed; the message says why.
    """
    if services:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    recording = [
        await _record(pid, folder / f"{name}.{suffix}", kind, seconds)
        for name in services
        if (pid := state.services[name]["pid"])
        for suffix, kind in (("svg", "flamegraph"), ("txt", "raw"))
    ]
    yield
    for process in recording:
        _, errors = await process.communicate()
        if process.returncode:
            raise NoProfiler(errors.decode(errors="replace").strip())


async def _record(pid: int, path: Path, kind: str, seconds: float) -> asyncio.subprocess.Process:
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or "py-spy"
    options = ["record", "--pid", str(pid), "--rate", str(_SAMPLES_PER_S), "--format", kind]
    options += ["--duration", str(math.ceil(seconds)), "--output", str(path)]
    # Only threads that hold the interpreter count: on a full machine a waiting one looks busy.
    options += ["--nonblocking", "--gil"]
    try:
        return await asyncio.create_subprocess_exec(
            program, *options, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
    except FileNotFoundError:
        raise NoProfiler("py-spy is not installed: it is in the dependency group `dev`") from None
