"""The references of a bench; a bench from end to end is the last step of `.ci/run`."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.load import textbook
from tests.load.floor import components, sql
from tools.bench import floor
from tools.bench.textbook import COMPONENTS, measure_textbook
from tools.supervision.state import State
from tools.supervision.supervisor import STATE_FILE, NotReady


def test_every_component_of_the_textbook_is_started() -> None:
    """Without one of them no application would come through."""
    assert set(COMPONENTS) == set(textbook.COMPONENTS)


def test_every_component_of_the_floor_is_started() -> None:
    """In its order: the first one prepares the databases and topics of all."""
    assert tuple(components.COMPONENTS) == floor.COMPONENTS
    assert set(sql.SCHEMAS) == set(floor.DATABASES)


async def test_a_textbook_that_does_not_start_is_reported_with_its_log(tmp_path: Path) -> None:
    """Here there are no brokers; the failure names the process and the log."""
    kafka: dict[str, Any] = {"bootstrap": "127.0.0.1:1", "pids": {}, "security": None}
    sandbox = {"sandbox": {"pid": None, "health": ""}}
    nowhere = State("", "", "", "http://127.0.0.1:1", kafka, {"pid": None, "dsn": {}}, sandbox)
    nowhere.write(tmp_path / STATE_FILE)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(NotReady, match=r"textbook-intake did not become ready.*server\.log"):
            await measure_textbook(tmp_path, http, nowhere, [], 1.0)
