"""Runs `python -m services …` for a page's shell, in forks of one process.

A page has some thirty commands; each would import for a second to run for a tenth of one.
`python -m tests.docs.commands <socket's file descriptor>` is that process.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from shlex import quote
from typing import Final

from libs.bangladesh.text import parse_int
from services.__main__ import main
from tests.docs.shell import CHECKOUT

_LARGEST_MESSAGE: Final = 2**17
_IMPORTED: Final = (  # each fork imports what it needs beside them
    "tools.commands.adapters",
    "tools.adapter_checks.files",
    "services.ministries.connections.commands",
    "services.ministries.exchanges.commands",
    "services.catalogue.conformance.commands",
    "services.catalogue.public_services.commands",
)
# A first line that names an interpreter cannot have a blank in the name.
_PYTHON: Final = """\
#!/bin/sh
exec {python} -SE {asking} "$@"
"""
_ASKING: Final = """\
import json, os, socket, sys
words = sys.argv[1:]
if words[:2] != ["-m", "services"]:
    os.execv(sys.executable, [sys.executable, *words])
served = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
served.connect("{address}")
asked = json.dumps([words[2:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(served, [asked], [0, 1, 2])
sys.exit((served.recv(1) or b"\\x01")[0])
"""


@asynccontextmanager
async def forked_commands() -> AsyncIterator[str]:
    """Yield a PATH whose `python` has commands of ours run in forks."""
    folder = Path(tempfile.mkdtemp(prefix="nagorik-commands-"))  # a socket's path must be short
    address, asking, python = folder / "socket", folder / "asking.py", folder / "python"
    asking.write_text(_ASKING.format(address=address))
    python.write_text(_PYTHON.format(python=quote(sys.executable), asking=asking))
    python.chmod(0o755)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(address))
        listening.listen()
        descriptor = listening.fileno()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.docs.commands", str(descriptor)),
            cwd=CHECKOUT,
            pass_fds=[descriptor],
        )
    try:
        yield f"{folder}:{os.environ['PATH']}"  # noqa: TID251
    finally:
        process.kill()
        await process.wait()
        shutil.rmtree(folder)


def _serve(descriptor: int) -> None:
    for name in _IMPORTED:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as listening:
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os._exit(_run(connection))
            connection.close()


def _run(connection: socket.socket) -> int:
    """Run a command with the arguments, folder, environment and files of who asks for it."""
    asked, files, _, _ = socket.recv_fds(connection, _LARGEST_MESSAGE, 3)
    words, folder, environment = json.loads(asked)
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.chdir(folder)
    os.environ.clear()  # noqa: TID251  # this process is a command's, started from a shell
    os.environ.update(environment)  # noqa: TID251
    sys.argv = ["services", *words]
    status = 1
    try:
        main(words)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # as an interpreter does
        traceback.print_exc()
    else:
        status = 0
    sys.stdout.flush()
    sys.stderr.flush()
    connection.send(bytes([status]))
    return status


if __name__ == "__main__":
    _serve(parse_int(sys.argv[1]))


_PAGE = CHECKOUT / "docs" / "integrating.md"


_BLOCKS = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def commands(heading: str, until_heading: str | None = None) -> str:
    """The commands of a part of the page."""
    page = _PAGE.read_text(encoding="utf-8")
    part = page[page.index(heading) :]
    if until_heading is not None:
        part = part[: part.index(until_heading)]
    return "\n".join(_BLOCKS.findall(part))
