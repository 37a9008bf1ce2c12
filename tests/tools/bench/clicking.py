"""Clicks at a played platform."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from tools.bench.crowd import requests
from tools.virtual_users.wishes import Wish

from tests.tools.playing import Played, playing
from tools.bench.load import Load

WISHES = [Wish("S002", "জন্ম নিবন্ধন", {"name_bn": "নমুনা"}), Wish("S003", "সনদ", {"name_bn": "নমুনা"})]


@asynccontextmanager
async def clicking(
    lines: int = 4, **faults: Any
) -> AsyncIterator[tuple[Load, Played, aiohttp.ClientSession]]:
    """A load before a played platform."""
    async with playing(**faults) as (played, http):
        address = urlsplit(played.url)
        clicks = requests("/v1/applications", WISHES, ["Bearer a", "Bearer b"])
        async with Load(address.hostname or "", address.port or 0, clicks, lines=lines) as load:
            yield load, played, http
