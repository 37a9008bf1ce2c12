"""`demo` on a running platform, which is a fake one: its output and exit status."""

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from tests.tools.fake_platform import fake_platform
from tools.commands.root import make_app
from tools.embedded.stack import FolderLock
from tools.supervision.state import State
from tools.supervision.supervisor import STATE_FILE


async def demo(folder: Path, *words: str, **faults: Any) -> Result:
    """Run the command; this event loop serves the fake platform."""
    async with fake_platform(**faults) as (fake, _):
        state = State(
            fake.url,
            portal="",
            desk="",
            sandbox=fake.url,
            kafka={"bootstrap": "", "pid": None, "security": None},
            postgres={"dsn": {}},
            services={},
        )
        state.write(folder / STATE_FILE)
        words = ("demo", "--folder", str(folder), "--applications", "3", "--rate", "100", *words)
        with ThreadPoolExecutor(1) as thread:
            return await asyncio.get_running_loop().run_in_executor(
                thread, lambda: CliRunner().invoke(make_app(), list(words))
            )


async def test_json_is_the_only_standard_output(tmp_path: Path) -> None:
    """Progress is on standard error; the status is 0 when all is well."""
    outcome = await demo(tmp_path, "--json")
    assert outcome.exit_code == 0, outcome.output
    (line,) = outcome.stdout.splitlines()
    found = json.loads(line)
    assert (found["applications"], found["accepted"], found["lost"]) == (3, 3, 0)
    assert found["duplicates"] == {"ministry": 0, "sms": 0}
    assert "using the running platform" in outcome.stderr


async def test_without_json_it_prints_table_trace_and_address(tmp_path: Path) -> None:
    """The address is that of the API's documentation."""
    outcome = await demo(tmp_path)
    assert outcome.exit_code == 0
    assert "decision delivered by SMS" in outcome.stdout
    assert "work of gateway" in outcome.stdout
    assert "/docs" in outcome.stdout


async def test_the_status_is_1_after_a_duplicate_or_a_loss(tmp_path: Path) -> None:
    """A second hand-over, a second SMS and a refused application."""
    for fault in ({"hand_overs": 2}, {"copies": 2}, {"refuses": True}):
        outcome = await demo(tmp_path, "--json", **fault)
        assert outcome.exit_code == 1, fault
        assert json.loads(outcome.stdout)["applications"] == 3


async def test_a_stale_state_file_is_ignored(tmp_path: Path) -> None:
    """After a killed `up` the demo starts a platform; here it finds the folder locked."""
    state = State("http://127.0.0.1:1", "", "", "http://127.0.0.1:1", {}, {}, {})
    lock = FolderLock(tmp_path)
    lock.acquire()
    state.write(tmp_path / STATE_FILE)
    words = ["demo", "--folder", str(tmp_path), "--json"]
    with ThreadPoolExecutor(1) as thread:
        outcome = await asyncio.get_running_loop().run_in_executor(
            thread, lambda: CliRunner().invoke(make_app(), words)
        )
    lock.release()
    assert outcome.exit_code == 1
    assert f"process {os.getpid()} already runs" in outcome.stderr
    assert outcome.stdout == ""
