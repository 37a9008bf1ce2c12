"""How two processes of a service share work: `python -m tests.load.replicas --service NAME`.

One platform at saturation: with one process of a service, then with a second one on the same
partitions, then with the first alone again. Prints one JSON object: for every stage applications a
second, how many were lost or doubled, and for every process of the service its CPU seconds for
10,000 applications and the events it handled.
"""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import psutil
import typer
import uvloop
from prometheus_client.parser import text_string_to_metric_families

from libs.telemetry.logging import configure
from tests.waiting import until
from tools.bench.bench import make_load_test
from tools.bench.cost import cpu_s
from tools.bench.platform import OUTSIDE
from tools.bench.stage import LoadTest
from tools.supervision.supervisor import Supervisor, is_ready
from tools.virtual_users.citizen import Api
from tools.virtual_users.scenarios import load_scenarios

SECOND = "1"
_HANDLED = "nagorik_events_handled"


class Processes:
    """The processes of one service.

    Args:
        http: the client.
        pids: pid by base URL.
    """

    def __init__(self, http: aiohttp.ClientSession, pids: Mapping[str, int]) -> None:
        self._http = http
        self._pids = pids

    async def read(self) -> list[tuple[float, float]]:
        """Return CPU seconds and handled events of every process since it started."""
        return [(cpu_s(pid), await self._handled(url)) for url, pid in self._pids.items()]

    async def _handled(self, url: str) -> float:
        async with self._http.get(f"{url}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
        return sum(
            sample.value
            for family in families
            if family.name == _HANDLED
            for sample in family.samples
        )


def pid_of(service: str, replica: str) -> int:
    """The process, among those that we started, with this replica name."""
    setting = {f"{service.upper()}_REPLICA": replica}
    return next(
        each.pid
        for each in psutil.Process().children()
        if setting.items() <= each.environ().items()
    )


async def stage(load_test: LoadTest, processes: Processes, seconds: float) -> dict[str, Any]:
    """Load the platform, and return how the processes shared the work."""
    await load_test.at_saturation(seconds=seconds / 4)  # partitions have moved, caches are warm
    before = await processes.read()
    found = await load_test.at_saturation(seconds=seconds)
    after = await processes.read()
    share = 10_000 / max(1, found.accepted)
    return {
        "per_s": round(found.per_s, 1),
        "lost": found.lost,
        "doubled": found.duplicates,
        "processes": [
            {
                "cpu_s_per_10k": round((spent_s - spent_before_s) * share, 2),
                "events_handled": int(handled - handled_before),
            }
            for (spent_s, handled), (spent_before_s, handled_before) in zip(
                after, before, strict=True
            )
        ],
    }


async def run(folder: Path, service: str, seconds: float) -> dict[str, Any]:
    """Measure with one process of the service, with two, and with one again."""
    done = asyncio.Event()
    async with (
        Supervisor(folder, progress=lambda _: None, outside=OUTSIDE) as supervisor,
        aiohttp.ClientSession() as http,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(supervisor.watch(done))
        state = supervisor.state()
        load_test = await make_load_test(
            http, state, await load_scenarios(Api(http, state.gateway))
        )
        first = state.services[service]
        pids = {first["health"].removesuffix("/health/ready"): first["pid"]}
        outcome = {"one": await stage(load_test, Processes(http, pids), seconds)}
        url = await supervisor.add_replica(service, SECOND)
        await until(lambda: is_ready(http, f"{url}/health/ready"))
        both = pids | {url: pid_of(service, SECOND)}
        outcome["two"] = await stage(load_test, Processes(http, both), seconds)
        await supervisor.remove_replica(service, SECOND)
        outcome["one again"] = await stage(load_test, Processes(http, pids), seconds)
        done.set()
    return outcome


def main(
    service: Annotated[str, typer.Option(help="Which service")] = "notifications",
    seconds: Annotated[float, typer.Option(help="Length of a stage")] = 15.0,
    folder: Annotated[Path | None, typer.Option(help="Keeps data and logs")] = None,
) -> None:
    """Print what a second process changes."""
    configure("replicas", "CRITICAL")
    place = folder or Path(tempfile.mkdtemp(prefix="nagorik-replicas-"))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(run(place, service, seconds))
    if folder is None:
        shutil.rmtree(place, ignore_errors=True)
    typer.echo(json.dumps(outcome, indent=2))


if __name__ == "__main__":
    typer.run(main)
