"""The textbook pipeline: on the same brokers, database server, sandbox and load as the platform.

It is a program of the tests (`tests/load/textbook.py`), so it can be measured only in a checkout.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from tools.bench.cost import Cost, processes_of
from tools.bench.platform import run_module, until_ready
from tools.bench.requests import requests
from tools.bench.stage import LoadTest, Stage
from tools.embedded.ports import stable_ports
from tools.ledger import LedgerReader
from tools.supervision.state import State
from tools.supervision.supervisor import STATE_FILE
from tools.virtual_users.scenarios import Scenario

COMPONENTS = ("intake", "ministries", "decisions", "notifications")
_MODULE = "tests.load.textbook_component"
_SHARED = ("sandbox", "kafka", "postgres", "load")
_CONNECTIONS = 64
_MIN_CLICKS = 100


async def measure_textbook(
    folder: Path,
    http: aiohttp.ClientSession,
    state: State,
    scenarios: Sequence[Scenario],
    seconds: float,
) -> Stage:
    """Run the textbook pipeline and saturate it.

    Args:
        folder: where the platform runs.
        http: the client.
        state: what runs where.
        scenarios: what is applied for.
        seconds: how long the clicks shall keep it busy, at its speed during the warm-up.

    Raises:
        NotReady: it did not come up.
    """
    ports = await stable_ports(folder / "textbook.json", COMPONENTS)
    async with AsyncExitStack() as stack:
        platform = processes_of(state)
        processes = {name: platform[name] for name in _SHARED}
        for name in COMPONENTS:
            module = [_MODULE, name, str(ports[name]), str(folder / STATE_FILE)]
            process = await stack.enter_async_context(
                run_module(f"textbook-{name}", folder, module)
            )
            await until_ready([f"http://127.0.0.1:{ports[name]}/health"], process)
            processes[name] = [process.pid or 0]
        url = f"http://127.0.0.1:{ports['intake']}"
        clicks = requests("/applications", scenarios)
        load_test = LoadTest(url, clicks, LedgerReader(http, state.sandbox), Cost(processes))
        warm = await load_test.at_saturation(clicks=_MIN_CLICKS, connections=_CONNECTIONS)
        count = max(_MIN_CLICKS, int(warm.per_s * seconds))
        return await load_test.at_saturation(clicks=count, connections=_CONNECTIONS)
