import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.embedded.processes import (
    Identity,
    PidRecord,
    end_process,
    identity_of,
    read_pid_file,
    start_time,
    write_pid_file,
)

DEAF = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); "
    "print('up', flush=True); time.sleep(60)"
)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(["/bin/sleep", "60"], text=True) as child:
        yield child
        child.kill()


@pytest.fixture
def deaf() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", DEAF]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603
        assert child.stdout is not None
        child.stdout.readline()
        yield child
        child.kill()


async def test_a_process_ends_at_the_signal(sleeper: subprocess.Popen[str]) -> None:
    """It is not killed."""
    await end_process(identity_of(sleeper.pid), grace_s=5)
    assert sleeper.wait() == -signal.SIGTERM


async def test_a_process_that_ignores_the_signal_is_killed(
    deaf: subprocess.Popen[str],
) -> None:
    """After the grace period."""
    began = time.monotonic()
    await end_process(identity_of(deaf.pid), grace_s=0.2)
    assert time.monotonic() - began >= 0.2
    assert deaf.wait() == -signal.SIGKILL


async def test_a_process_with_a_reused_pid_is_left_alone(
    sleeper: subprocess.Popen[str],
) -> None:
    """The start time must be the same, too."""
    await end_process(Identity(sleeper.pid, "another start"), grace_s=1)
    assert sleeper.poll() is None


def test_process_that_ended_has_no_start_time(sleeper: subprocess.Popen[str]) -> None:
    """Nor has one that its parent has not collected."""
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert start_time(sleeper.pid) is None


def test_a_pid_file_is_read_as_written(folder: Path) -> None:
    """A later start reads the file of an earlier one."""
    record = PidRecord(server=Identity(1, "a"), owner=Identity(2, "b"))
    write_pid_file(folder / "pid.json", record)
    assert read_pid_file(folder / "pid.json") == record


@pytest.mark.parametrize("left", [None, "", "{}", '{"server": {"pid": 1}, "owner": 2}'])
def test_an_unreadable_pid_file_counts_as_missing(folder: Path, left: str | None) -> None:
    """An incomplete file does not stop a start."""
    if left is not None:
        (folder / "pid.json").write_text(left)
    assert read_pid_file(folder / "pid.json") is None
