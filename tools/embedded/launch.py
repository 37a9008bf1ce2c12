"""The launcher of a server: it writes the pid file, and then executes the server.

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
    """Write the pid file, change to the user of the server, and execute the server."""
    arguments = _arguments()
    if os.getppid() != arguments.owner:
        sys.exit(OWNER_IS_GONE)
    write_pid_file(
        arguments.pid_file, PidRecord(identity_of(os.getpid()), identity_of(arguments.owner))
    )
    os.chdir(arguments.folder)
    if arguments.user:
        _become(*arguments.user)
    if arguments.death_signal:
        _end_with_owner(arguments.death_signal, arguments.owner)
    os.execv(arguments.command[0], arguments.command)  # noqa: S606 -- no shell is the point


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
    """Set the signal that ends this process when its parent ends; Linux only."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.Signals(death_signal))
    if os.getppid() != owner:  # it ended before the call
        sys.exit(OWNER_IS_GONE)


if __name__ == "__main__":
    main()
