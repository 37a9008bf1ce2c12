"""Makes the callbacks that are callbacks, until our side takes each over or refuses it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from libs.component import ComponentHealth
from sandbox.callbacks import queries
from sandbox.callbacks.client import Callbacks
from sandbox.callbacks.queries import DecisionRow, insert_decisions, mark_reported
from sandbox.callbacks.rules import Attempt, Callback, Kind
from sandbox.faults.destinations import SMS
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.schema import Connection

# Longer than any callback may take, so that none is made twice at the same time.
_LEASE_BEYOND_DEADLINE_S: Final = 20.0
_LONGEST_SLEEP_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A wish for so many due callbacks of one kind, to be held for so many seconds."""

    kind: Kind
    limit: int
    lease_s: float


@dataclass(frozen=True, slots=True)
class Claimed:
    """Callbacks in hand, and when the next one is due, in seconds since 1970."""

    callbacks: Sequence[Callback]
    next_due_s: float | None


class CallbackSender:
    """Makes the callbacks of one kind; a part of the sandbox.

    Args:
        kind: decisions and reports have a sender of their own, so that none delays another.
        ledger: where they are written down.
        callbacks: makes them.
        at_once: most requests under way.
        deadline_s: seconds that one may take.
        per_request: most callbacks in one request; more than one only of a kind that is listed.
    """

    def __init__(
        self,
        kind: Kind,
        ledger: LedgerFile,
        callbacks: Callbacks,
        *,
        at_once: int = 64,
        deadline_s: float = 10.0,
        per_request: int = 1,
    ) -> None:
        self.name = f"{kind} caller"
        self._kind = kind
        self._ledger = ledger
        self._callbacks = callbacks
        self._lease_s = deadline_s + _LEASE_BEYOND_DEADLINE_S
        self._free = at_once
        self._per_request = per_request
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look soon whether a callback is due."""
        self._woken.set()

    def health(self) -> ComponentHealth:
        """Always well: what it needs is the ledger, which fails loudly."""
        return ComponentHealth()

    async def run(self, stop: asyncio.Event) -> None:
        """Make callbacks until `stop` is set, those in hand included."""
        await self._ledger.write(_release, self._kind)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake_at(stop))
            while not stop.is_set():
                self._woken.clear()
                claimed = await self._claim()
                for callbacks in self._requests_for(claimed.callbacks):
                    self._free -= 1
                    tasks.create_task(self._make(callbacks))
                await self._sleep_until(claimed.next_due_s)
        await self._callbacks.close()

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._woken.set()

    async def _claim(self) -> Claimed:
        limit = max(self._free, 0) * self._per_request
        return await self._ledger.write(claim, Claim(self._kind, limit, self._lease_s))

    def _requests_for(self, callbacks: Sequence[Callback]) -> list[list[Callback]]:
        """Split callbacks into those of one request each: of one address, and not too many."""
        by_url: dict[str, list[Callback]] = {}
        for each in callbacks:
            by_url.setdefault(each.url, []).append(each)
        return [
            to_one[start : start + self._per_request]
            for to_one in by_url.values()
            for start in range(0, len(to_one), self._per_request)
        ]

    async def _make(self, callbacks: Sequence[Callback]) -> None:
        try:
            statuses = await self._statuses(callbacks)
            at_s = time.time()
            attempts = [
                Attempt(each, status, at_s)
                for each, status in zip(callbacks, statuses, strict=True)
            ]
            await self._ledger.write(settle, attempts)
        finally:
            self._free += 1
            self.wake()

    async def _statuses(self, callbacks: Sequence[Callback]) -> Sequence[int | None]:
        if self._kind == "listed_report":
            return await self._callbacks.call_listed(callbacks)
        return [await self._callbacks.call(each) for each in callbacks]

    async def _sleep_until(self, due_s: float | None) -> None:
        """Sleep until the next one is due or somebody wakes us, or a call has ended."""
        now_s = time.time()
        wait_s = _LONGEST_SLEEP_S if due_s is None else min(due_s - now_s, _LONGEST_SLEEP_S)
        if self._free <= 0:
            wait_s = _LONGEST_SLEEP_S
        try:
            async with asyncio.timeout(max(wait_s, 0.001)):
                await self._woken.wait()
        except TimeoutError:
            return


def claim(connection: Connection, claims: Sequence[Claim]) -> list[Claimed]:
    """Take due callbacks in hand; what is taken the first time is decided by that."""
    return [_claim(connection, each) for each in claims]


def settle(connection: Connection, requests: Sequence[Sequence[Attempt]]) -> list[None]:
    """Forget what was taken over, keep what was refused, and put off the rest."""
    tries = [attempt for request in requests for attempt in request]
    taken_over = [attempt for attempt in tries if attempt.taken_over]
    queries.delete_callbacks(connection, [attempt.callback.callback_id for attempt in taken_over])
    reports = [attempt for attempt in taken_over if attempt.callback.destination == SMS]
    mark_reported(
        connection, [(attempt.callback.subject, _written(attempt.at_s)) for attempt in reports]
    )
    refusals = [
        (t.callback.callback_id, t.status) for t in tries if t.refused and t.status is not None
    ]
    queries.refuse_callbacks(connection, refusals)
    again = [attempt for attempt in tries if not (attempt.taken_over or attempt.refused)]
    queries.postpone_callbacks(
        connection, [(attempt.callback.callback_id, attempt.next_due_s) for attempt in again]
    )
    return [None] * len(requests)


def _claim(connection: Connection, wish: Claim) -> Claimed:
    now_s = time.time()
    due = queries.due_callbacks(connection, wish.kind, now_s=now_s, limit=wish.limit)
    if not due:
        return Claimed([], queries.next_due_s(connection, wish.kind))
    queries.hold_callbacks(connection, [each.callback_id for each in due], now_s + wish.lease_s)
    callbacks = [replace(each, attempts=each.attempts + 1) for each in due]
    first = [each for each in callbacks if each.attempts == 1]
    match wish.kind:
        case "decision":
            insert_decisions(connection, [_decision(each, now_s) for each in first])
        case "report" | "listed_report":
            pass
    return Claimed(callbacks, queries.next_due_s(connection, wish.kind))


def _decision(callback: Callback, now_s: float) -> DecisionRow:
    return DecisionRow(callback.destination, callback.subject, callback.result, _written(now_s))


def _written(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="microseconds")


def _release(connection: Connection, kinds: Sequence[Kind]) -> list[None]:
    for kind in kinds:
        queries.release_callbacks(connection, kind, time.time())
    return [None] * len(kinds)
