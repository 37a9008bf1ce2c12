"""The process that opens files of strangers: what it may use, and what becomes of more."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.errors import Refused
from services.documents.processing.processor import ProcessLimits, Processor, workplace
from services.documents.processing.rules import Processed
from tests.services.documents import files

MIB = 1024 * 1024
_LIMITED = "from services.documents.processing.worker import limit_itself; limit_itself({}); "


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def processed(limits: ProcessLimits, scratch: Path) -> Processed:
    """Process a small photo within limits."""
    async with workplace(scratch) as place:
        await place.add(0, pieces(files.jpeg()))
        return await Processor(limits, at_once=1, wait_s=10.0).process(place)


def names_in(folder: Path) -> list[str]:
    """What is in a folder."""
    return [each.name for each in folder.iterdir()]


@pytest.mark.parametrize(
    "limits", [ProcessLimits(memory_bytes=64 * MIB), ProcessLimits(deadline_s=0.001)]
)
async def test_a_file_that_takes_too_much_is_refused(limits: ProcessLimits, tmp_path: Path) -> None:
    """Memory or time: its process is ended, its folder deleted, and the next one is well."""
    with pytest.raises(Refused, match="document_too_demanding"):
        await processed(limits, tmp_path)
    assert names_in(tmp_path) == []
    assert (await processed(ProcessLimits(), tmp_path)).media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("code", "ends_with"),
    [
        ("bytes(300 * 2**20)", b"MemoryError"),
        ("open('large', 'wb').truncate(257 * 2**20)", b"File too large"),
        ("[open('/dev/null') for _ in range(64)]", b"Too many open files"),
    ],
)
async def test_the_kernel_holds_a_process_to_its_limits(
    code: str, ends_with: bytes, tmp_path: Path
) -> None:
    """Memory, the size of files, and how many are open."""
    status, said = await run(_LIMITED.format(f"{256 * MIB}, 5") + code, tmp_path)
    assert status == 1
    assert ends_with in said.splitlines()[-1]


async def test_the_kernel_ends_a_process_that_computes_too_long(tmp_path: Path) -> None:
    """After its seconds of CPU."""
    code = "import time; exec('while time.process_time() < 9: pass')"
    status, _ = await run(_LIMITED.format(f"{256 * MIB}, 1") + code, tmp_path)
    assert status in {-signal.SIGXCPU, -signal.SIGKILL}


async def run(code: str, folder: Path) -> tuple[int | None, bytes]:
    """Run a program; return its status, and what it says last."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        cwd=folder,
        env={"PYTHONPATH": str(Path.cwd())},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    return process.returncode, said
