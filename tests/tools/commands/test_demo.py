"""`demo` beside a running platform, here a fake one: what it prints, and its exit status."""

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
    """Run the command beside this loop, which plays the platform."""
    async with fake_platform(**faults) as (fake, _):
        state = State(fake.url, fake.url, {"bootstrap": "", "pid": None}, {}, {})
        state.write(folder / STATE_FILE)
        words = ("demo", "--folder", str(folder), "--applications", "3", "--rate", "100", *words)
        with ThreadPoolExecutor(1) as thread:
            return await asyncio.get_running_loop().run_in_executor(
                thread, lambda: CliRunner().invoke(make_app(), list(words))
            )


async def test_json_is_one_object_last_and_alone_on_standard_output(tmp_path: Path) -> None:
    """Programs read standard output; progress is on standard error; status 0 when all is well."""
    outcome = await demo(tmp_path, "--json")
    assert outcome.exit_code == 0, outcome.output
    (line,) = outcome.stdout.splitlines()
    found = json.loads(line)
    assert (found["applications"], found["accepted"], found["lost"]) == (3, 3, 0)
    assert found["duplicates"] == {"ministry": 0, "sms": 0}
    assert "using the running platform" in outcome.stderr


async def test_people_see_the_table_the_trace_and_the_address(tmp_path: Path) -> None:
    """Without `--json` it ends with what a person wants to see."""
    outcome = await demo(tmp_path)
    assert outcome.exit_code == 0
    assert "decision delivered by SMS" in outcome.stdout
    assert "work of gateway" in outcome.stdout
    assert "/docs" in outcome.stdout


async def test_the_status_says_when_something_is_doubled_or_missing(tmp_path: Path) -> None:
    """A doubled hand-over, a doubled SMS and a refused application each end with status 1."""
    for fault in ({"hand_overs": 2}, {"copies": 2}, {"refuses": True}):
        outcome = await demo(tmp_path, "--json", **fault)
        assert outcome.exit_code == 1, fault
        assert json.loads(outcome.stdout)["applications"] == 3


async def test_beside_a_state_that_nobody_answers_for_it_starts_its_own(tmp_path: Path) -> None:
    """A state left by a killed `up` is no running platform; here the start meets a taken folder."""
    state = State("http://127.0.0.1:1", "http://127.0.0.1:1", {}, {}, {})
    lock = FolderLock(tmp_path)
    lock.take()
    state.write(tmp_path / STATE_FILE)
    words = ["demo", "--folder", str(tmp_path), "--json"]
    with ThreadPoolExecutor(1) as thread:
        outcome = await asyncio.get_running_loop().run_in_executor(
            thread, lambda: CliRunner().invoke(make_app(), words)
        )
    lock.give_back()
    assert outcome.exit_code == 1
    assert f"process {os.getpid()} already runs" in outcome.stderr
    assert outcome.stdout == ""
