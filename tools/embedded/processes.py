"""Finds processes of an earlier start, and ends them.

With the standard library only, for the launcher.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.embedded.files import write_whole

POLL_S = 0.02
KILL_DEADLINE_S = 10.0


@dataclass(frozen=True)
class Identity:
    """A process by pid and start time; a pid is reused, the pair is not."""

    pid: int
    started: str

    @property
    def is_alive(self) -> bool:
        """Return whether this process still runs."""
        return start_time(self.pid) == self.started


@dataclass(frozen=True)
class PidRecord:
    """The processes of a server and of its owner, as in the pid file."""

    server: Identity
    owner: Identity


def start_time(pid: int) -> str | None:
    """Return the start time of a process, as text of the system; None if it no longer runs.

    A process that ended and was not collected by its parent counts as ended.
    """
    if sys.platform != "linux":
        return _start_time_by_ps(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the name before it may have any characters
    state, ticks_since_boot = fields[0], fields[19]
    return None if state in {"Z", "X"} else f"{boot}/{ticks_since_boot}"


def identity_of(pid: int) -> Identity:
    """Identify a running process.

    Raises:
        ProcessLookupError: there is no such process.
    """
    started = start_time(pid)
    if started is None:
        raise ProcessLookupError(f"no process {pid}")
    return Identity(pid, started)


def write_pid_file(path: Path, record: PidRecord) -> None:
    """Write a record, so that a later start finds these processes."""
    write_whole(path, json.dumps(asdict(record)))


def read_pid_file(path: Path) -> PidRecord | None:
    """Read the record of the last start; None if it is missing or unreadable."""
    try:
        kept = json.loads(path.read_text())
        return PidRecord(Identity(**kept["server"]), Identity(**kept["owner"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


async def end_process(
    process: Identity, *, grace_s: float, end_signal: signal.Signals = signal.SIGTERM
) -> None:
    """Send a process a signal to end, and kill it after the grace period.

    Args:
        process: the process; another process with its pid is left alone.
        grace_s: seconds until it is killed.
        end_signal: the signal.

    Raises:
        TimeoutError: it still runs after SIGKILL.
    """
    for number, deadline_s in ((end_signal, grace_s), (signal.SIGKILL, KILL_DEADLINE_S)):
        send_signal(process, number)
        if await has_ended(process, deadline_s=deadline_s):
            return
    raise TimeoutError(f"process {process.pid} runs on after SIGKILL")


def send_signal(process: Identity, number: signal.Signals) -> None:
    """Signal a process, unless its pid was reused."""
    with suppress(ProcessLookupError):
        if process.is_alive:
            os.kill(process.pid, number)


async def has_ended(process: Identity, *, deadline_s: float) -> bool:
    """Wait until a process has ended, at most `deadline_s` seconds."""
    until = time.monotonic() + deadline_s
    while process.is_alive:
        if time.monotonic() >= until:
            return False
        await asyncio.sleep(POLL_S)
    return True


def _start_time_by_ps(pid: int) -> str | None:
    answer = subprocess.run(  # noqa: S603 -- a fixed program and a number
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C"},
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()
