"""The textbook pipeline beside the platform: same brokers, database server, sandbox and load.

It is a program of the tests (`tests/load/textbook.py`), so it can be measured only in a checkout.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from tools.bench.cost import parts_of
from tools.bench.crowd import requests
from tools.bench.platform import running_apart, until_ready
from tools.bench.stage import Stage, Track
from tools.bench.witness import Witness
from tools.embedded.ports import stable_ports
from tools.supervision.state import State
from tools.supervision.supervisor import STATE_FILE
from tools.virtual_users.wishes import Wish

PARTS = ("intake", "ministries", "decisions", "notifications")
_MODULE = "tests.load.textbook_part"
_SHARED = ("sandbox", "kafka", "postgres", "load")
_LINES = 64
_FEWEST_CLICKS = 100


async def measure_textbook(
    folder: Path, http: aiohttp.ClientSession, state: State, wishes: Sequence[Wish], seconds: float
) -> Stage:
    """Run the textbook pipeline and saturate it.

    Args:
        folder: where the platform runs.
        http: the client.
        state: what runs where.
        wishes: what to apply for.
        seconds: how long the clicks are to keep it busy, from what it did while warming up.
    """
    ports = await stable_ports(folder / "textbook.json", PARTS)
    async with AsyncExitStack() as ends:
        ours = parts_of(state)
        parts = {name: ours[name] for name in _SHARED}
        for name in PARTS:
            module = [_MODULE, name, str(ports[name]), str(folder / STATE_FILE)]
            process = await ends.enter_async_context(
                running_apart(f"textbook-{name}", folder, module)
            )
            await until_ready([f"http://127.0.0.1:{ports[name]}/health"], process)
            parts[name] = [process.pid or 0]
        witness = Witness(http, state.sandbox)
        await witness.skip_to_end()
        url = f"http://127.0.0.1:{ports['intake']}"
        track = Track(url, requests("/applications", wishes), witness, parts)
        warm = await track.saturated(clicks=_FEWEST_CLICKS, lines=_LINES)
        clicks = max(_FEWEST_CLICKS, int(warm.tally.per_s * seconds))
        return await track.saturated(clicks=clicks, lines=_LINES)
