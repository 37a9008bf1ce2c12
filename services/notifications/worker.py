"""Hands due messages to the provider, and tidies up behind.

Two workers send: one for messages about applications, one for one-time codes. Each has its own
claims, calls and connections, so a backlog or a slow provider puts no message before a code.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

import structlog

from libs.component import ComponentHealth, pause
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable, Unreadable
from libs.messaging import outbox
from libs.messaging.heldup import HeldUp
from libs.messaging.work import Asked, Done, Work
from services.notifications import store
from services.notifications.domain.messages import PROVIDER, DueMessage
from services.notifications.domain.progress import Progress, Told, closed, not_taken_in, taken_over

Outcome: TypeAlias = Literal["taken_over", "too_late"]
Sent: TypeAlias = Done[DueMessage, Outcome]

_TIDY_AT_ONCE = 1000

log = structlog.get_logger()


class Provider(Protocol):
    """Who takes messages over."""

    async def send(self, asked: Sequence[Asked[DueMessage]]) -> Sequence[Exception | None]:
        """Take messages over; say of each None, or why not: Unavailable, Refused, Unreadable.

        What holds for all of them may be raised instead.
        """


def send_messages(
    provider: Provider, now: Callable[[], datetime], *, per_request: int = 1
) -> Work[DueMessage, Outcome]:
    """The work of sending messages about applications, up to `per_request` in one call."""
    return Work(
        claim=store.claim_messages,
        release=store.release,
        act=_Sending(provider, now).send,
        record=record,
        set_aside=set_aside,
        party_of=_party_of,
        rows_per_call=per_request,
    )


def send_codes(
    provider: Provider, now: Callable[[], datetime], *, per_request: int = 1
) -> Work[DueMessage, Outcome]:
    """The work of sending one-time codes; what came too late is closed and not sent."""
    return Work(
        claim=store.claim_codes,
        release=store.release,
        act=_Sending(provider, now).send,
        record=record,
        set_aside=set_aside,
        party_of=_party_of,
        rows_per_call=per_request,
    )


async def record(tx: Transaction, done: Sequence[Sent]) -> set[UUID]:
    """Note what came of calls, and tell it.

    What a delivery report has closed meanwhile stands; it is not even held.

    Returns:
        The messages that have failed for good by it.
    """
    queued = await store.lock_progress(tx, [each.row.message_id for each in done], queued_only=True)
    moved: list[Progress] = []
    told: list[Told] = []
    for each in done:
        before = queued.get(each.row.message_id)
        if before is None or each.next_due_s is not None:
            continue
        after, events = _closed(before._replace(trace=each.trace), each)
        moved.append(after)
        told += events
    retries = [_retry(each, each.next_due_s) for each in done if each.next_due_s is not None]
    await store.save_progress(tx, moved)
    await store.forget_codes(tx, [each.message_id for each in moved if not each.application_id])
    await store.save_retries(tx, retries)
    await store.hold_back_later_messages(tx, retries)
    await outbox.add(tx, told)
    return {each.message_id for each in moved if each.state == "failed"}


async def set_aside(tx: Transaction, rows: Sequence[DueMessage]) -> None:
    """Close messages as failed, and nothing besides."""
    queued = await store.lock_progress(tx, [each.message_id for each in rows], queued_only=True)
    await store.save_progress(tx, [closed(each, "failed", "defect")[0] for each in queued.values()])


async def tell_held_up(tx: Transaction, held: Sequence[HeldUp]) -> None:
    """Have the timeline say that news did not go out by SMS.

    No SMS says so: it would go the very way that failed.
    """
    told = [not_taken_in(each.application_id, each.dead_letter_id, each.trace) for each in held]
    await outbox.add(tx, told)


class Tidying:
    """Closes codes that came too late, and deletes messages that are long done with.

    Args:
        database: the service's own.
        keep_days: age in days at which a message that is done with goes.
        every_s: seconds between two rounds.
    """

    name = "tidying"

    def __init__(self, database: Database, *, keep_days: int, every_s: float) -> None:
        self._database = database
        self._keep_days = keep_days
        self._every_s = every_s

    def health(self) -> ComponentHealth:
        """Always well: what is left over is tidied in the next round."""
        return ComponentHealth()

    async def run(self, stop: asyncio.Event) -> None:
        """Tidy every so often until `stop` is set."""
        more = False
        while not await pause(stop, 0.0 if more else self._every_s):
            try:
                more = await self._tidy_some()
            except Unavailable as failure:
                more = False
                log.warning("tidying waits", dependency=failure.dependency)

    async def _tidy_some(self) -> bool:
        """Tidy one small batch of each kind; return whether there may be more."""
        async with self._database.transaction() as tx:
            late = await store.close_expired_codes(tx, limit=_TIDY_AT_ONCE)
            old = await store.delete_old_messages(
                tx, older_than_days=self._keep_days, limit=_TIDY_AT_ONCE
            )
        return _TIDY_AT_ONCE in {late, old}


class _Sending:
    def __init__(self, provider: Provider, now: Callable[[], datetime]) -> None:
        self._provider = provider
        self._now = now

    async def send(self, asked: Sequence[Asked[DueMessage]]) -> list[Outcome | Exception]:
        now = self._now()
        in_time = [each for each in asked if not each.row.is_worthless(now)]
        failures = await self._provider.send(in_time) if in_time else ()
        said: dict[UUID, Outcome | Exception] = {
            each.row.message_id: failure or "taken_over"
            for each, failure in zip(in_time, failures, strict=True)
        }
        return [said.get(each.row.message_id, "too_late") for each in asked]


def _party_of(_message: DueMessage) -> str:
    return PROVIDER


def _closed(before: Progress, done: Sent) -> tuple[Progress, list[Told]]:
    if done.outcome == "taken_over":
        return taken_over(before)
    if done.outcome == "too_late":
        return closed(before, "expired", "code_expired")
    return closed(before, "failed", _reason(done.failure))


def _retry(done: Sent, next_due_s: float) -> store.Retry:
    return store.Retry(
        message_id=done.row.message_id,
        reason=_reason(done.failure),
        next_due_s=next_due_s,
        counts=done.counts,
    )


def _reason(failure: Exception | None) -> str:
    """A failure as a code that may be stored, shown and told: never the failure's own words."""
    match failure:
        case Refused():
            return failure.code
        case Unavailable():
            return "provider_unavailable"
        case Unreadable():
            return "provider_answers_nonsense"
        case _:
            return "defect"
