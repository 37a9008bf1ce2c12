import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]

# Runs the loop beside the main thread: there no death signal is set, as where the system has none.
OWNER = """
import asyncio, threading
from pathlib import Path
from {module} import {server}

async def own():
    server = {server}(Path({folder!r}))
    await server.start()
    print(server.pid, flush=True)
    await asyncio.sleep(60)

beside = threading.Thread(target=lambda: asyncio.run(own()))
beside.start()
beside.join()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of this test run, removed afterwards."""
    made = Path(tempfile.mkdtemp(prefix="nagorik-embedded-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    """The same for all tests of a file."""
    made = Path(tempfile.mkdtemp(prefix="nagorik-embedded-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def pid_left_by_killed_owner(module: str, server: str, folder: Path) -> int:
    """Start a server from another process, kill that process, and return the server's pid."""
    script = OWNER.format(module=module, server=server, folder=str(folder))
    with subprocess.Popen(  # noqa: S603 -- our own words
        [sys.executable, "-c", script], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        line = owner.stdout.readline()
        while not line.strip().isdecimal():
            assert line, "the owner ended without a server"
            line = owner.stdout.readline()
        owner.kill()
    return int(line)
