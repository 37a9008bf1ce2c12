"""What the outside parties received, as the sandbox's ledger has it: the witness that counts."""

import asyncio
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
import orjson

from libs.bangladesh.text import ascii_digits

_PAGE_ROWS = 5_000
_POLL_S = 0.2
_PAUSE_S = 0.5
_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_TRACKING_NUMBER = re.compile(r"NS(?:-[0-9A-Z]{5}){3}")


class NoCode(Exception):
    """No one-time code reached the phone in time."""


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


class Ledger:
    """Follows the ledger from where it stands at the start.

    Args:
        http: the client.
        url: base URL of the sandbox.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self._after = {"submissions": 0, "decisions": 0, "messages": 0}
        self._codes: dict[str, str] = {}
        self._new_code = asyncio.Event()
        self.by_application: defaultdict[str, Story] = defaultdict(Story)
        self.by_tracking_number: defaultdict[str, dict[int, Message]] = defaultdict(dict)

    async def skip_to_end(self) -> None:
        """Leave out what is there already, from earlier trials."""
        for kind in self._after:
            while rows := await self._page(kind):
                self._after[kind] = rows[-1]["n"]

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

    async def code_for(self, phone: str, *, within_s: float) -> str:
        """The one-time code that reaches a phone.

        Raises:
            NoCode: none did in time.
        """
        try:
            async with asyncio.timeout(within_s):
                while phone not in self._codes:
                    self._new_code.clear()
                    await self._new_code.wait()
        except TimeoutError:
            raise NoCode(f"no code within {within_s:.0f} s") from None
        return self._codes.pop(phone)

    async def _read_messages(self) -> None:
        """Read messages, those again whose delivery report was still out when last read."""
        rows = await self._page("messages")
        for row in rows:
            self._take(row)
        waiting = [row["n"] for row in rows if row["reported_at"] is None]
        if rows:
            self._after["messages"] = min(waiting) - 1 if waiting else rows[-1]["n"]

    def _take(self, row: dict[str, Any]) -> None:
        message = Message(
            reference=row["reference"],
            received_at=datetime.fromisoformat(row["received_at"]),
            reported=row["reported_at"] is not None,
        )
        if number := tracking_number_in(row["text"]):
            self.by_tracking_number[number][row["n"]] = message
        elif code := _CODE.search(ascii_digits(row["text"])):
            self._codes[row["to"]] = code[0]
            self._new_code.set()

    async def _new(self, kind: str) -> list[dict[str, Any]]:
        rows = await self._page(kind)
        if rows:
            self._after[kind] = rows[-1]["n"]
        return rows

    async def _page(self, kind: str) -> list[dict[str, Any]]:
        async with self._http.get(
            f"{self._url}/ledger/{kind}",
            params={"after": self._after[kind], "limit": _PAGE_ROWS},
            timeout=aiohttp.ClientTimeout(total=5),
        ) as answer:
            answer.raise_for_status()
            rows: list[dict[str, Any]] = orjson.loads(await answer.read())
            return rows


def tracking_number_in(text: str) -> str:
    """The tracking number that a message speaks of; empty for none."""
    found = _TRACKING_NUMBER.search(ascii_digits(text))
    return found[0] if found else ""
