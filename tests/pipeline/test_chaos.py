"""A short run of the chaos command: the real platform, supervised, broken while citizens apply."""

import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools.chaos.schedule import plan_faults
from tools.embedded.server import CHECKOUT

MINUTES, SEED = 0.5, 1


async def chaos(folder: Path) -> tuple[int | None, str, str]:
    """Run the command in its own process: exit status, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services", "chaos", "--json"),
        *("--minutes", str(MINUTES), "--seed", str(SEED), "--load", "4", "--folder", str(folder)),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, log = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    return process.returncode, output.decode(), log.decode()


async def test_nothing_is_lost_or_doubled_while_everything_is_broken() -> None:
    """Promises 1 to 5 in half a minute of faults; the whole is `make chaos`."""
    folder = Path(tempfile.mkdtemp(prefix="nagorik-chaos-"))
    status, output, log = await chaos(folder)
    shutil.rmtree(folder, ignore_errors=True)
    assert status == 0, log
    (line,) = output.splitlines()
    found: dict[str, Any] = json.loads(line)
    assert (found.pop("seed"), found.pop("load_per_s") > 0, found.pop("accepted") > 0) == (
        SEED,
        True,
        True,
    )
    planned = {fault.name for fault in plan_faults(SEED, minutes=MINUTES)}
    assert set(found.pop("faults")) == planned
    assert set(found.pop("recovery_s")) == {"p50", "max"}
    assert found == {
        "lost": 0,
        "duplicates": {"ministry": 0, "sms": 0, "effects": 0},
        "out_of_order": 0,
        "stuck": 0,
        "unexplained_dead_letters": 0,
    }
