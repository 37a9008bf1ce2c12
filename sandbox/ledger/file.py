"""The file that holds the ledger: writes share a commit, and reads wait for none.

All that comes in one turn of the event loop is written at the end of that turn, in one commit, so
a lone write waits for nobody and thousands a second cost a few hundred commits. Writing happens on
the loop itself: a commit only hands pages to the operating system (`open_ledger`), which takes a
fraction of a millisecond, less than handing the work to a thread and back. Pages of the ledger,
which may be long, are read in a thread.
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
    answer: "asyncio.Future[Any]"


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
        """Write in one commit with all other writes that wait, and return once it is in the file.

        Args:
            write: writes; what it raises undoes this write alone. It may be called twice.
            args: its arguments, behind the connection.
            kwargs: the same.

        Raises:
            Unavailable: the file cannot be written.
            Exception: what `write` raised.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._commit_waiting)
        answer: asyncio.Future[Result] = loop.create_future()
        self._waiting.append(
            _Waiting(lambda connection: write(connection, *args, **kwargs), answer)
        )
        return await answer

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
        group, self._waiting = self._waiting, []
        for waiting, result in zip(group, self._commit(group), strict=True):
            if waiting.answer.done():
                continue
            if isinstance(result, Exception):
                waiting.answer.set_exception(result)
            else:
                waiting.answer.set_result(result)

    def _commit(self, group: Sequence[_Waiting]) -> Sequence[object]:
        try:
            with self._writing:
                return [waiting.write(self._writing) for waiting in group]
        except Exception as failure:  # noqa: BLE001 house: broad-except
            if len(group) == 1:
                is_the_file = isinstance(failure, sqlite3.Error)
                return [Unavailable("ledger", type(failure).__name__) if is_the_file else failure]
        # One write spoils the commit of all: each alone, so that only the bad one fails.
        return [self._commit([waiting])[0] for waiting in group]
