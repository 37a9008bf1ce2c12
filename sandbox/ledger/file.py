"""The file that holds the ledger: writes share a commit, and reads wait for none.

All that comes in one turn of the event loop is written at the end of that turn, in one commit, so
a lone write waits for nobody and thousands a second cost a few hundred commits. Writing happens on
the loop itself: a commit only hands pages to the operating system (`open_ledger`), which takes a
fraction of a millisecond, less than handing the work to a thread and back. Pages of the ledger,
which may be long, are read in a thread.
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
        if isinstance(result, sqlite3.Error):
            result = Unavailable("ledger", type(result).__name__)
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
        self._reader = ThreadPoolExecutor(1, "ledger-reader")
        self._waiting: deque[_Waiting] = deque()

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
        if not self._waiting:
            loop.call_soon(self._commit_waiting)
        waiting = _Waiting(write, item, loop.create_future())
        self._waiting.append(waiting)
        result: Result = await waiting.answer
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
        """Write what waits and close the file."""
        self._commit_waiting()
        self._reader.shutdown(wait=True)
        self._reading.close()
        self._writing.close()

    def _commit_waiting(self) -> None:
        while self._waiting:
            size = min(len(self._waiting), MOST_ITEMS)
            group = [self._waiting.popleft() for _ in range(size)]
            for waiting, result in zip(group, self._commit(group), strict=True):
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
