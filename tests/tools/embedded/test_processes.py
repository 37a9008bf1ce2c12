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


async def test_process_that_listens_ends_when_asked(sleeper: subprocess.Popen[str]) -> None:
    """A process that heeds the request is not killed."""
    await end_process(identity_of(sleeper.pid), grace_s=5)
    assert sleeper.wait() == -signal.SIGTERM


async def test_process_that_does_not_listen_is_killed_after_the_grace(
    deaf: subprocess.Popen[str],
) -> None:
    """Nothing survives its end, however deaf."""
    began = time.monotonic()
    await end_process(identity_of(deaf.pid), grace_s=0.2)
    assert time.monotonic() - began >= 0.2
    assert deaf.wait() == -signal.SIGKILL


async def test_process_that_was_given_an_old_number_is_left_alone(
    sleeper: subprocess.Popen[str],
) -> None:
    """Only the very process that was written down is ended."""
    await end_process(Identity(sleeper.pid, "another start"), grace_s=1)
    assert sleeper.poll() is None


def test_process_that_ended_has_no_start_time(sleeper: subprocess.Popen[str]) -> None:
    """One that is dead but not collected by its parent counts as ended."""
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert start_time(sleeper.pid) is None


def test_pid_file_gives_back_what_was_written(folder: Path) -> None:
    """A later start reads what an earlier one left."""
    record = PidRecord(server=Identity(1, "a"), owner=Identity(2, "b"))
    write_pid_file(folder / "pid.json", record)
    assert read_pid_file(folder / "pid.json") == record


@pytest.mark.parametrize("left", [None, "", "{}", '{"server": {"pid": 1}, "owner": 2}'])
def test_pid_file_that_cannot_be_read_counts_as_none(folder: Path, left: str | None) -> None:
    """A torn file stops no start."""
    if left is not None:
        (folder / "pid.json").write_text(left)
    assert read_pid_file(folder / "pid.json") is None
