import os
import subprocess
import sys
from pathlib import Path

from tools.embedded.launch import OWNER_IS_GONE
from tools.embedded.processes import read_pid_file

CHECKOUT = Path(__file__).parents[3]


def launched(folder: Path, owner: int, *command: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-S", "-m", "tools.embedded.launch", "--folder", str(folder)]
    words += ["--pid-file", str(folder / "pid.json"), "--owner", str(owner), "--", *command]
    return subprocess.run(  # noqa: S603 -- our own words
        words, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )


def test_the_pid_file_is_written_before_the_server_runs(folder: Path) -> None:
    """It has the pids of the server and its owner."""
    told = launched(folder, os.getpid(), "/bin/sh", "-c", "echo $$; pwd")
    pid, working_folder = told.stdout.split()
    record = read_pid_file(folder / "pid.json")
    assert record is not None
    assert record.server.pid == int(pid)
    assert record.owner.pid == os.getpid()
    assert working_folder == str(folder)


def test_nothing_is_launched_after_the_end_of_the_owner(folder: Path) -> None:
    """A server whose owner was killed meanwhile does not start."""
    told = launched(folder, 1, "/bin/echo", "up")
    assert told.returncode == OWNER_IS_GONE
    assert told.stdout == ""
