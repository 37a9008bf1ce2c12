"""A process for files of strangers: what it may use, and what becomes of more."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from libs.limited_process import ProcessEnded, ProcessLimits, run_limited
from tests.waiting import PATIENCE_S, until

MIB = 1024 * 1024
LIMITS = ProcessLimits(memory_bytes=256 * MIB, cpu_s=1, deadline_s=20.0, answer_bytes=100)
NOT_SAID = "try:\n {}\nexcept OSError as failure:\n print(failure.strerror)"


async def run(
    code: str, limits: ProcessLimits = LIMITS, given: bytes = b"", folder: Path | None = None
) -> str:
    printed = await run_limited(
        "tests.libs.limited_main", code, limits=limits, standard_input=given, folder=folder
    )
    return printed.decode()


async def test_it_gets_an_input_and_gives_an_answer() -> None:
    """The input is bytes, also many; nothing of our environment is there."""
    code = "import os, sys; print(len(sys.stdin.buffer.read()), {'PATH', 'HOME'} & {*os.environ})"
    assert await run(code, given=bytes(20 * MIB)) == f"{20 * MIB} set()\n"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("open('large', 'wb').truncate(257 * 2**20)", "File too large"),
        ("[open('small', 'wb') for _ in range(64)]", "Too many open files"),
    ],
)
async def test_files_have_a_largest_size_and_number(code: str, reason: str, tmp_path: Path) -> None:
    """The kernel holds the process to it."""
    in_folder = f"import os; os.chdir({str(tmp_path)!r})\n" + NOT_SAID.format(code)
    assert await run(in_folder, folder=tmp_path) == f"{reason}\n"


@pytest.mark.parametrize(
    "code",
    [
        "bytes(300 * 2**20)",
        "while True: pass",
        "print('x' * 200)",
        "import sys; print('x' * 10**7); sys.stdin.read()",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    ],
)
async def test_what_takes_too_much_is_ended_by_a_limit(code: str) -> None:
    """Memory, CPU, a long answer; and a library that fails without memory."""
    with pytest.raises(ProcessEnded) as ended:
        await run(code)
    assert ended.value.by_limit


async def test_it_is_ended_when_its_time_is_over() -> None:
    """One that waits uses no CPU."""
    limits = ProcessLimits(deadline_s=0.5)
    with pytest.raises(ProcessEnded) as ended:
        await run("import time; time.sleep(60)", limits)
    assert ended.value.by_limit


@pytest.mark.parametrize(
    ("code", "was_told"),
    [("1 / 0", False), ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", True)],
)
async def test_a_defect_or_the_end_of_all_is_no_limit(code: str, was_told: bool) -> None:
    """The file is not to blame."""
    with pytest.raises(ProcessEnded) as ended:
        await run(code)
    assert (ended.value.by_limit, ended.value.was_told) == (False, was_told)


async def test_it_ends_with_its_caller(tmp_path: Path) -> None:
    """A caller that is cancelled leaves no process behind."""
    there = tmp_path / "pid"
    code = f"import os, time; open({str(there)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        task = tasks.create_task(run(code, folder=tmp_path))
        await until(lambda: there.exists() and there.read_text())
        task.cancel()
    with pytest.raises(ProcessLookupError):
        os.kill(int(there.read_text()), signal.SIGCONT)
