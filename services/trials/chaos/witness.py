"""What the outside parties saw: read on for codes and questions, read whole at the end."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from libs.bangladesh.text import ascii_digits
from services.trials.ledger import NoCode

Row = dict[str, Any]

_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
TRACKING_NUMBER = re.compile(r"NS(?:-[0-9A-Z]{5}){3}")
_KINDS = ("submissions", "decisions", "messages")
_PAGE_ROWS = 5_000
_POLL_S = 0.4
_AWAY = (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError)


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger of a run, and what the outside world still owes us."""

    submissions: list[Row]
    decisions: list[Row]
    messages: list[Row]
    owed_waiting: int
    owed_refused: int


class Witness:
    """Reads the sandbox's ledger from where it stands at the start.

    Args:
        http: the client.
        url: base URL of the sandbox.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self._begin = dict.fromkeys(_KINDS, 0)
        self._after = dict(self._begin)
        self._refused_before = 0
        self._codes: dict[str, str] = {}
        self._new_code = asyncio.Event()

    async def begin(self) -> None:
        """Leave out what earlier runs wrote."""
        for kind in _KINDS:
            while rows := await self._page(kind, self._begin[kind]):
                self._begin[kind] = rows[-1]["n"]
        self._after = dict(self._begin)
        self._refused_before = len((await self._get("/ledger/owed"))["refused"])

    async def follow(self, stop: asyncio.Event, asked: Callable[[str], None]) -> None:
        """Read on until told to stop; while the sandbox is away, keep trying.

        Args:
            stop: ends it.
            asked: is given each application that a ministry sends back for correction.
        """
        while not stop.is_set():
            try:
                for row in await self._new("messages"):
                    self._take(row)
                for row in await self._new("decisions"):
                    if row["action"] == "correction_asked":
                        asked(row["application_id"])
            except _AWAY:
                pass  # it is being broken, too: the same pages again, below
            await asyncio.sleep(_POLL_S)

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

    async def books(self) -> Books:
        """Everything since the start; aiohttp's errors come out while the sandbox is away."""
        rows: dict[str, list[Row]] = {}
        for kind in _KINDS:
            rows[kind], after = [], self._begin[kind]
            while page := await self._page(kind, after):
                rows[kind] += page
                after = page[-1]["n"]
        waiting, refused = await self.owed()
        return Books(**rows, owed_waiting=waiting, owed_refused=refused)

    async def owed(self) -> tuple[int, int]:
        """How many callbacks are still to be made, and how many our side has refused since."""
        owed = await self._get("/ledger/owed")
        return owed["waiting"], max(0, len(owed["refused"]) - self._refused_before)

    def _take(self, row: Row) -> None:
        text = ascii_digits(row["text"])
        if not TRACKING_NUMBER.search(text) and (code := _CODE.search(text)):
            self._codes[row["to"]] = code[0]
            self._new_code.set()

    async def _new(self, kind: str) -> list[Row]:
        rows = await self._page(kind, self._after[kind])
        if rows:
            self._after[kind] = rows[-1]["n"]
        return rows

    async def _page(self, kind: str, after: int) -> list[Row]:
        rows: list[Row] = await self._get(f"/ledger/{kind}?after={after}&limit={_PAGE_ROWS}")
        return rows

    async def _get(self, path: str) -> Any:
        async with self._http.get(
            f"{self._url}{path}", timeout=aiohttp.ClientTimeout(total=10)
        ) as answer:
            answer.raise_for_status()
            return orjson.loads(await answer.read())
