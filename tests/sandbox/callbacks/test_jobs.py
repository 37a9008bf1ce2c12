import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.callbacks.jobs import CallbackSender
from sandbox.callbacks.queries import insert_callbacks
from sandbox.callbacks.rules import Callback, Kind
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.queries import decisions_after, open_callbacks
from sandbox.ledger.schema import open_ledger
from tests.waiting import until


class Answering:
    """The platform: answers callbacks with these statuses; the last one stays.

    If it is `held`, no request is answered before `let_go` is set.
    """

    def __init__(self, *statuses: int | None, held: bool = False) -> None:
        self.statuses = list(statuses)
        self.let_go = asyncio.Event()
        if not held:
            self.let_go.set()
        self.calls: list[Callback] = []
        self.requests: list[int] = []
        self.at_once = self.most_at_once = 0

    async def send(self, callbacks: Sequence[Callback]) -> Sequence[int | None]:
        self.requests.append(len(callbacks))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.let_go.wait()
        self.at_once -= 1
        self.calls += callbacks
        return [self._next() for _ in callbacks]

    def _next(self) -> int | None:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[LedgerFile]:
    path = tmp_path / "ledger.sqlite"
    ledger = LedgerFile(open_ledger(path), open_ledger(path, read_only=True))
    yield ledger
    ledger.close()


@asynccontextmanager
async def running(caller: CallbackSender) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caller.run(stop))
        try:
            yield
        finally:
            stop.set()


async def add_callbacks(
    ledger: LedgerFile, *callback_ids: str, kind: Kind = "decision", url: str = "u"
) -> None:
    rows = [
        Callback(i, kind, "cabinet", f"of {i}", "approved", url, "{}", "", 0.0)
        for i in callback_ids
    ]
    await ledger.write(insert_callbacks, rows)


async def waiting(ledger: LedgerFile) -> int:
    return int((await ledger.read(open_callbacks, 10))["waiting"])


async def test_a_callback_is_sent_until_it_is_accepted(ledger: LedgerFile) -> None:
    """It is sent again under the same id after no response or 5xx; 2xx ends it."""
    await add_callbacks(ledger, "a")
    side = Answering(None, 503, 204)
    async with running(CallbackSender("decision", ledger, side.send)):
        await until(lambda: len(side.calls) == 3)
    assert {callbacks.callback_id for callbacks in side.calls} == {"a"}
    assert await waiting(ledger) == 0


async def test_a_decision_enters_the_ledger_once(ledger: LedgerFile) -> None:
    """Only the first attempt of its callback adds it."""
    await add_callbacks(ledger, "a")
    side = Answering(503, 503, 204)
    async with running(CallbackSender("decision", ledger, side.send)):
        await until(lambda: len(side.calls) == 3)
    assert len(await ledger.read(decisions_after, 0, 10)) == 1


async def test_a_refused_callback_is_not_sent_again(ledger: LedgerFile) -> None:
    """4xx is final."""
    await add_callbacks(ledger, "a", "b")
    side = Answering(404, 503, 204)
    async with running(CallbackSender("decision", ledger, side.send, at_once=1)):
        await until(lambda: len(side.calls) == 3)
    assert side.calls[1].callback_id == side.calls[2].callback_id
    assert len((await ledger.read(open_callbacks, 10))["refused"]) == 1


async def test_no_more_are_under_way_than_allowed(ledger: LedgerFile) -> None:
    """A slow platform gets no more requests than that, and in the end all callbacks."""
    await add_callbacks(ledger, *[str(number) for number in range(40)])
    side = Answering(204, held=True)
    async with running(CallbackSender("decision", ledger, side.send, at_once=4)):
        await until(lambda: side.at_once == 4)
        side.let_go.set()
        await until(lambda: len(side.calls) == 40)
    assert side.most_at_once == 4
    assert len({call.callback_id for call in side.calls}) == 40


async def test_callbacks_under_way_are_finished_before_the_end(ledger: LedgerFile) -> None:
    """Otherwise they would be sent again without need."""
    await add_callbacks(ledger, "a")
    side = Answering(204, held=True)
    async with running(CallbackSender("decision", ledger, side.send)):
        await until(lambda: side.at_once)
        asyncio.get_running_loop().call_later(0.1, side.let_go.set)
    assert await waiting(ledger) == 0


async def test_a_sender_sends_callbacks_of_its_kind_only(ledger: LedgerFile) -> None:
    """Reports and decisions do not delay each other."""
    await add_callbacks(ledger, "a", kind="report")
    await add_callbacks(ledger, "b")
    side = Answering(204)
    async with running(CallbackSender("decision", ledger, side.send)):
        await until(lambda: side.calls)
    assert [call.callback_id for call in side.calls] == ["b"]
    assert await waiting(ledger) == 1


async def test_listed_reports_share_requests_by_address(ledger: LedgerFile) -> None:
    """Due reports to one address share a request, up to the limit, and all are settled."""
    await add_callbacks(
        ledger, *[f"a{number}" for number in range(5)], kind="listed_report", url="a"
    )
    await add_callbacks(ledger, "b", kind="listed_report", url="b")
    side = Answering(204)
    async with running(
        CallbackSender("listed_report", ledger, side.send, at_once=10, per_request=3)
    ):
        await until(lambda: len(side.calls) == 6)
    assert sorted(side.requests) == [1, 2, 3]
    assert await waiting(ledger) == 0


async def test_only_reports_of_a_list_that_were_not_accepted_are_sent_again(
    ledger: LedgerFile,
) -> None:
    """Every callback of a request has its own result: accepted, refused, or sent again."""
    await add_callbacks(ledger, "a", "b", "c", kind="listed_report")
    side = Answering(204, 404, 503, 204)
    async with running(CallbackSender("listed_report", ledger, side.send, per_request=10)):
        await until(lambda: len(side.calls) == 4)
    assert side.requests == [3, 1]
    assert side.calls[3].callback_id == side.calls[2].callback_id
    callbacks = await ledger.read(open_callbacks, 10)
    assert (callbacks["waiting"], len(callbacks["refused"])) == (0, 1)
