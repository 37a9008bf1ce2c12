"""The ledger page by page: nothing twice, nothing left out, and an absence is no empty page."""

import aiohttp
import pytest
from tools.ledger.pages import Pages

from tests.tools.playing import playing


async def test_the_rest_is_all_that_comes_after_a_number() -> None:
    """Page after page until one is empty, in order."""
    async with playing() as (played, http):
        for _ in range(3):
            played.make_application()
        pages = Pages(http, played.url, within_s=10)
        assert [row["n"] for row in await pages.rest("submissions", after=1)] == [2, 3]
        assert await pages.rest("submissions", after=3) == []


async def test_a_ledger_that_is_away_is_no_empty_ledger() -> None:
    """Whoever reads is told so, and does not count zero."""
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientError):
            await Pages(http, "http://127.0.0.1:1", within_s=10).rest("messages", after=0)


async def test_what_is_not_there_is_an_error() -> None:
    """An answer that is no success brings no rows."""
    async with playing() as (played, http):
        with pytest.raises(aiohttp.ClientResponseError):
            await Pages(http, f"{played.url}/nowhere", within_s=10).page("messages", after=0)
