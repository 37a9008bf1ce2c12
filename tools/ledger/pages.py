"""The sandbox's ledger page by page, in the order in which it was written."""

from typing import Any

import aiohttp
import orjson

Row = dict[str, Any]

_ROWS = 5_000


class Pages:
    """Reads a ledger; aiohttp's errors and time-outs come out while the sandbox is away.

    Args:
        http: the client.
        url: base URL of the sandbox.
        within_s: seconds that one page may take.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, *, within_s: float) -> None:
        self._http = http
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=within_s)

    async def page(self, kind: str, *, after: int, limit: int = _ROWS) -> list[Row]:
        """One page of the rows of a kind that come after a number."""
        rows: list[Row] = await self.read(f"{kind}?after={after}&limit={limit}")
        return rows

    async def rest(self, kind: str, *, after: int) -> list[Row]:
        """All rows of a kind that come after a number."""
        rows: list[Row] = []
        while page := await self.page(kind, after=rows[-1]["n"] if rows else after):
            rows += page
        return rows

    async def read(self, what: str) -> Any:
        """Anything that stands under `/ledger/`."""
        async with self._http.get(f"{self._url}/ledger/{what}", timeout=self._timeout) as answer:
            answer.raise_for_status()
            return orjson.loads(await answer.read())
