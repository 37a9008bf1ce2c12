"""Full logins by lean clients, whose own CPU is a small part of what a login costs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import orjson

from tools.bench.http_connection import HttpClient
from tools.ledger import LedgerReader, NoCode
from tools.virtual_users.citizen import new_phone, own_address

_CODE_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Logins:
    """Citizens who requested a code, read it from the SMS, and exchanged it.

    Args:
        count: how many tried.
        seconds: from the first request to the last answer.
        tokens: Authorization headers of those who succeeded.
    """

    count: int
    seconds: float
    tokens: Sequence[str]

    @property
    def failed(self) -> int:
        """Citizens who were not logged in."""
        return self.count - len(self.tokens)

    @property
    def per_s(self) -> float:
        """Full logins in a second."""
        return round(len(self.tokens) / self.seconds, 1)


async def log_in(gateway: str, reader: LedgerReader, count: int, at_once: int) -> Logins:
    """Log citizens in through the gateway, so many at once; nothing is repeated."""
    tokens: list[str] = []
    waiting, address = iter(range(count)), urlsplit(gateway)

    async def log_in_in_turn() -> None:
        client = _Client(address.hostname or "", address.port or 80)
        for _ in waiting:
            token = await _log_in(client, reader)
            if token is not None:
                tokens.append(f"Bearer {token}")
        client.close()

    begun_s = perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(at_once):
            tasks.create_task(log_in_in_turn())
    return Logins(count, perf_counter() - begun_s, tokens)


async def _log_in(client: "_Client", reader: LedgerReader) -> str | None:
    phone, address = new_phone(), own_address()
    status, _ = await client.post("/v1/login/codes", address, {"phone": phone})
    if status != 202:
        return None
    try:
        code = await reader.code_for(phone, within_s=_CODE_TIMEOUT_S)
    except NoCode:
        return None
    status, answer = await client.post("/v1/login/tokens", address, {"phone": phone, "code": code})
    return answer["access_token"] if status == 200 else None


class _Client(HttpClient):
    """A client with one connection, which sends one request at a time."""

    async def post(self, path: str, address: str, body: dict[str, str]) -> tuple[int, Any]:
        content = orjson.dumps(body)
        head = (
            f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
            f"x-forwarded-for: {address}\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        status, answer = await self.send(head.encode() + content)
        return status, orjson.loads(answer or b"{}")
