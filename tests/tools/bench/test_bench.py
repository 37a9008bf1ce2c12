"""A short bench from end to end: a real platform, and the real textbook pipeline beside it."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.registry import SERVICES
from tests.load import textbook
from tools.bench.textbook import COMPONENTS, measure_textbook
from tools.supervision.state import State
from tools.supervision.supervisor import STATE_FILE, NotReady


async def test_a_quick_bench_finds_speed_cost_and_ratio_and_leaves_nothing(tmp_path: Path) -> None:
    """One JSON object; nothing lost or doubled by either pipeline; its data are gone afterwards."""
    options = ["-m", "services", "bench", "--quick", "--seconds", "1", "--stored", "500"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *options,
        *("--json", "--folder", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    found = json.loads(printed)
    assert found["stored"] == 500
    assert (found["lost"], found["duplicates"], found["refused"]) == (0, 0, 0)
    assert set(found["cpu_s_per_10k"]) == {*SERVICES, "kafka", "postgres", "load"}
    assert all(
        found["cpu_s_per_10k"][name] > 0 for name in ("gateway", "kafka", "postgres", "load")
    )
    assert all(mib > 10 for mib in found["rss_mb"].values())
    assert found["textbook"]["accepted"] >= 100
    assert set(found["textbook"]["cpu_s_per_10k"]) > {*COMPONENTS, "kafka", "postgres", "sandbox"}
    assert found["ratio_to_textbook"] > 0
    assert found["machine"]["cores"] >= 1
    assert not (tmp_path / "bench").exists()


def test_every_component_of_the_textbook_is_started() -> None:
    """Without one of them no application would come through."""
    assert set(COMPONENTS) == set(textbook.COMPONENTS)


async def test_a_textbook_that_does_not_start_is_reported_with_its_log(tmp_path: Path) -> None:
    """Here there are no brokers; the failure names the process and the log."""
    kafka: dict[str, Any] = {"bootstrap": "127.0.0.1:1", "pids": {}, "security": None}
    sandbox = {"sandbox": {"pid": None, "health": ""}}
    nowhere = State("", "http://127.0.0.1:1", kafka, {"pid": None, "dsn": {}}, sandbox)
    nowhere.write(tmp_path / STATE_FILE)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(NotReady, match=r"textbook-intake did not become ready.*server\.log"):
            await measure_textbook(tmp_path, http, nowhere, [], 1.0)
