"""What the sandbox received, read after the clicks: while they run it is only asked how far it is.

The ledger numbers what it receives, so one small question ("is there a message beyond number n?")
says whether everything is through, and costs the sandbox nothing that would be measured.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp

from tools.demo.measures import MESSAGES_EACH
from tools.ledger.pages import Pages, Row
from tools.ledger.phones import tracking_number_in

_PAGE_WITHIN_S = 300.0
_POLL_S = 0.05
_PAUSE_S = 1.0


@dataclass(slots=True)
class Received:
    """What reached the outside parties, by tracking number.

    Args:
        hand_overs: how often each application reached its ministry.
        messages: of each application how often each message came, by its reference.
        last_s: when its last message came, in seconds since 1970.
    """

    hand_overs: Counter[str] = field(default_factory=Counter)
    messages: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    last_s: dict[str, float] = field(default_factory=dict)

    def complete(self, number: str) -> bool:
        """Whether an application reached its ministry, and both its messages the operator."""
        return self.hand_overs[number] > 0 and len(self.messages[number]) >= MESSAGES_EACH


class Witness:
    """Reads the ledger on from where it stood.

    Args:
        http: the client.
        url: base URL of the sandbox.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._pages = Pages(http, url, within_s=_PAGE_WITHIN_S)
        self._after = {"submissions": 0, "messages": 0}

    async def skip_to_end(self) -> None:
        """Leave out what is there already."""
        for kind in self._after:
            await self._new(kind)

    async def arrived(self, many: int, *, within_s: float) -> None:
        """Wait until so many applications' messages have come, or time is up."""
        until_s = time.monotonic() + within_s
        last = self._after["messages"] + MESSAGES_EACH * many
        while many and time.monotonic() < until_s:
            if await self._pages.page("messages", after=last - 1, limit=1):
                return
            await asyncio.sleep(_POLL_S)

    async def received(self, numbers: Collection[str], *, within_s: float) -> Received:
        """Read what came, and read on until all of these are through, or time is up."""
        until_s = time.monotonic() + within_s
        found = Received()
        await self._read(found)
        while time.monotonic() < until_s and not all(map(found.complete, numbers)):
            await asyncio.sleep(_PAUSE_S)
            await self._read(found)
        return found

    async def _read(self, found: Received) -> None:
        for row in await self._new("submissions"):
            if row["kind"] == "lodged":
                found.hand_overs[row["tracking_number"]] += 1
        for row in await self._new("messages"):
            if number := tracking_number_in(row["text"]):
                found.messages[number][row["reference"]] += 1
                at_s = datetime.fromisoformat(row["received_at"]).timestamp()
                found.last_s[number] = max(at_s, found.last_s.get(number, 0.0))

    async def _new(self, kind: str) -> list[Row]:
        rows = await self._pages.rest(kind, after=self._after[kind])
        if rows:
            self._after[kind] = rows[-1]["n"]
        return rows
