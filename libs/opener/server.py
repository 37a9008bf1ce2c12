"""The opener's server: opens files of strangers in confined processes, for one other user.

`python -m services opener SERVICE SOCKET FOLDER [USER_ID]` runs it. It takes connections of the
service's user only, and runs the modules that the registry names for the service, with the limits
that the service asks for. It imports little and keeps nothing: a file lies in a folder of its own
while it is opened. A service that goes away ends its file's process.
"""

import asyncio
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast

from libs.confinement import close_network, hide_itself
from libs.limited_process import ProcessEnded, ProcessLimits, run_limited
from libs.opener.messages import (
    ATTEMPTS,
    LONGEST_LINE_BYTES,
    reachable,
    read_line,
    read_part,
    send,
    user_of,
)

_MOST_BYTES: Final = 1024 * 1024 * 1024  # 40 files of 20 MB, the most of one paper, are fewer
_MOST_PARTS: Final = 64
_AT_ONCE: Final = 16
_TRANSFER_S: Final = 60.0
_DRAIN_S: Final = 10.0
_NO_SUCH_MODULE: Final = 2


class Opener:
    """Opens files, for one user.

    Args:
        modules: what it may run.
        folder: where files lie while they are opened; what is left there is deleted.
        user_id: who may connect.
    """

    def __init__(self, modules: Collection[str], folder: Path, user_id: int) -> None:
        self._modules = modules
        self._folder = folder
        self._user_id = user_id
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, address: Path) -> None:
        """Serve on a Unix socket until SIGTERM or SIGINT; then finish the files that are open."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        os.umask(0o077)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        os.umask(0o117)  # user and group of the socket may connect
        with reachable(address) as short:
            server = await asyncio.start_unix_server(self._take, short, limit=LONGEST_LINE_BYTES)
        os.umask(0o077)
        close_network()
        _say("started", user_id=os.getuid(), serves=self._user_id)
        await stop.wait()
        server.close()
        if self._running:
            await asyncio.wait(self._running, timeout=_DRAIN_S)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._running.add(task)
        try:
            caller = user_of(writer)
            if caller != self._user_id:
                if caller != os.getuid():  # its own is the probe
                    _say("caller refused", user_id=caller)
                return
            async with self._places:
                with _empty(self._folder) as folder:
                    await self._open(reader, writer, folder)
        except (OSError, EOFError, TimeoutError) as failure:
            _say("not answered", reason=type(failure).__name__)
        except (ValueError, KeyError, TypeError) as failure:
            _say("message refused", reason=type(failure).__name__)
        finally:
            writer.close()
            self._running.discard(task)

    async def _open(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, folder: Path
    ) -> None:
        ended: Mapping[str, object] | None = None
        made: list[tuple[str, bytes | Path]] = []
        try:
            async with asyncio.timeout(_TRANSFER_S):
                request, standard_input = await self._read(reader, folder)
            made.append(("", await _run(request, standard_input, folder, reader)))
            files = [(name, folder / name) for name in request["wanted"]]
            made += [(name, path) for name, path in files if _is_file(path)]
        except ProcessEnded as failure:
            ended = {"by_limit": failure.by_limit, "status": failure.status}
        async with asyncio.timeout(_TRANSFER_S):
            await send(writer, {"ended": ended}, made)

    async def _read(
        self, reader: asyncio.StreamReader, folder: Path
    ) -> tuple[Mapping[str, Any], bytes]:
        """Read a request, its files into the folder; return it, and the input of its process.

        Raises:
            ProcessEnded: it is too large, or for a module that is not run here.
            EOFError: the caller has gone.
            ValueError: it is malformed; also KeyError and TypeError.
        """
        request: Mapping[str, Any] = json.loads(await read_line(reader))
        parts: list[tuple[str, int]] = request["parts"]
        if request["module"] not in self._modules:
            _say("module refused")
            raise ProcessEnded(by_limit=False, status=_NO_SUCH_MODULE)
        if len(parts) > _MOST_PARTS or sum(size for _, size in parts) > _MOST_BYTES:
            raise ProcessEnded(by_limit=True, status=None)
        standard_input = BytesIO()
        for name, size_bytes in parts:
            if not name:
                await read_part(reader, size_bytes, standard_input)
                continue
            with (folder / Path(name).name).open("wb") as file:
                await read_part(reader, size_bytes, file)
        return request, standard_input.getvalue()


async def _run(
    request: Mapping[str, Any], standard_input: bytes, folder: Path, reader: asyncio.StreamReader
) -> bytes:
    """Run the module; end it when the caller goes away.

    Raises:
        ProcessEnded: as of `run_limited`.
        EOFError: the caller has gone.
        OSError: no process can be started.
    """
    own = folder if request["uses_folder"] else None
    arguments = [*([str(own)] if own else []), *request["arguments"]]
    limits = ProcessLimits(**request["limits"])
    try:
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(_until_gone(reader))
            printed = await run_limited(
                request["module"],
                *arguments,
                limits=limits,
                standard_input=standard_input,
                folder=own,
            )
            watch.cancel()
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return printed


async def _until_gone(reader: asyncio.StreamReader) -> None:
    """Wait until the caller sends an end, or anything more.

    Raises:
        EOFError: it has.
    """
    with suppress(OSError):
        await reader.read(1)
    raise EOFError


@contextmanager
def _empty(files: Path) -> Iterator[Path]:
    """Make a folder for one request, which nothing lies beside, and delete it at the end."""
    with tempfile.TemporaryDirectory(dir=files) as scratch:
        folder = Path(scratch) / "own"
        folder.mkdir()
        yield folder


def _is_file(path: Path) -> bool:
    """Whether the child has made a file; a link does not count."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _say(event: str, **fields: object) -> None:
    sys.stderr.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stderr.flush()


def main(module: str, address: str, folder: str, user_id: str | None = None) -> None:
    """Run an opener until SIGTERM.

    Args:
        module: what it runs, besides the attempts.
        address: path of its socket.
        folder: where files lie while they are opened.
        user_id: who may connect; by default the user that it runs as.
    """
    hide_itself()
    caller = os.getuid()
    if user_id is not None:
        caller = int(user_id)  # house: ascii-digits (of an operator)
    asyncio.run(Opener({module, ATTEMPTS}, Path(folder), caller).run(Path(address)))
