"""CPU seconds and memory of processes, children that ended included."""

import asyncio
import os
import subprocess
import sys

from tools.bench.cost import Cost, cpu_s, parts_of
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
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


async def test_children_that_ended_are_counted_and_memory_is_at_its_peak() -> None:
    """Two children burn 0.4 s each and end; their parent then holds 50 MB."""
    with launched() as parent:
        async with Cost({"part": [parent.pid]}) as cost:
            assert parent.stdout is not None
            await asyncio.to_thread(parent.stdout.readline)
            await asyncio.sleep(2.5)  # one more sample of the memory
        assert cost.cpu_s["part"] >= 0.8
        before_mib, after_mib = cost.peaks_mib()["part"]
        assert before_mib < 40 < after_mib < 120
        parent.kill()


def test_our_own_children_are_not_our_own_cost() -> None:
    """The platform is a child of whoever measures it: what it burns is not the load's."""
    with launched() as child:
        before_s = cpu_s(os.getpid())
        assert child.stdout is not None
        child.stdout.readline()
        assert cpu_s(child.pid) >= 0.8
        assert cpu_s(os.getpid()) - before_s < 0.4
        child.kill()
    assert cpu_s(os.getpid()) - before_s < 0.4  # nor once it has ended


def test_every_part_of_a_platform_is_there() -> None:
    """Services, Kafka, PostgreSQL and the load; what is not ours has no process to measure."""
    state = State("", "", {"pids": {"1": 7, "2": 8}}, {"pid": None}, {"gateway": {"pid": 5}})
    assert parts_of(state) == {
        "gateway": [5],
        "kafka": [7, 8],
        "postgres": [],
        "load": [os.getpid()],
    }
