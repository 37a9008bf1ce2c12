"""The file that holds the ledger: writes share a commit, and reads wait for none.

Whoever arrives while a commit is under way rides in the next one, so a lone write waits for nobody
and thousands a second cost a few dozen commits. Everything runs in two threads of its own (one
writes, one reads), so that the event loop never waits for the disk.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from libs.errors import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")
P = ParamSpec("P")

Write = Callable[[sqlite3.Connection, Sequence[Item]], Sequence[Result | Exception]]

MOST_ITEMS = 1024


@dataclass(slots=True)
class _Waiting:
    write: Write[Any, Any]
    item: Any
    answer: "asyncio.Future[Any]"

    def settle(self, result: object) -> None:
        if self.answer.done():
            return
        if isinstance(result, BaseException):
            self.answer.set_exception(result)
        else:
            self.answer.set_result(result)


class LedgerFile:
    """Writes and reads one SQLite file.

    Args:
        writing: a connection that is used for writing only.
        reading: another one to the same file, used for reading only.
    """

    def __init__(self, writing: sqlite3.Connection, reading: sqlite3.Connection) -> None:
        self._writing = writing
        self._reading = reading
        self._writer = ThreadPoolExecutor(1, "ledger-writer")
        self._reader = ThreadPoolExecutor(1, "ledger-reader")
        self._waiting: deque[_Waiting] = deque()
        self._busy = False

    async def write(self, write: Write[Item, Result], item: Item) -> Result:
        """Write one item together with whoever else is waiting, and return once it is in the file.

        Args:
            write: writes many items and returns a result per item, in order; an exception in the
                place of a result fails that item alone.
            item: what to write.

        Raises:
            Unavailable: the file cannot be written.
            Exception: what `write` put in the place of this item's result.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(write, item, loop.create_future())
        self._waiting.append(waiting)
        if not self._busy:
            self._begin(loop)
        try:
            result: Result = await waiting.answer
        except sqlite3.Error as failure:
            raise Unavailable("ledger", type(failure).__name__) from failure
        return result

    async def read(
        self,
        query: Callable[Concatenate[sqlite3.Connection, P], Result],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        """Run a query on what is committed by now."""
        call = partial(query, self._reading, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._reader, call)

    def close(self) -> None:
        """Finish the commit in hand and close the file."""
        self._writer.shutdown(wait=True)
        self._reader.shutdown(wait=True)
        self._reading.close()
        self._writing.close()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        size = min(len(self._waiting), MOST_ITEMS)
        group = [self._waiting.popleft() for _ in range(size)]
        self._busy = True
        committed = loop.run_in_executor(self._writer, self._commit, group)
        committed.add_done_callback(partial(self._settle, loop, group))

    def _settle(
        self,
        loop: asyncio.AbstractEventLoop,
        group: Sequence[_Waiting],
        committed: "asyncio.Future[Sequence[object]]",
    ) -> None:
        if self._waiting:
            self._begin(loop)
        else:
            self._busy = False
        failure = committed.exception()
        results = [failure] * len(group) if failure else committed.result()
        for waiting, result in zip(group, results, strict=True):
            waiting.settle(result)

    def _commit(self, group: Sequence[_Waiting]) -> Sequence[object]:
        try:
            with self._writing:
                return self._apply(group)
        except Exception as failure:  # noqa: BLE001 house: broad-except
            if len(group) == 1:
                return [failure]
        # One item spoils the commit of all: each alone, so that only the bad one fails.
        return [self._commit([waiting])[0] for waiting in group]

    def _apply(self, group: Sequence[_Waiting]) -> Sequence[object]:
        """Run each kind of write once for all its items; results in the order of the group."""
        kinds: dict[Write[Any, Any], list[int]] = {}
        for place, waiting in enumerate(group):
            kinds.setdefault(waiting.write, []).append(place)
        results: list[object] = [None] * len(group)
        for write, places in kinds.items():
            written = write(self._writing, [group[place].item for place in places])
            for place, result in zip(places, written, strict=True):
                results[place] = result
        return results
