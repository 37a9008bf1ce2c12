"""Runs an opener as a process of its own, as beside a service."""

import asyncio
import os
import signal
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from libs.opener.client import Opener
from libs.opener.messages import reachable
from tests.waiting import until

CHECKOUT = Path(__file__).parents[3]
PROGRAMS = "tests.libs.limited_main"
"""The module that runs a program of a test."""


@dataclass(frozen=True, slots=True)
class RunningOpener:
    """The process of an opener.

    Args:
        process: the process.
        folder: has its socket, and the files that are open.
    """

    process: asyncio.subprocess.Process
    folder: Path

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / "socket"

    @property
    def files(self) -> Path:
        """Where files lie while they are open."""
        return self.folder / "files"

    @property
    def client(self) -> Opener:
        """What a service has of it."""
        return Opener(str(self.socket))

    def children(self) -> list[int]:
        """The processes in which files are open now."""
        return [child.pid for child in psutil.Process(self.process.pid).children()]

    def status(self) -> str:
        """What the kernel says of it (proc_pid_status(5))."""
        return Path(f"/proc/{self.process.pid}/status").read_text()

    async def listens(self) -> bool:
        """Whether it takes connections."""
        try:
            with reachable(self.socket) as address:
                _, writer = await asyncio.open_unix_connection(address)
        except OSError:
            return False
        writer.close()
        return True

    def mode(self) -> str:
        """Who may connect."""
        return stat.filemode(self.socket.stat().st_mode)

    def end(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended: its end is heard of a moment later."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, number)


@asynccontextmanager
async def opener_of(service: str) -> AsyncIterator[RunningOpener]:
    """Run the opener of a service, by its command."""
    async with _running(["-m", "services", "opener", service]) as running:
        yield running


@asynccontextmanager
async def opener(
    user_id: int | None = None, *, of_user: int | None = None
) -> AsyncIterator[RunningOpener]:
    """Run an opener that runs the programs of tests.

    Args:
        user_id: who may connect; by default this user.
        of_user: as which user it runs; by default as this one.
    """
    program = "import sys; from libs.opener.server import main; main(*sys.argv[1:])"
    may_connect = os.getuid() if user_id is None else user_id
    command = ["-c", program, PROGRAMS]
    async with _running(command, [str(may_connect)], of_user=of_user) as running:
        yield running


@asynccontextmanager
async def _running(
    command: Sequence[str], words: Sequence[str] = (), *, of_user: int | None = None
) -> AsyncIterator[RunningOpener]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / ("a name that is longer than an address " * 3)
        (folder / "files").mkdir(parents=True)
        (folder / "files" / "left").write_text("by one that was killed")
        if of_user is not None:
            for path in (Path(name), folder, folder / "files"):
                os.chown(path, of_user, -1)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            str(folder / "socket"),
            str(folder / "files"),
            *words,
            cwd=CHECKOUT,
            env={},
            user=of_user,
        )
        running = RunningOpener(process, folder)
        try:
            await until(running.listens)
            yield running
        finally:
            running.end(signal.SIGKILL)
            await process.wait()
