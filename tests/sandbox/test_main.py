"""The whole sandbox, killed by SIGKILL."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from libs.ids import new_id
from tests.sandbox.running import Platform, Sandbox, reachable, until_ledger
from tests.waiting import until
from tools.embedded.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def in_a_process(folder: Path, port: int) -> AsyncIterator[tuple[Process, Sandbox]]:
    """Run a sandbox in a process of its own, and kill it at the end."""
    arguments = ("-m", "tests.sandbox.killed", str(folder), str(port))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        async with aiohttp.ClientSession() as http:
            running = Sandbox(f"http://127.0.0.1:{port}", http)
            await reachable(running)
            yield process, running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_kill_loses_no_acknowledged_row(tmp_path: Path, side: Platform) -> None:
    """Every hand-over with a response before the kill is in the ledger exactly once."""
    port, acknowledged = free_port(), dict[str, str]()

    async def hand_over_until_killed(running: Sandbox) -> None:
        while True:
            key = str(new_id())
            try:
                status, reply = await running.hand_over(side, key=key, application_id=key)
            except aiohttp.ClientError:
                return
            assert status == 200
            acknowledged[key] = reply["case_file_number"]

    async with in_a_process(tmp_path, port) as (process, running), asyncio.TaskGroup() as tasks:
        for _ in range(16):
            tasks.create_task(hand_over_until_killed(running))
        await until(lambda: len(acknowledged) >= 300)
        process.kill()

    async with in_a_process(tmp_path, port) as (_, running):
        rows = await running.ledger("submissions?limit=10000")
        keys = [row["idempotency_key"] for row in rows]
        assert set(acknowledged) <= set(keys)
        assert len(keys) == len(set(keys))
        some_key = next(iter(acknowledged))
        _, reply = await running.hand_over(side, key=some_key, application_id=some_key)
        assert reply["case_file_number"] == acknowledged[some_key]


async def test_callbacks_are_sent_after_a_kill(tmp_path: Path, side: Platform) -> None:
    """The next process sends open decisions and reports at once."""
    port = free_port()
    side.slow_s = 60.0
    async with in_a_process(tmp_path, port) as (process, running):
        await running.behave("cabinet", mode="callback")
        await running.hand_over(side)
        await running.send(side)
        await until(lambda: len(side.calls) >= 2)
        process.kill()
        await process.wait()
    first_ids = {headers["webhook-id"] for headers, _ in side.calls}
    side.calls.clear()
    side.slow_s = 0.0
    async with in_a_process(tmp_path, port) as (_, running):
        await until(lambda: len(side.calls) >= 2)
        assert {headers["webhook-id"] for headers, _ in side.calls} == first_ids
        assert len(await running.ledger("decisions")) == 1
        await until_ledger(running, "messages", lambda rows: rows[0]["reported_at"])


async def test_faults_and_behaviours_survive_a_kill(tmp_path: Path, side: Platform) -> None:
    """They apply after a restart; an outage lasts until its end."""
    port = free_port()
    async with in_a_process(tmp_path, port) as (_, running):
        await running.set_faults("sms", down_for_s=3600, delay_ms=1)
        await running.behave("cabinet", mode="never")
    async with in_a_process(tmp_path, port) as (_, running):
        _, faults = await running.call("GET", "/faults")
        _, behaviours = await running.call("GET", "/behaviour")
        assert faults == {"sms": {"down_for_s": 3600.0, "delay_ms": 1}}
        assert behaviours["cabinet"]["mode"] == "never"
