"""Processes apart from whoever measures them; the platform itself is in `test_bench.py`."""

from pathlib import Path

import pytest

from tools.bench.platform import running_apart, until_ready
from tools.embedded.ports import stable_ports
from tools.supervision.supervisor import NotReady


async def test_a_module_runs_until_the_end_and_no_longer(tmp_path: Path) -> None:
    """It is waited for until it answers, and is gone afterwards."""
    port = (await stable_ports(tmp_path / "ports.json", ["web"]))["web"]
    module = ["http.server", str(port), "--bind", "127.0.0.1"]
    async with running_apart("web", tmp_path, module) as process:
        await until_ready([f"http://127.0.0.1:{port}/"], process)
        assert process.is_running
    assert not process.is_running


async def test_one_that_ends_is_not_waited_for(tmp_path: Path) -> None:
    """The failure names the log, which says why."""
    async with running_apart("nothing", tmp_path, ["no.such.module"]) as process:
        with pytest.raises(NotReady, match=r"server\.log"):
            await until_ready(["http://127.0.0.1:1/"], process)
    assert "no.such" in process.log_path.read_text()
