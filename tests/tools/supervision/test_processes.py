"""Supervised processes: started, restarted, drained, and found again after a kill."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_S
from tools.embedded.processes import start_time
from tools.supervision.processes import Processes, pause_before_restart, service_command

CHECKOUT = Path(__file__).parents[3]

Watched = tuple[Processes, list[dict[str, int | None]]]

# Notes when it starts and, asked to end, that it was asked; then it ends.
STEADY = """
import pathlib, signal, sys, time
notes = pathlib.Path(sys.argv[1])
def end(*_):
    notes.open("a").write("drained\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
notes.open("a").write(f"{time.monotonic()}\\n")
time.sleep(60)
"""
# A supervisor that is killed; beside the main thread, where no death signal is set.
OWNER = """
import asyncio, threading
from pathlib import Path
from tools.supervision.processes import Processes

async def own():
    command = lambda name: ["/bin/sleep", "60"]
    processes = Processes(Path({folder!r}), {{"one": {{}}, "two": {{}}}}, command=command)
    await processes.start()
    while not all(Path({folder!r}, name, "pid.json").exists() for name in ("one", "two")):
        await asyncio.sleep(0.02)
    print(*processes.pids().values(), flush=True)
    await asyncio.sleep(60)

beside = threading.Thread(target=lambda: asyncio.run(own()))
beside.start()
beside.join()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="nagorik-processes-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@asynccontextmanager
async def watched(folder: Path, *names: str) -> AsyncIterator[Watched]:
    """Supervise processes; yield them with the pids after each change."""

    def command(name: str) -> Sequence[str]:
        return [sys.executable, "-S", "-c", STEADY, str(folder / f"{name}.notes")]

    processes = Processes(folder, {name: {} for name in names}, command=command)
    changes: list[dict[str, int | None]] = []
    stop = asyncio.Event()
    await processes.start()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(processes.watch(stop, lambda: changes.append(processes.pids())))
        try:
            yield processes, changes
        finally:
            stop.set()
    await processes.stop()


def notes(folder: Path, name: str) -> list[str]:
    path = folder / f"{name}.notes"
    return path.read_text().splitlines() if path.exists() else []


def pids_left_by_a_killed_supervisor(folder: Path) -> list[int]:
    script = OWNER.format(folder=str(folder))
    with subprocess.Popen(  # noqa: S603 -- our own words
        [sys.executable, "-c", script], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        left = [int(pid) for pid in owner.stdout.readline().split()]
        owner.kill()
    return left


async def until_noted(folder: Path, name: str, lines: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(notes(folder, name)) < lines:  # another process writes them
            await asyncio.sleep(0.02)


async def test_a_process_that_dies_is_restarted(folder: Path) -> None:
    """The others keep running, and the callback gets the new pids."""
    async with watched(folder, "one", "two") as (processes, changes):
        await until_noted(folder, "one", 1)
        before = processes.pids()
        assert before["one"] is not None
        os.kill(before["one"], signal.SIGKILL)
        await until_noted(folder, "one", 2)
        after = processes.pids()
    assert after["one"] not in {before["one"], None}
    assert after["two"] == before["two"]
    assert changes == [after]


def test_a_process_that_dies_again_and_again_starts_after_growing_pauses() -> None:
    """A service that cannot start takes no CPU time from the others."""
    pauses_s = [0.0]
    for _ in range(5):
        pauses_s.append(pause_before_restart(ran_s=0.1, last_pause_s=pauses_s[-1]))
    assert pauses_s == [0.0, 0.5, 1.5, 3.5, 5.0, 5.0]
    assert pause_before_restart(ran_s=11.0, last_pause_s=5.0) == 0.0


async def test_stop_drains_all_processes_at_once(folder: Path) -> None:
    """None of them is restarted."""
    async with watched(folder, "one", "two") as (processes, _):
        await until_noted(folder, "one", 1)
        await until_noted(folder, "two", 1)
        pids = [pid for pid in processes.pids().values() if pid]
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 2.0
    assert [notes(folder, name)[-1] for name in ("one", "two")] == ["drained", "drained"]
    assert [start_time(pid) for pid in pids] == [None, None]
    assert processes.pids() == {"one": None, "two": None}


async def test_what_a_killed_supervisor_left_is_ended_at_the_next_start(folder: Path) -> None:
    """After a kill of the supervisor no service runs twice."""
    left = pids_left_by_a_killed_supervisor(folder)
    assert all(start_time(pid) for pid in left)
    async with watched(folder, "one", "two") as (processes, _):
        assert [start_time(pid) for pid in left] == [None, None]
        assert set(processes.pids().values()).isdisjoint(left)


@pytest.mark.parametrize("kill", [True, False])
async def test_an_added_process_is_restarted_until_it_is_removed(folder: Path, kill: bool) -> None:
    """It is restarted like the others; once removed it does not come back."""
    async with watched(folder, "one") as (processes, _):
        command = [sys.executable, "-S", "-c", STEADY, str(folder / "two.notes")]
        await processes.add("two", command, {})
        await until_noted(folder, "two", 1)
        pid = processes.pids()["two"]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until_noted(folder, "two", 2)
        await processes.remove("two", kill=kill)
        assert set(processes.pids()) == {"one"}
    assert (notes(folder, "two")[-1] == "drained") is not kill
    assert len(notes(folder, "two")) == (2 if kill else 3)


def test_each_process_has_a_log(folder: Path) -> None:
    """The log shows that the process runs as a service."""
    processes = Processes(folder, {"identity": {}})
    assert processes.log_paths(["identity"]) == [folder / "identity" / "server.log"]
    assert service_command("identity")[1:] == ["-m", "services", "identity"]
