"""CPU seconds and memory of processes, children that ended included."""

import asyncio
import os
import subprocess
import sys

from tests.waiting import PATIENCE_S
from tools.bench.cost import Cost, cpu_s, processes_of
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
    state = State("", "", "", {"pids": {"1": 7, "2": 8}}, {"pid": None}, {"gateway": {"pid": 5}})
    assert processes_of(state) == {
        "gateway": [5],
        "kafka": [7, 8],
        "postgres": [],
        "load": [os.getpid()],
    }
