"""Opens files of strangers in a process of its own, with limits of memory, CPU, time and answer.

`run_limited` runs a module of ours, and gives it bytes on its standard input or a folder of files.
The module has a function `main`, which reads all of its input, opens it, and prints one answer. The
process limits itself before the module is imported (`libs.limited_child`), and confines itself
before it reads (`libs.confinement`). It has none of our environment. Whatever a file does to it,
the caller gets its answer or `ProcessEnded`. The answer is written by a process that opened a file
of a stranger, so the caller checks it.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from libs.limited_child import OVER_LIMIT_STATUS

_CHILD: Final = "libs.limited_child"
_CHECKOUT: Final = Path(__file__).parents[1]
_MIB: Final = 1024 * 1024
_READ_BYTES: Final = 64 * 1024
# Two are the kernel's for too much CPU; the others end a library that got no memory.
_SIGNALS_OF_LIMITS: Final = frozenset(
    -number
    for number in (
        signal.SIGXCPU,
        signal.SIGKILL,
        signal.SIGSEGV,
        signal.SIGBUS,
        signal.SIGABRT,
    )
)


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """The limits of a process that opens files.

    Args:
        memory_bytes: its address space.
        cpu_s: seconds of CPU.
        deadline_s: seconds altogether.
        answer_bytes: longest answer.
    """

    memory_bytes: int = 1024 * _MIB
    cpu_s: int = 20
    deadline_s: float = 40.0
    answer_bytes: int = _MIB


class ProcessEnded(Exception):
    """A process that opens files has given no answer.

    Args:
        by_limit: whether a limit ended it; else it was told to end (`was_told`), or has a defect.
        status: its exit status, or the number of a signal below zero; None if it was late or its
            answer was too long.
    """

    def __init__(self, *, by_limit: bool, status: int | None) -> None:
        super().__init__(f"by a limit: {by_limit}, status {status}")
        self.by_limit = by_limit
        self.status = status
        self.was_told = not by_limit and status is not None and status < 0


async def run_limited(
    module: str,
    *arguments: str,
    limits: ProcessLimits,
    standard_input: bytes = b"",
    folder: Path | None = None,
) -> bytes:
    """Run `main` of a module in a process of its own, and return its output.

    Args:
        module: its name.
        arguments: for its `main`.
        limits: of the process.
        standard_input: what it reads from its standard input.
        folder: the only one that it needs, also for temporary files.

    Raises:
        ProcessEnded: it was ended, or failed; nothing that it printed is used.
    """
    environment = {"OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    if folder is not None:
        environment["TMPDIR"] = str(folder)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _CHILD,
        str(os.getpid()),
        str(limits.memory_bytes),
        str(limits.cpu_s),
        str(folder or ""),
        module,
        *arguments,
        cwd=_CHECKOUT,
        env=environment,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        async with asyncio.timeout(limits.deadline_s):
            printed = await _answer(process, standard_input, limits.answer_bytes)
            status = await process.wait()
    except TimeoutError:
        raise ProcessEnded(by_limit=True, status=None) from None
    finally:
        await _end(process)
    if status:
        is_limit = status == OVER_LIMIT_STATUS or status in _SIGNALS_OF_LIMITS
        raise ProcessEnded(by_limit=is_limit, status=status)
    return printed


async def _answer(process: Process, standard_input: bytes, most_bytes: int) -> bytes:
    """Give a process its input, and read its output.

    Raises:
        ProcessEnded: it prints more than it may.
    """
    its_input, its_output = _pipes(process)
    with suppress(ConnectionError):  # it ended before it had read all
        its_input.write(standard_input)
        await its_input.drain()
    its_input.close()
    printed = bytearray()
    while piece := await its_output.read(_READ_BYTES):
        printed += piece
        if len(printed) > most_bytes:
            raise ProcessEnded(by_limit=True, status=None)
    return bytes(printed)


async def _end(process: Process) -> None:
    """End a process that may have ended, and read the rest of its output, which closes it."""
    with suppress(ProcessLookupError):
        process.kill()
    _, its_output = _pipes(process)
    while await its_output.read(_READ_BYTES):
        pass
    await process.wait()


def _pipes(process: Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    return cast(asyncio.StreamWriter, process.stdin), cast(asyncio.StreamReader, process.stdout)
