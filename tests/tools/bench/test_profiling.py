"""Flame graphs of real processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.bench.profiling import NoProfiler, profiled
from tools.supervision.state import State

BUSY = """
from hashlib import sha256
from threading import Thread
MUCH = bytes(10_000_000)
def busy_outside():
    while True: sha256(MUCH)
def busy_with_forms():
    while True: sum(range(1000))
Thread(target=busy_outside).start()
busy_with_forms()
"""


async def test_the_flame_graph_shows_the_functions_that_hold_the_interpreter(
    tmp_path: Path,
) -> None:
    """A thread that works outside the interpreter has next to no samples."""
    with subprocess.Popen([sys.executable, "-c", BUSY]) as busy:  # noqa: S603, ASYNC220
        state = State("", "", {}, {}, {"applications": {"pid": busy.pid}})
        async with profiled(state, ["applications"], tmp_path / "made", 1.0):
            pass
        busy.kill()
    assert "busy_with_forms" in (tmp_path / "made" / "applications.svg").read_text()
    samples = (tmp_path / "made" / "applications.txt").read_text()
    assert _count(samples, "busy_with_forms") > 10 * _count(samples, "busy_outside")


def _count(samples: str, function: str) -> int:
    return sum(
        int(line.rsplit(" ", 1)[1]) for line in samples.splitlines() if f"{function} (" in line
    )


async def test_a_profiler_that_fails_says_why(tmp_path: Path) -> None:
    """There is no such process."""
    state = State("", "", {}, {}, {"applications": {"pid": 2**22 + 1}})
    with pytest.raises(NoProfiler, match=r"process|pid|4194305"):
        async with profiled(state, ["applications"], tmp_path, 1.0):
            pass
