"""`up`: on what is given or on its own; a start that fails says why, one that is too slow ends."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import pytest
from typer.testing import CliRunner

from services.registry import WITH_DATABASE
from tools.commands.root import make_app
from tools.commands.up import Given, run_until_told, say
from tools.embedded.stack import FolderLock

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Slow:
    """A platform that comes up when it is let, and takes a moment to go down."""

    def __init__(self, *, comes_up: bool) -> None:
        self._comes_up = comes_up
        self.seen: list[str] = []

    async def __aenter__(self) -> Self:
        try:
            self.seen.append("starting")
            await asyncio.sleep(0 if self._comes_up else 60)
        except BaseException:
            await self._go_down()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._go_down()

    async def watch(self, stop: asyncio.Event) -> None:
        self.seen.append("watched")
        await stop.wait()

    async def _go_down(self) -> None:
        await asyncio.sleep(0.2)
        self.seen.append("down")


async def told(platform: Slow, folder: Path, number: signal.Signals, times: int) -> None:
    """Run until some signals have come."""
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        run = tasks.create_task(run_until_told(platform, folder))
        for _ in range(times):
            await asyncio.sleep(0.05)
            os.kill(os.getpid(), number)
        await run


@pytest.fixture
async def own_signals() -> AsyncIterator[None]:
    """Give the signals back to the test runner."""
    yield
    for number in SIGNALS:
        asyncio.get_running_loop().remove_signal_handler(number)


def given(**fields: Any) -> Given:
    return Given(**fields)


@pytest.mark.usefixtures("own_signals")
@pytest.mark.parametrize("number", SIGNALS)
async def test_a_start_is_broken_off_and_taken_down_whole(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Nobody waits for a start that hangs; impatience leaves nothing half taken down."""
    platform = Slow(comes_up=False)
    with pytest.raises(asyncio.CancelledError):
        await told(platform, tmp_path, number, times=3)
    assert platform.seen == ["starting", "down"]


@pytest.mark.usefixtures("own_signals")
@pytest.mark.parametrize("number", SIGNALS)
async def test_what_is_up_ends_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C is the usual end, no failure."""
    platform = Slow(comes_up=True)
    await told(platform, tmp_path, number, times=3)
    assert platform.seen == ["starting", "watched", "down"]


def test_databases_are_given_all_or_none() -> None:
    """A platform half on given databases and half on its own would be neither."""
    every = {f"{name}_dsn": f"postgresql://{name}" for name in WITH_DATABASE}
    assert given(**every).dsn() == {name: f"postgresql://{name}" for name in WITH_DATABASE}
    for name in every:
        assert given(**{**every, name: ""}).dsn() == {}


def test_a_folder_in_use_is_said_in_one_line_and_status_1(tmp_path: Path) -> None:
    """No traceback for people, nothing on standard output for programs."""
    lock = FolderLock(tmp_path)
    lock.take()
    outcome = CliRunner().invoke(make_app(), ["up", "--folder", str(tmp_path)])
    lock.give_back()
    assert outcome.exit_code == 1
    assert f"process {os.getpid()} already runs" in outcome.stderr
    assert "Traceback" not in outcome.output
    assert outcome.stdout == ""


def test_what_is_said_to_people_is_not_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Standard output belongs to `--json`."""
    say("starting")
    assert capsys.readouterr() == ("", "  starting\n")
