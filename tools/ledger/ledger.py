"""What the outside parties received, as the sandbox's ledger has it: the witness that counts."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp
import orjson

from tools.ledger.pages import Pages, Row
from tools.ledger.phones import Phones, tracking_number_in

_POLL_S = 0.2
_PAUSE_S = 0.5
_PAGE_WITHIN_S = 5.0


@dataclass(slots=True)
class Message:
    """One SMS as the operator took it over."""

    reference: str
    received_at: datetime
    reported: bool


@dataclass(slots=True)
class Story:
    """What was seen of one application from outside."""

    handed_over: int = 0
    decided: bool = False
    messages: list[Message] = field(default_factory=list)


class Ledger(Phones):
    """Follows the ledger from where it stands at the start.

    Args:
        http: the client.
        url: base URL of the sandbox.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        super().__init__()
        self._pages = Pages(http, url, within_s=_PAGE_WITHIN_S)
        self._after = {"submissions": 0, "decisions": 0, "messages": 0}
        self.by_application: defaultdict[str, Story] = defaultdict(Story)
        self.by_tracking_number: defaultdict[str, dict[int, Message]] = defaultdict(dict)

    async def skip_to_end(self) -> None:
        """Leave out what is there already, from earlier trials."""
        for kind in self._after:
            while await self._new(kind):
                continue

    async def follow(self, stop: asyncio.Event) -> None:
        """Read on until told to stop; while the sandbox is away, keep trying."""
        while not stop.is_set():
            try:
                await self.read()
            except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError):
                await asyncio.sleep(_PAUSE_S)
            await asyncio.sleep(_POLL_S)

    async def read(self) -> None:
        """Read what is new of everything."""
        for row in await self._new("submissions"):
            if row.get("kind", "lodged") == "lodged":
                self.by_application[row["application_id"]].handed_over += 1
        for row in await self._new("decisions"):
            self.by_application[row["application_id"]].decided = True
        await self._read_messages()

    async def _read_messages(self) -> None:
        """Read messages, those again whose delivery report was still out when last read."""
        rows = await self._pages.page("messages", after=self._after["messages"])
        for row in rows:
            self._take(row)
        waiting = [row["n"] for row in rows if row["reported_at"] is None]
        if rows:
            self._after["messages"] = min(waiting) - 1 if waiting else rows[-1]["n"]

    def _take(self, row: Row) -> None:
        message = Message(
            reference=row["reference"],
            received_at=datetime.fromisoformat(row["received_at"]),
            reported=row["reported_at"] is not None,
        )
        if number := tracking_number_in(row["text"]):
            self.by_tracking_number[number][row["n"]] = message
        self.take(row)

    async def _new(self, kind: str) -> list[Row]:
        rows = await self._pages.page(kind, after=self._after[kind])
        if rows:
            self._after[kind] = rows[-1]["n"]
        return rows
