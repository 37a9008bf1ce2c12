import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.processes import Identity, has_ended, identity_of
from tools.embedded.server import ServerProcess

CHECKOUT = Path(__file__).parents[3]
OWNER = """
import signal, sys, time
from pathlib import Path
from tools.embedded.server import ServerProcess
server = ServerProcess("sleep", Path(sys.argv[1]), end_signal=signal.SIGTERM)
server.launch(["/bin/sleep", "60"])
while not server.pid_path.exists():
    time.sleep(0.01)
time.sleep(0.2)
print(server.pid, flush=True)
time.sleep(60)
"""


def sleep_server(folder: Path) -> ServerProcess:
    return ServerProcess("sleep", folder, end_signal=signal.SIGTERM)


async def test_launched_server_runs_until_it_is_ended(folder: Path) -> None:
    """At the end the process and its pid file are gone."""
    server = sleep_server(folder)
    server.launch(["/bin/sleep", "60"])
    assert server.is_running
    await server.end(grace_s=5)
    assert server.pid is None
    assert not server.pid_path.exists()


async def test_output_is_kept_for_two_launches(folder: Path) -> None:
    """The log of the previous launch is kept."""
    server = sleep_server(folder)
    for word in ("first", "second"):
        server.launch(["/bin/echo", word])
        assert await server.wait(timeout_s=5) == 0
    assert server.log_path.read_text() == "second\n"
    assert server.log_path.with_suffix(".log.old").read_text() == "first\n"


async def test_server_that_takes_too_long_is_killed(folder: Path) -> None:
    """`wait` kills it after its timeout."""
    server = sleep_server(folder)
    server.launch(["/bin/sleep", "60"])
    assert await server.wait(timeout_s=0.1) is None
    assert not server.is_running


async def test_kill_ends_child_processes(folder: Path) -> None:
    """Children of a killed server end, too."""
    server = sleep_server(folder)
    server.launch(["/bin/sh", "-c", "sleep 60 & echo $!; wait"])
    while not server.log_path.read_text().endswith("\n"):
        await asyncio.sleep(0.01)
    helper = identity_of(int(server.log_path.read_text()))
    server.kill()
    assert await has_ended(helper, deadline_s=5)


async def test_server_of_a_living_owner_is_refused(folder: Path) -> None:
    """A folder in use is refused."""
    server = sleep_server(folder)
    server.launch(["/bin/sleep", "60"])
    while not server.pid_path.exists():
        await asyncio.sleep(0.01)
    with pytest.raises(EmbeddedStackFailed, match="already runs"):
        await sleep_server(folder).end_stale()
    server.kill()


def server_of_killed_owner(folder: Path) -> Identity:
    command = [sys.executable, "-c", OWNER, str(folder)]
    with subprocess.Popen(  # noqa: S603 -- our own words
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        server = identity_of(int(owner.stdout.readline()))
        owner.kill()
    return server


@pytest.mark.skipif(sys.platform != "linux", reason="the system gives no death signal")
async def test_server_ends_with_a_killed_owner(folder: Path) -> None:
    """On Linux, the system ends it."""
    assert await has_ended(server_of_killed_owner(folder), deadline_s=5)
