"""How long a killed broker stalls the platform: `python -m tests.load.broker_stalls`.

Three brokers and all services as processes, a steady load of applications, and SIGKILL in turn for
the leader of a partition, the coordinator of a group and the active controller. Prints one JSON
object: for every kill the longest time without an accepted application and without an SMS, and the
longest time from a click to the decision's SMS; at the end how many were lost or doubled.
"""

import asyncio
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer
import uvloop

from libs.messaging.kafka.broker import client_options
from libs.telemetry.logging import configure
from tests.brokers import Brokers
from tests.load.steady import Load
from tools.demo.measures import Measures
from tools.ledger import LedgerReader, received_at
from tools.supervision.state import State
from tools.supervision.supervisor import Supervisor
from tools.virtual_users.citizen import Api

BROKERS = 3
QUIET_S = 8.0


@dataclass(frozen=True)
class Kill:
    """One broker killed, and the time until the cluster was in sync again."""

    role: str
    node: int
    begin_s: float
    end_s: float

    def longest_gap_s(self, moments: Sequence[float]) -> float:
        """Return the longest time without a moment, from one second before the kill."""
        inside = sorted(each for each in moments if self.begin_s - 1 <= each <= self.end_s)
        return round(max((after - before for before, after in pairwise(inside)), default=0.0), 2)


async def kill_in_turn(brokers: Brokers, state: Callable[[], State]) -> list[Kill]:
    """Kill the broker that has a role, once the cluster is in sync."""
    kills: list[Kill] = []
    for role in ("leader", "coordinator", "controller"):
        await brokers.until_in_sync()
        await asyncio.sleep(QUIET_S)
        node = await brokers.who_is(role)
        begin_s = time.time()
        os.kill(state().kafka["pids"][str(node)], signal.SIGKILL)
        await asyncio.sleep(QUIET_S)
        await brokers.until_in_sync()
        kills.append(Kill(role, node, begin_s, time.time()))
    await asyncio.sleep(QUIET_S)
    return kills


def found(load: Load, counts: Measures, kills: Sequence[Kill]) -> dict[str, Any]:
    """Return the findings as one JSON object."""
    answers = [each.clicked_at.timestamp() + each.answered_in_s for each in load.accepted]
    received = [
        [received_at(row).timestamp() for row in load.received(one).messages]
        for one in load.accepted
    ]
    messages = [moment for moments in received for moment in moments]
    lasted = [
        (one.clicked_at.timestamp(), max(moments))
        for one, moments in zip(load.accepted, received, strict=True)
    ]
    return {
        "kills": [
            {
                "role": kill.role,
                "node": kill.node,
                "answers_gap_s": kill.longest_gap_s(answers),
                "messages_gap_s": kill.longest_gap_s(messages),
                "slowest_s": round(
                    max(b - a for a, b in lasted if kill.begin_s - 3 <= a <= kill.end_s), 2
                ),
            }
            for kill in kills
        ],
        "applications": counts.applications,
        "accepted": counts.accepted,
        "lost": counts.lost,
        "doubled": counts.duplicates_ministry + counts.duplicates_sms,
    }


async def run(folder: Path, rate_per_s: float) -> dict[str, Any]:
    """Start everything, apply load, kill the brokers in turn, and count."""
    stop, done = asyncio.Event(), asyncio.Event()
    async with (
        Supervisor(folder, progress=lambda _: None, brokers=BROKERS) as supervisor,
        aiohttp.ClientSession() as http,
        asyncio.TaskGroup() as tasks,
    ):
        state = supervisor.state()
        tasks.create_task(supervisor.watch(done))
        reader = LedgerReader(http, state.sandbox)
        tasks.create_task(reader.follow(done))
        load = await Load.begin(Api(http, state.gateway), reader, rate_per_s)
        loading = tasks.create_task(load.run(stop))
        brokers = Brokers(client_options(state.kafka["bootstrap"], state.kafka["security"]))
        kills = await kill_in_turn(brokers, supervisor.state)
        stop.set()
        await loading
        counts = await load.until_answered()
        done.set()
    return found(load, counts, kills)


def main(
    rate: Annotated[float, typer.Option(help="Applications a second")] = 10.0,
    folder: Annotated[Path | None, typer.Option(help="Keeps data and logs")] = None,
) -> None:
    """Print how long each killed broker stalled the platform."""
    configure("stalls", "CRITICAL")
    place = folder or Path(tempfile.mkdtemp(prefix="nagorik-stalls-"))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(run(place, rate))
    if folder is None:
        shutil.rmtree(place, ignore_errors=True)
    typer.echo(json.dumps(outcome, indent=2))


if __name__ == "__main__":
    typer.run(main)
