"""Small real processes to stop, continue and kill, and their states."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.waiting import PATIENCE_S

ASLEEP = """
import os, signal, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
    signal.signal(number, lambda number, _: os._exit(number))
print("up", flush=True)
time.sleep(600)
"""
"""Ends when asked, with the number of the signal as its status."""


@contextmanager
def child(script: str = ASLEEP) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that runs a script, and its first line; killed at the end."""
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:  # noqa: S603
        assert started.stdout is not None
        try:
            yield started, started.stdout.readline().strip()
        finally:
            started.kill()


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped; false for one that has ended."""
    listed = subprocess.run(  # noqa: S603 -- a fixed program and a number
        ["/bin/ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip().startswith("T")


async def until_still(*pids: int, still: bool = True) -> None:
    """Wait until processes are stopped, or continue."""
    async with asyncio.timeout(PATIENCE_S):
        while any(is_stopped(pid) is not still for pid in pids):
            await asyncio.sleep(0.02)


async def ended(process: subprocess.Popen[str]) -> int:
    """Wait until a process has ended, and return its status."""
    async with asyncio.timeout(PATIENCE_S):
        while process.poll() is None:
            await asyncio.sleep(0.02)
    return process.returncode
