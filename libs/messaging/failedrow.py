"""Old names of `libs.dead_letters`; to be deleted when nothing imports them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from libs.database.transaction import Transaction
from libs.dead_letters import queries, use_cases
from libs.dead_letters.rules import FailedJob, ManualActions
from libs.telemetry.metrics import Metrics
from libs.trace_context import TraceContext

ByHand = ManualActions


@dataclass(frozen=True, slots=True)
class FailedRow:
    """Old name of `FailedJob`."""

    worker: str
    row_key: str
    party: str
    reason: str
    detail: str
    attempts: int
    holds_back: bool
    trace: TraceContext | None


async def keep_rows(tx: Transaction, rows: Sequence[FailedRow]) -> list[FailedRow]:
    """Old way to keep jobs, without an alert."""
    fresh = await queries.insert_jobs(tx, list(map(_job, rows)))
    return [row for row in rows if (row.worker, row.row_key) in fresh]


async def keep_failed(tx: Transaction, metrics: Metrics, rows: Sequence[FailedRow]) -> None:
    """Old name of `use_cases.keep_jobs`."""
    await use_cases.keep_jobs(tx, metrics, list(map(_job, rows)))


async def settle_rows(tx: Transaction, worker: str, row_keys: Collection[str], *, how: str) -> None:
    """Old name of `use_cases.settle_jobs`."""
    await use_cases.settle_jobs(tx, worker, row_keys, how=how)


def _job(row: FailedRow) -> FailedJob:
    return FailedJob(
        row.worker,
        row.row_key,
        row.party,
        row.reason,
        row.detail,
        row.attempts,
        row.holds_back,
        row.trace,
    )
