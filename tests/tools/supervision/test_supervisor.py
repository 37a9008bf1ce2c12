"""A whole platform of a folder, and failed starts."""

import asyncio
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from libs.errors import Unavailable
from libs.settings import ServiceSettings
from services.registry import SERVICES, WITH_DATABASE
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.processes import start_time
from tools.embedded.stack import FolderLock
from tools.supervision.supervisor import STATE_FILE, NotReady, Supervisor

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="nagorik-supervisor-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def state_of(folder: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((folder / STATE_FILE).read_text())
    return state


def pids_of(state: dict[str, Any]) -> dict[str, int]:
    services = {name: part["pid"] for name, part in state["services"].items()}
    brokers = {f"kafka {node}": pid for node, pid in state["kafka"]["pids"].items()}
    return {**services, **brokers, "postgres": state["postgres"]["pid"]}


async def until_other(folder: Path, name: str, pid: int) -> dict[str, int]:
    """Wait until a process has another pid; return the pids of that state."""
    async with asyncio.timeout(90):
        while pids_of(state_of(folder))[name] in {pid, None}:
            await asyncio.sleep(0.05)
    return pids_of(state_of(folder))


async def test_the_platform_starts_recovers_and_stops(folder: Path) -> None:
    """state.json is rewritten after a restart, and removed at the end."""
    said: list[str] = []
    stop = asyncio.Event()
    async with Supervisor(folder, progress=said.append, brokers=3) as supervisor:
        state = state_of(folder)
        before = after = pids_of(state)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(supervisor.watch(stop))
            for name in ("postgres", "catalogue", "kafka 2"):
                os.kill(before[name], signal.SIGKILL)
                after = await until_other(folder, name, before[name])
            stop.set()
        with pytest.raises(EmbeddedStackFailed, match="already runs"):
            await Supervisor(folder, progress=said.append).__aenter__()
        assert (folder / STATE_FILE).exists()
    check_shape(state)
    killed = {name for name in before if before[name] != after[name]}
    assert killed == {"postgres", "catalogue", "kafka 2"}
    assert [start_time(pid) for pid in after.values()] == [None] * len(after)
    assert not (folder / STATE_FILE).exists()
    assert f"starting {len(SERVICES)} services" in said


def check_shape(state: dict[str, Any]) -> None:
    """Check that the state has exactly the agreed keys, with values."""
    assert list(state) == ["gateway", "kafka", "postgres", "services", "sandbox"]
    assert set(state["kafka"]) == {"bootstrap", "pid", "pids", "security"}
    assert set(state["kafka"]["pids"]) == {"1", "2", "3"}
    assert state["kafka"]["pid"] == state["kafka"]["pids"]["1"]
    assert state["kafka"]["bootstrap"].count(",") == 2
    assert set(state["postgres"]) == {"pid", "dsn"}
    assert set(state["postgres"]["dsn"]) == set(WITH_DATABASE)
    passwords = {urlsplit(dsn).password for dsn in state["postgres"]["dsn"].values()}
    assert len(passwords) == len(WITH_DATABASE)
    assert set(state["services"]) == set(SERVICES)
    for part in state["services"].values():
        assert set(part) == {"pid", "health"}
        assert part["health"].startswith("http://127.0.0.1:")
    assert all(isinstance(pid, int) for pid in pids_of(state).values())
    assert state["gateway"].startswith("http://")
    assert state["sandbox"].startswith("http://")


async def test_a_folder_in_use_is_refused(folder: Path) -> None:
    """The second start names the process, and does not change the state."""
    lock = FolderLock(folder)
    lock.acquire()
    (folder / STATE_FILE).write_text("{}")
    with pytest.raises(EmbeddedStackFailed, match=str(os.getpid())):
        await Supervisor(folder, progress=lambda _: None).__aenter__()
    assert (folder / STATE_FILE).read_text() == "{}"
    lock.release()


async def test_a_failed_start_releases_the_folder(folder: Path) -> None:
    """With unavailable databases the start fails; the next start can use the folder."""
    for _ in range(2):
        with pytest.raises((Unavailable, OSError)):
            await Supervisor(
                folder,
                progress=lambda _: None,
                kafka_login=ServiceSettings.model_validate(
                    {"NAGORIK_KAFKA_BOOTSTRAP": "127.0.0.1:1"}
                ),
                dsn=dict.fromkeys(WITH_DATABASE, NOWHERE),
            ).__aenter__()
    assert not (folder / STATE_FILE).exists()
    assert not (folder / "services").exists()


async def test_before_a_start_there_is_no_state(folder: Path) -> None:
    """`state` raises before the start."""
    with pytest.raises(NotReady):
        Supervisor(folder, progress=lambda _: None).state()
