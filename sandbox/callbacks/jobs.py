"""Sends due callbacks until the platform accepts or refuses them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from libs.component import ComponentHealth
from sandbox.callbacks import queries
from sandbox.callbacks.queries import DecisionRow
from sandbox.callbacks.rules import Attempt, Callback, Kind
from sandbox.faults.destinations import SMS
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.schema import Connection

# Longer than a callback may take, so that no callback is sent twice at the same time.
_LEASE_BEYOND_DEADLINE_S: Final = 20.0
_LONGEST_SLEEP_S: Final = 1.0

Send = Callable[[Sequence[Callback]], Awaitable[Sequence[int | None]]]


class CallbackSender:
    """Sends the callbacks of one kind; a component of the sandbox.

    Args:
        kind: every kind has its own sender, so that no kind delays another.
        ledger: stores the callbacks.
        send: sends the callbacks of one request, and returns their statuses.
        at_once: most requests under way.
        deadline_s: seconds that one request may take.
        per_request: most callbacks in one request.
    """

    def __init__(
        self,
        kind: Kind,
        ledger: LedgerFile,
        send: Send,
        *,
        at_once: int = 64,
        deadline_s: float = 10.0,
        per_request: int = 1,
    ) -> None:
        self.name = f"{kind} caller"
        self._kind: Kind = kind
        self._ledger = ledger
        self._send = send
        self._lease_s = deadline_s + _LEASE_BEYOND_DEADLINE_S
        self._free = at_once
        self._per_request = per_request
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Check for due callbacks without waiting for the next poll."""
        self._woken.set()

    def health(self) -> ComponentHealth:
        """Return healthy; a failure of the ledger is raised."""
        return ComponentHealth()

    async def run(self, stop: asyncio.Event) -> None:
        """Send callbacks until `stop` is set, and finish those under way."""
        await self._ledger.write(queries.release_callbacks, self._kind, time.time())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake_at(stop))
            while not stop.is_set():
                self._woken.clear()
                limit = max(self._free, 0) * self._per_request
                claimed, due_s = await self._ledger.write(claim, self._kind, limit, self._lease_s)
                for callbacks in self._requests_of(claimed):
                    self._free -= 1
                    tasks.create_task(self._make(callbacks))
                await self._sleep_until(due_s)

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._woken.set()

    def _requests_of(self, callbacks: Sequence[Callback]) -> list[list[Callback]]:
        """Split callbacks into requests to one address with at most `per_request` callbacks."""
        by_url: dict[str, list[Callback]] = {}
        for callback in callbacks:
            by_url.setdefault(callback.url, []).append(callback)
        return [
            of_url[start : start + self._per_request]
            for of_url in by_url.values()
            for start in range(0, len(of_url), self._per_request)
        ]

    async def _make(self, callbacks: Sequence[Callback]) -> None:
        try:
            statuses = await self._send(callbacks)
            at_s = time.time()
            attempts = [
                Attempt(callback, status, at_s)
                for callback, status in zip(callbacks, statuses, strict=True)
            ]
            await self._ledger.write(settle, attempts)
        finally:
            self._free += 1
            self.wake()

    async def _sleep_until(self, due_s: float | None) -> None:
        """Sleep until the next callback is due and a request is free, or until woken."""
        wait_s = _LONGEST_SLEEP_S
        if due_s is not None and self._free > 0:
            wait_s = min(due_s - time.time(), wait_s)
        try:
            async with asyncio.timeout(max(wait_s, 0.001)):
                await self._woken.wait()
        except TimeoutError:
            return


class CallbackSenders(dict[Kind, CallbackSender]):
    """The senders, by kind."""


def claim(
    connection: Connection, kind: Kind, limit: int, lease_s: float
) -> tuple[list[Callback], float | None]:
    """Claim due callbacks; a decision enters the ledger when it is claimed for the first time.

    Returns:
        The callbacks, and when the next one is due, in seconds since 1970.
    """
    now_s = time.time()
    claimed = queries.claim_callbacks(
        connection, kind, now_s=now_s, until_s=now_s + lease_s, limit=limit
    )
    for callback in claimed:
        if kind == "decision" and callback.attempts == 1:
            row = DecisionRow(
                callback.destination, callback.subject, callback.result, _written(now_s)
            )
            queries.insert_decision(connection, row)
    return claimed, queries.next_due_s(connection, kind)


def settle(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Delete accepted callbacks, mark refused ones, and postpone the others."""
    for attempt in attempts:
        callback = attempt.callback
        if attempt.is_accepted:
            queries.delete_callback(connection, callback.callback_id)
            if callback.destination == SMS:
                queries.mark_reported(connection, callback.subject, _written(attempt.at_s))
        elif attempt.is_refused and attempt.status:
            queries.refuse_callback(connection, callback.callback_id, attempt.status)
        else:
            queries.postpone_callback(connection, callback.callback_id, attempt.next_due_s)


def _written(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="microseconds")
