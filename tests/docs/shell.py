"""Runs the commands of a page of documentation."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]


async def shell(script: str, folder: Path, **environment: str) -> str:
    """Run commands in a shell that stops at the first failure; return what they print."""
    own = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}  # noqa: TID251
    more = {"PYTHONPATH": str(CHECKOUT), "HOME": str(Path.home()), **environment}
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script,
        cwd=folder, env=own | more,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
