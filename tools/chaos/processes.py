"""Signals to whole families of processes: PostgreSQL works in children that stop separately."""

from contextlib import suppress
from signal import Signals

import psutil

from tools.embedded.processes import Identity, identity_of, send_signal


def family_of(pid: int) -> list[Identity]:
    """A process and its children, as they are now; empty when it is gone."""
    found: list[Identity] = []
    for each in (pid, *_children_of(pid)):
        with suppress(ProcessLookupError):
            found.append(identity_of(each))
    return found


def signal_all(family: list[Identity], number: Signals) -> None:
    """Signal those of a family that still run; who was given a number anew is left alone."""
    for member in family:
        send_signal(member, number)


def _children_of(pid: int) -> list[int]:
    with suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children()]
    return []
