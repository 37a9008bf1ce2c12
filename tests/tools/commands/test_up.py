"""`up` on given servers or its own: failed starts, and the end by Ctrl-C."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import pytest
from typer.testing import CliRunner

from services.registry import WITH_DATABASE, entry_of
from tests.waiting import PATIENCE_S
from tools.commands.root import make_app
from tools.commands.up import (
    TEST_CITIZEN,
    TEST_CODE,
    all_or_none,
    print_progress,
    run_until_stopped,
)
from tools.embedded.stack import FolderLock
from tools.supervision.plan import WATCH, make_plan
from tools.supervision.state import State
from tools.supervision.supervisor import STATE_FILE

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Platform:
    """A platform that starts or hangs, and stops when the test allows it."""

    def __init__(self, *, comes_up: bool) -> None:
        self._comes_up = comes_up
        self.seen: list[str] = []
        self.busy = asyncio.Event()
        self.ending = asyncio.Event()
        self.may_end = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.seen.append("starting")
        if not self._comes_up:
            try:
                self.busy.set()
                await asyncio.Event().wait()
            except BaseException:
                await self._go_down()
                raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._go_down()

    async def watch(self, stop: asyncio.Event) -> None:
        self.seen.append("watched")
        self.busy.set()
        await stop.wait()

    async def _go_down(self) -> None:
        self.ending.set()
        await self.may_end.wait()
        self.seen.append("down")


async def interrupted(platform: Platform, folder: Path, number: signal.Signals) -> None:
    """Run until a signal arrives, and send two more during the shutdown."""
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        run = tasks.create_task(run_until_stopped(platform, folder))
        await platform.busy.wait()
        os.kill(os.getpid(), number)
        await platform.ending.wait()
        for _ in range(2):
            os.kill(os.getpid(), number)
            for _ in range(5):  # rounds of the loop, in which it acts on the signal
                await asyncio.sleep(0)
        platform.may_end.set()
        await run


@pytest.fixture
async def own_signals() -> AsyncIterator[None]:
    """Restore the signal handlers of the test runner."""
    yield
    for number in SIGNALS:
        asyncio.get_running_loop().remove_signal_handler(number)


@pytest.mark.usefixtures("own_signals")
@pytest.mark.parametrize("number", SIGNALS)
async def test_ctrl_c_cancels_a_start(tmp_path: Path, number: signal.Signals) -> None:
    """A hanging start ends; a second Ctrl-C does not cancel the shutdown."""
    platform = Platform(comes_up=False)
    with pytest.raises(asyncio.CancelledError):
        await interrupted(platform, tmp_path, number)
    assert platform.seen == ["starting", "down"]


@pytest.mark.usefixtures("own_signals")
@pytest.mark.parametrize("number", SIGNALS)
async def test_ctrl_c_stops_a_running_platform(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C is the usual end and no failure."""
    platform = Platform(comes_up=True)
    await interrupted(platform, tmp_path, number)
    assert platform.seen == ["starting", "watched", "down"]


def test_databases_are_given_all_or_none() -> None:
    """`up` refuses DSNs for some of the services."""
    every = {name: f"postgresql://{name}" for name in WITH_DATABASE}
    assert all_or_none(every) == every
    for name in every:
        assert all_or_none({**every, name: ""}) == {}


def test_a_folder_in_use_is_one_line_and_status_1(tmp_path: Path) -> None:
    """There is no traceback, and nothing on standard output."""
    lock = FolderLock(tmp_path)
    lock.acquire()
    outcome = CliRunner().invoke(make_app(), ["up", "--folder", str(tmp_path)])
    lock.release()
    assert outcome.exit_code == 1
    assert f"process {os.getpid()} already runs" in outcome.stderr
    assert "Traceback" not in outcome.output
    assert outcome.stdout == ""


def test_progress_is_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Standard output is for `--json`."""
    print_progress("starting")
    assert capsys.readouterr() == ("", "  starting\n")


@pytest.mark.usefixtures("own_signals")
async def test_what_runs_is_on_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The pages of citizens, staff and operators, the API, and a citizen who needs no SMS."""
    plan = await make_plan(tmp_path)
    urls = {name: f"http://127.0.0.1/{name}" for name in ("gateway", "portal", "desk", "sandbox")}
    state = State(**urls, kafka={}, postgres={}, services={}, openers={})
    state.write(tmp_path / STATE_FILE)
    assert json.loads((tmp_path / STATE_FILE).read_text())["portal"] == urls["portal"]
    await interrupted(Platform(comes_up=True), tmp_path, signal.SIGINT)
    shown = capsys.readouterr().err
    assert f"the citizens' pages: {urls['portal']}\n" in shown
    assert f"the pages of staff: {urls['desk']}\n" in shown
    assert f"log in as {TEST_CITIZEN} with the code {TEST_CODE}\n" in shown
    assert f"the API: {urls['gateway']}/docs\n" in shown
    assert f"traces, by application: {urls['sandbox']}/pages/traces\n" in shown
    assert f"in figures, with the runbooks: {plan.url_at(plan.ports[WATCH])}\n" in shown
    assert f"+88{TEST_CITIZEN}" in entry_of("identity").on_one_machine["TEST_PHONES"].split(",")


def test_only_a_service_can_be_left_out() -> None:
    """The services are named."""
    result = CliRunner().invoke(make_app(), ["up", "--without", "ministry"])
    assert result.exit_code == 2
    assert "ministries" in result.output
