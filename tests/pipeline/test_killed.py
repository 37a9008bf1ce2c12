"""Processes killed in the middle: each service as its own process, ended with SIGKILL."""

import asyncio
import os
import shutil
import signal
import tempfile
from pathlib import Path

import aiohttp

from services.registry import SERVICES
from tests.waiting import until
from tools.demo.demo import Demo
from tools.supervision.state import read_state
from tools.supervision.supervisor import STATE_FILE, Supervisor

APPLICATIONS = 60
RATE_PER_S = 4.0


async def test_nothing_is_lost_or_doubled_when_every_process_is_killed_once() -> None:
    """Promises 1 and 2: SIGKILL of each service, Kafka and PostgreSQL, one after another."""
    folder = Path(tempfile.mkdtemp(prefix="nagorik-killed-"))
    stop = asyncio.Event()
    async with (
        Supervisor(folder, progress=lambda _: None) as supervisor,
        aiohttp.ClientSession() as http,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(supervisor.watch(stop))
        state = supervisor.state()
        demo = Demo(
            http,
            gateway=state.gateway,
            sandbox=state.sandbox,
            applications=APPLICATIONS,
            rate_per_s=RATE_PER_S,
        )
        killing = tasks.create_task(kill_each(folder, demo))
        found = await demo.run(lambda _: None)
        killed = await killing
        stop.set()
    shutil.rmtree(folder, ignore_errors=True)
    assert killed == [*SERVICES, "kafka", "postgres"]
    assert found.refused == []
    assert found.measures.accepted == APPLICATIONS
    assert found.measures.nothing_lost_or_doubled, found.measures


async def kill_each(folder: Path, demo: Demo) -> list[str]:
    """Once citizens apply, kill one process after another; each is up again before the next."""
    await until(lambda: demo.progress.accepted)
    killed: list[str] = []
    for name in (*SERVICES, "kafka", "postgres"):
        os.kill(pid_of(folder, name), signal.SIGKILL)
        killed.append(name)
        await asyncio.sleep(1.5)
    return killed


def pid_of(folder: Path, name: str) -> int:
    """The process number that `state.json` gives."""
    state = read_state(folder / STATE_FILE)
    assert state is not None
    part = {"kafka": state.kafka, "postgres": state.postgres}.get(name) or state.services[name]
    pid: int = part["pid"]
    return pid
