"""The textbook pipeline as a part of a bench; it is measured whole in `test_bench.py`."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tools.bench.baseline import PARTS, measure_textbook

from tests.load import textbook
from tools.supervision.state import State
from tools.supervision.supervisor import STATE_FILE, NotReady


def test_every_part_of_the_textbook_is_started() -> None:
    """A part that nobody starts would leave the pipeline standing."""
    assert set(PARTS) == set(textbook.PARTS)


async def test_a_textbook_that_does_not_come_up_is_told(tmp_path: Path) -> None:
    """Where it says why is named; here there are no brokers."""
    kafka: dict[str, Any] = {"bootstrap": "127.0.0.1:1", "pids": {}, "security": None}
    sandbox = {"sandbox": {"pid": None, "health": ""}}
    nowhere = State("", "http://127.0.0.1:1", kafka, {"pid": None, "dsn": {}}, sandbox)
    nowhere.write(tmp_path / STATE_FILE)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(NotReady, match=r"textbook-intake did not become ready"):
            await measure_textbook(tmp_path, http, nowhere, [], 1.0)
