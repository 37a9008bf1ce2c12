"""Finding a process again after a restart, and ending it.

Standard library only: the launcher imports this.
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
    """A process by number and start time: a number is given again, the pair is not."""

    pid: int
    started: str

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return start_time(self.pid) == self.started


@dataclass(frozen=True)
class PidRecord:
    """A server's process and the process that launched it, as the pid file keeps them."""

    server: Identity
    owner: Identity


def start_time(pid: int) -> str | None:
    """Say when a process started, in the system's own words; None if it no longer runs.

    A process that ended and was not collected by its parent counts as ended.
    """
    if sys.platform != "linux":
        return _start_time_by_ps(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the name before it may hold anything
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
    """Keep a record so that a later start finds what this one left."""
    write_whole(path, json.dumps(asdict(record)))


def read_pid_file(path: Path) -> PidRecord | None:
    """Read what the last start left; None if nothing, or nothing readable."""
    try:
        kept = json.loads(path.read_text())
        return PidRecord(Identity(**kept["server"]), Identity(**kept["owner"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


async def end_process(
    process: Identity, *, grace_s: float, ask: signal.Signals = signal.SIGTERM
) -> None:
    """Ask a process to end, and kill it when it has not after the grace.

    Args:
        process: the process; another one that was given its number is left alone.
        grace_s: seconds it gets to end in good order.
        ask: the signal that asks.

    Raises:
        TimeoutError: it runs on even after being killed.
    """
    for number, deadline_s in ((ask, grace_s), (signal.SIGKILL, KILL_DEADLINE_S)):
        send_signal(process, number)
        if await has_ended(process, deadline_s=deadline_s):
            return
    raise TimeoutError(f"process {process.pid} runs on after SIGKILL")


def send_signal(process: Identity, number: signal.Signals) -> None:
    """Signal a process if it is still the one we mean."""
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
