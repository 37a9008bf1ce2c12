"""A family of real processes: found as it is, and signalled member by member."""

import os
import signal

from tools.chaos.processes import family_of, signal_all

from tests.tools.chaos.children import child, ended, until_still
from tools.embedded.processes import identity_of

PARENT = (
    "import subprocess; "
    "child = subprocess.Popen(['/bin/sleep', '600'], stdout=subprocess.DEVNULL); "
    "print(child.pid, flush=True); child.wait()"
)


async def test_a_family_is_a_process_and_its_children() -> None:
    """PostgreSQL works in children: to stand still they all have to, and to go on."""
    with child(PARENT) as (parent, line):
        family = family_of(parent.pid)
        pids = [member.pid for member in family]
        assert [str(pid) for pid in pids] == [str(parent.pid), line]
        signal_all(family, signal.SIGSTOP)
        await until_still(*pids)
        signal_all(family, signal.SIGCONT)
        await until_still(*pids, still=False)
        signal_all(family[1:], signal.SIGKILL)
        assert await ended(parent) == 0


async def test_who_is_gone_is_no_family_and_is_not_signalled() -> None:
    """A number may be given to somebody else meanwhile."""
    with child() as (process, _):
        family = family_of(process.pid)
        process.kill()
        assert await ended(process) == -signal.SIGKILL
    assert family_of(process.pid) == []
    signal_all(family, signal.SIGKILL)  # and nobody complains


def test_a_number_that_was_given_anew_is_left_alone() -> None:
    """Here it is our own; whoever started at another time is not meant."""
    me = identity_of(os.getpid())
    signal_all([type(me)(me.pid, "another time")], signal.SIGKILL)
