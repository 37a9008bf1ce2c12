import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.processes import POLL_S, end_process, read_pid_file

CHECKOUT = Path(__file__).parents[2]
STALE_GRACE_S = 10.0


@dataclass(frozen=True)
class User:
    """A system user by numbers."""

    user_id: int
    group_id: int


class ServerProcess:
    """One server process of a folder, with a log and a pid file.

    It runs in a session of its own: Ctrl-C in a terminal must not end a server before the services
    that use it.
    """

    def __init__(self, name: str, folder: Path, *, end_signal: signal.Signals) -> None:
        self.name = name
        self.folder = folder
        self.log_path = folder / "server.log"
        self.pid_path = folder / "pid.json"
        self._end_signal = end_signal
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process number while it runs."""
        return self._child.pid if self._child is not None and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether the launched process still runs."""
        return self._child is not None and self._child.poll() is None

    async def end_stale(self) -> None:
        """End a server that a killed owner left running in this folder.

        Raises:
            EmbeddedStackFailed: the owner of the running server is alive, so it is in use.
        """
        left = read_pid_file(self.pid_path)
        if left is None or not left.server.is_alive:
            return
        if left.owner.is_alive:
            raise EmbeddedStackFailed(
                f"{self.name} in {self.folder} already runs for process {left.owner.pid}",
                remedy="stop that process, or use another folder",
            )
        structlog.get_logger().info("stale_server_ended", server=self.name, pid=left.server.pid)
        await end_process(left.server, grace_s=STALE_GRACE_S, end_signal=self._end_signal)

    def launch(
        self,
        command: Sequence[str | Path],
        *,
        user: User | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Launch the server; its output goes to the log, the previous log to `.old`.

        Args:
            command: program and arguments.
            user: run as this user; needs root.
            environment: the environment it gets, if not this process's own.
        """
        if self.log_path.exists():
            self.log_path.replace(self.log_path.with_suffix(".log.old"))
        with self.log_path.open("wb") as log:
            self._child = subprocess.Popen(  # noqa: S603 -- our own command, no shell
                [*self._launcher(user), "--", *map(str, command)],
                cwd=CHECKOUT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def wait(self, *, timeout_s: float) -> int | None:
        """Wait until the process ends by itself; return its exit code, or None after the timeout.

        Args:
            timeout_s: seconds until it is killed.
        """
        if self._child is None:
            return None
        until = time.monotonic() + timeout_s
        while (code := self._child.poll()) is None and time.monotonic() < until:  # noqa: ASYNC110 -- no event tells a process's end
            await asyncio.sleep(POLL_S)
        if code is None:
            self.kill()
        return code

    async def end(self, *, grace_s: float, end_signal: signal.Signals | None = None) -> int | None:
        """End the server, and kill it after the grace period; do nothing if it is down.

        Returns its exit code, or None if it was down or had to be killed.

        Args:
            grace_s: seconds until it is killed.
            end_signal: the signal, if not the server's usual one.
        """
        if self._child is None:
            return None
        self._child.send_signal(end_signal or self._end_signal)
        code = await self.wait(timeout_s=grace_s)
        self._child = None
        self.pid_path.unlink(missing_ok=True)
        return code

    def kill(self) -> None:
        """Kill the server and its children, as a crash would; do nothing if it is down."""
        if self._child is None:
            return
        if self._child.poll() is None:
            os.killpg(
                self._child.pid, signal.SIGKILL
            )  # children of `initdb` would continue to write
        self._child.wait()

    def _launcher(self, user: User | None) -> list[str]:
        words = [sys.executable, "-S", "-m", "tools.embedded.launch"]
        words += ["--pid-file", str(self.pid_path), "--folder", str(self.folder)]
        words += ["--owner", str(os.getpid())]
        if user is not None:
            words += ["--user", str(user.user_id), str(user.group_id)]
        # The system watches the launching thread, not the process: only the main thread's end
        # means for certain that the owner has ended.
        if threading.current_thread() is threading.main_thread():
            words += ["--death-signal", str(self._end_signal.value)]
        return words
