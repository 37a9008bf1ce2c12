"""CPU seconds and memory of processes, children that ended included."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.waiting import PATIENCE_S, until
from tools.bench.cost import Cost, ProcessEnded, cpu_s, processes_of
from tools.supervision.state import State

BURN = "import time\nwhile time.process_time() < 0.4: pass"
PARENT = f"""
import subprocess, sys
for _ in range(2):
    subprocess.run([sys.executable, "-c", {BURN!r}])
kept = bytearray(b"x" * 50_000_000)
print("burnt", flush=True)
sys.stdin.read()
"""


def launched() -> "subprocess.Popen[bytes]":
    """A process whose children have ended."""
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


async def test_children_that_ended_are_counted_and_memory_is_at_its_peak() -> None:
    """Two children burn 0.4 s each and end; their parent then holds 50 MB."""
    with launched() as parent:
        async with Cost({"component": [parent.pid]}) as cost:
            assert parent.stdout is not None
            await asyncio.to_thread(parent.stdout.readline)
            async with asyncio.timeout(PATIENCE_S):
                while cost.peaks_mib()["component"][1] < 40:
                    await asyncio.sleep(0.1)
        assert cost.cpu_s["component"] >= 0.8
        before_mib, after_mib = cost.peaks_mib()["component"]
        assert before_mib < 40 < after_mib < 120
        parent.kill()


def fails_at_end(log: Path) -> "subprocess.Popen[bytes]":
    """A process with a log, which nobody asks whether it has ended: it stays as a zombie."""
    command = [sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit('out of cheese')"]
    with log.open("wb") as output:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output)  # noqa: S603


@pytest.mark.parametrize("ends", ["before", "while it is measured", "and the body fails by it"])
async def test_an_ended_process_ends_the_measurement_with_its_log(
    ends: str, tmp_path: Path
) -> None:
    """Nobody waits for the answers of a process that is gone."""
    with fails_at_end(tmp_path / "server.log") as process:
        cost = Cost({"floor": [process.pid]})
        with pytest.raises(ProcessEnded, match=r"floor \(process \d+\) ended[\s\S]*out of cheese"):
            await _measure(cost, process, ends)


async def _measure(cost: Cost, process: "subprocess.Popen[bytes]", ends: str) -> None:
    async def end() -> None:
        assert process.stdin is not None
        process.stdin.close()
        await until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)

    async with asyncio.timeout(PATIENCE_S):
        if ends == "before":
            await end()
        async with cost:
            await end()
            if ends == "and the body fails by it":
                raise ConnectionError
            await asyncio.Event().wait()


def test_our_own_children_are_not_our_own_cost() -> None:
    """The platform may be a child of the load: its CPU time is not the load's."""
    with launched() as child:
        before_s = cpu_s(os.getpid())
        assert child.stdout is not None
        child.stdout.readline()
        assert cpu_s(child.pid) >= 0.8
        assert cpu_s(os.getpid()) - before_s < 0.4
        child.kill()
    assert cpu_s(os.getpid()) - before_s < 0.4  # nor once it has ended


def test_every_component_of_a_platform_is_measured() -> None:
    """Services, Kafka, PostgreSQL and the load; a server of another machine has no process."""
    state = State(
        "", "", "", "", {"pids": {"1": 7, "2": 8}}, {"pid": None}, {"gateway": {"pid": 5}}
    )
    assert processes_of(state) == {
        "gateway": [5],
        "kafka": [7, 8],
        "postgres": [],
        "load": [os.getpid()],
    }
