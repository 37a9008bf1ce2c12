"""The file of the ledger: concurrent writes share a commit, and reads do not block writes.

The writes of one turn of the event loop are committed together at its end, so a single write is
not delayed, and thousands a second need a few hundred commits. Commits run on the loop itself: a
commit only passes pages to the operating system (`open_ledger`). That takes a fraction of a
millisecond, less than a switch to a thread and back. Pages of the ledger may be long, so they are
read in a thread.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from libs.errors import Unavailable

Result = TypeVar("Result")
P = ParamSpec("P")


class _Waiting(NamedTuple):
    write: Callable[[sqlite3.Connection], Any]
    result: "asyncio.Future[Any]"


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
        self._waiting: list[_Waiting] = []

    async def write(
        self,
        write: Callable[Concatenate[sqlite3.Connection, P], Result],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        """Write in one commit with all other waiting writes; return after the commit.

        Args:
            write: executes the write; an exception undoes this write alone. It may be called twice.
            args: its arguments after the connection.
            kwargs: its keyword arguments.

        Raises:
            Unavailable: the file cannot be written.
            Exception: what `write` raised.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._commit_waiting)
        result: asyncio.Future[Result] = loop.create_future()
        self._waiting.append(
            _Waiting(lambda connection: write(connection, *args, **kwargs), result)
        )
        return await result

    async def read(
        self,
        query: Callable[Concatenate[sqlite3.Connection, P], Result],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        """Run a query on the committed rows."""
        call = partial(query, self._reading, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._reader, call)

    def close(self) -> None:
        """Commit the waiting writes and close the file."""
        self._commit_waiting()
        self._reader.shutdown(wait=True)
        self._reading.close()
        self._writing.close()

    def _commit_waiting(self) -> None:
        group, self._waiting = self._waiting, []
        for waiting, result in zip(group, self._commit(group), strict=True):
            if waiting.result.done():
                continue
            if isinstance(result, Exception):
                waiting.result.set_exception(result)
            else:
                waiting.result.set_result(result)

    def _commit(self, group: Sequence[_Waiting]) -> Sequence[object]:
        try:
            with self._writing:
                return [waiting.write(self._writing) for waiting in group]
        except Exception as failure:  # noqa: BLE001 house: broad-except
            if len(group) == 1:
                is_the_file = isinstance(failure, sqlite3.Error)
                return [Unavailable("ledger", type(failure).__name__) if is_the_file else failure]
        # One write made the commit fail. Commit them one by one, so that only that one fails.
        return [self._commit([waiting])[0] for waiting in group]
