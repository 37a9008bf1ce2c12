"""Mails planned, claimed and recorded."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.jobs import JobResult, Lease
from services.programme.mails import queries
from services.programme.mails.rules import MailKind, Notice


async def keep(tx: Transaction, kind: MailKind, due: Collection[UUID]) -> set[UUID]:
    """Forget the mails of a kind that are not due any more; return those due and not yet sent."""
    await queries.delete_others(tx, kind, due)
    return set(due) - (await queries.read_sent(tx, due)).keys()


async def save(tx: Transaction, notices: Sequence[Notice], at: datetime) -> None:
    """Let mails be sent, or change what waits; one that was sent is not sent again."""
    await queries.save_notices(tx, notices, at)


async def read_sent(tx: Transaction, mail_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return which mails were sent, and when."""
    return await queries.read_sent(tx, mail_ids)


async def claim(tx: Transaction, lease: Lease) -> list[Notice]:
    """Claim mails that are due."""
    return await queries.claim_notices(tx, lease)


async def release(tx: Transaction, claimed_by: str, kept: Collection[UUID] = ()) -> None:
    """Release the mails that a job runner does not work at."""
    await queries.release(tx, claimed_by, kept)


async def read_oldest_due_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest mail is due; 0 if none is."""
    return await queries.read_oldest_due_age_s(tx)


async def record(tx: Transaction, results: Sequence[JobResult[Any, bool]], late_s: float) -> None:
    """Record which mails were taken."""
    await queries.save_results(tx, results, late_s)
