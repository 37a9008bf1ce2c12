"""What the outside parties saw: read on for codes and questions, read whole at the end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import orjson

from tools.ledger.pages import Pages, Row
from tools.ledger.phones import Phones

_KINDS = ("submissions", "decisions", "messages")
_POLL_S = 0.4
_PAGE_WITHIN_S = 10.0
_AWAY = (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError)


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger of a run, and what the outside world still owes us."""

    submissions: list[Row]
    decisions: list[Row]
    messages: list[Row]
    owed_waiting: int
    owed_refused: int


class Witness(Phones):
    """Reads the sandbox's ledger from where it stands at the start.

    Args:
        http: the client.
        url: base URL of the sandbox.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        super().__init__()
        self._pages = Pages(http, url, within_s=_PAGE_WITHIN_S)
        self._begin = dict.fromkeys(_KINDS, 0)
        self._after = dict(self._begin)
        self._refused_before = 0

    async def begin(self) -> None:
        """Leave out what earlier runs wrote."""
        for kind in _KINDS:
            while await self._new(kind):
                continue
        self._begin = dict(self._after)
        self._refused_before = len((await self._pages.read("owed"))["refused"])

    async def follow(self, stop: asyncio.Event, asked: Callable[[str], None]) -> None:
        """Read on until told to stop; while the sandbox is away, keep trying.

        Args:
            stop: ends it.
            asked: is given each application that a ministry sends back for correction.
        """
        while not stop.is_set():
            try:
                for row in await self._new("messages"):
                    self.take(row)
                for row in await self._new("decisions"):
                    if row["action"] == "correction_asked":
                        asked(row["application_id"])
            except _AWAY:
                pass  # it is being broken, too: the same pages again, below
            await asyncio.sleep(_POLL_S)

    async def books(self) -> Books:
        """Everything since the start; aiohttp's errors come out while the sandbox is away."""
        rows = {kind: await self._pages.rest(kind, after=self._begin[kind]) for kind in _KINDS}
        waiting, refused = await self.owed()
        return Books(**rows, owed_waiting=waiting, owed_refused=refused)

    async def owed(self) -> tuple[int, int]:
        """How many callbacks are still to be made, and how many our side has refused since."""
        owed = await self._pages.read("owed")
        return owed["waiting"], max(0, len(owed["refused"]) - self._refused_before)

    async def _new(self, kind: str) -> list[Row]:
        rows = await self._pages.page(kind, after=self._after[kind])
        if rows:
            self._after[kind] = rows[-1]["n"]
        return rows
