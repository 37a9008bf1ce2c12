"""A short bench from end to end: a real platform, and the real textbook pipeline beside it."""

import asyncio
import json
import sys
from pathlib import Path

from tools.bench.baseline import PARTS

from services.registry import SERVICES


async def test_a_quick_bench_finds_speed_cost_and_ratio_and_leaves_nothing(tmp_path: Path) -> None:
    """One JSON object; nothing lost or doubled by either pipeline; its data are gone afterwards."""
    words = ["-m", "services", "bench", "--quick", "--seconds", "1", "--stored", "500"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        *("--json", "--folder", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    told = json.loads(printed)
    assert (told["stored"], told["lost"], told["duplicates"], told["refused"]) == (500, 0, 0, 0)
    assert set(told["cpu_s_per_10k"]) == {*SERVICES, "kafka", "postgres", "load"}
    assert all(told["cpu_s_per_10k"][name] > 0 for name in ("gateway", "kafka", "postgres", "load"))
    assert all(mib > 10 for mib in told["rss_mb"].values())
    assert told["textbook"]["accepted"] >= 100
    assert set(told["textbook"]["cpu_s_per_10k"]) > {*PARTS, "kafka", "postgres", "sandbox"}
    assert told["ratio_to_textbook"] > 0
    assert told["machine"]["cores"] >= 1
    assert not (tmp_path / "bench").exists()
