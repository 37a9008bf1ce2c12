"""Flame graphs of services under load, by py-spy; a development tool, as is the checkout."""

import asyncio
import math
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tools.bench.platform import make_folder
from tools.supervision.state import State

_SAMPLES_PER_S = 200


class NoProfiler(Exception):
    """py-spy is not installed, or may not look into our processes."""


@asynccontextmanager
async def profiled(
    state: State, services: Sequence[str], folder: Path, seconds: float
) -> AsyncIterator[None]:
    """Record each service's flame graph, and its samples as text, during what stands inside.

    Raises:
        NoProfiler: py-spy does not work here.
    """
    if services:
        make_folder(folder)
    recording = [
        await _record(pid, folder / f"{name}.{suffix}", kind, seconds)
        for name in services
        if (pid := state.services[name]["pid"])
        for suffix, kind in (("svg", "flamegraph"), ("txt", "raw"))
    ]
    yield
    for process in recording:
        _, said = await process.communicate()
        if process.returncode:
            raise NoProfiler(said.decode(errors="replace").strip())


async def _record(pid: int, path: Path, kind: str, seconds: float) -> asyncio.subprocess.Process:
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or "py-spy"
    words = ["record", "--pid", str(pid), "--rate", str(_SAMPLES_PER_S), "--format", kind]
    words += ["--duration", str(math.ceil(seconds)), "--output", str(path)]
    # On a full machine who waits for a core would count as busy; who holds the interpreter is.
    words += ["--nonblocking", "--gil"]
    try:
        return await asyncio.create_subprocess_exec(
            program, *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
    except FileNotFoundError:
        raise NoProfiler("py-spy is not installed: it is in the dependency group `dev`") from None
