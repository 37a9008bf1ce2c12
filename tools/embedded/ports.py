import asyncio
import json
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.files import write_whole

HOST = "127.0.0.1"

# Below the range from which the system takes ports for outgoing connections (32768 on Linux):
# there, while a server is down, a client that keeps trying its port could be given that very
# port as its own, connect to itself and keep the server from coming back.
LOWEST_PORT = 20_000
HIGHEST_PORT = 32_000
TRIES = 200
# Two processes that choose a port before a server listens there must not choose the same one. A
# note of every chosen port counts for as long as a server may need to start.
STARTS_WITHIN_S = 300.0

RELEASE_WAIT_S = 2.0
POLL_S = 0.05


async def stable_ports(
    path: Path, names: Iterable[str], *, wait_s: float = RELEASE_WAIT_S
) -> dict[str, int]:
    """Return a port for every name: the one of the last start, or a free one.

    Args:
        path: the file that remembers the ports of a folder.
        names: the listeners, such as "broker" and "controller".
        wait_s: seconds to wait for a port it had before: a server that was just killed
            may hold it for a moment yet.
    """
    before = remembered_ports(path)
    ports: dict[str, int] = {}
    for name in names:
        port = before.get(name)
        if port is None or port in ports.values() or not await _becomes_free(port, wait_s):
            port = free_port(ports.values())
        ports[name] = port
    if ports != before:
        write_whole(path, json.dumps(ports))
    return ports


def is_free(port: int) -> bool:
    """Return whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def remembered_ports(path: Path) -> dict[str, int]:
    """Return the ports of the last start by name, also if others listen there now."""
    ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    return ports


async def _becomes_free(port: int, wait_s: float) -> bool:
    until = time.monotonic() + wait_s
    while not is_free(port):
        if time.monotonic() >= until:
            return False
        await asyncio.sleep(POLL_S)
    return True


def free_port(
    chosen: Iterable[int] = (), *, among: Sequence[int] = range(LOWEST_PORT, HIGHEST_PORT)
) -> int:
    """Return a port where nothing listens, and that no outgoing connection is given.

    It is given to nobody else on this machine within five minutes.

    Args:
        chosen: ports that are not returned.
        among: the ports to choose from.

    Raises:
        EmbeddedStackFailed: none is found.
    """
    taken = set(chosen)
    for _ in range(TRIES):
        port = secrets.choice(among)
        if port not in taken and is_free(port) and _take(port):
            return port
    raise EmbeddedStackFailed(
        f"no free port from {among[0]} to {among[-1]} in {TRIES} tries",
        remedy="stop programs that listen there",
    )


def _take(port: int) -> bool:
    """Note that a port is taken; return False if it was taken within the last five minutes."""
    note = note_of(port)
    note.parent.mkdir(exist_ok=True)
    try:
        if time.time() - note.stat().st_mtime < STARTS_WITHIN_S:
            return False
        note.unlink(missing_ok=True)
    except FileNotFoundError:
        pass  # nobody has chosen it before
    try:
        note.touch(exist_ok=False)
    except FileExistsError:
        return False  # another process was quicker
    return True


def note_of(port: int) -> Path:
    """The file whose age says when a port was chosen last, by any process of this user."""
    return Path(tempfile.gettempdir()) / f"nagorik-ports-{os.getuid()}" / str(port)
