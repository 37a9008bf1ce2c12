"""The first moment of a server's process: it writes its own pid file, then becomes the server.

A pid file that the parent writes is missing when the parent is killed in between, and the
server then runs on unknown. Standard library only, so that it takes a few milliseconds.
"""

import argparse
import ctypes
import os
import signal
import sys
from pathlib import Path

from tools.embedded.processes import PidRecord, identity_of, write_pid_file

PR_SET_PDEATHSIG = 1
OWNER_IS_GONE = 75


def main() -> None:
    """Write the pid file, give up root if told to, and turn into the server."""
    told = _arguments()
    if os.getppid() != told.owner:
        sys.exit(OWNER_IS_GONE)
    write_pid_file(told.pid_file, PidRecord(identity_of(os.getpid()), identity_of(told.owner)))
    os.chdir(told.folder)
    if told.user:
        _become(*told.user)
    if told.death_signal:
        _end_with_owner(told.death_signal, told.owner)
    os.execv(told.command[0], told.command)  # noqa: S606 -- no shell is the point


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pid-file", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--owner", type=int, required=True)
    parser.add_argument("--death-signal", type=int, default=0)
    parser.add_argument("--user", type=int, nargs=2, default=None)
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def _become(user_id: int, group_id: int) -> None:
    os.setgroups([])
    os.setgid(group_id)
    os.setuid(user_id)


def _end_with_owner(death_signal: int, owner: int) -> None:
    """Have the system end this process when its parent ends; Linux only."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.Signals(death_signal))
    if os.getppid() != owner:  # it ended before we asked
        sys.exit(OWNER_IS_GONE)


if __name__ == "__main__":
    main()
