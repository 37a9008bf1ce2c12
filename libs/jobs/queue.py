"""Enqueues jobs and starts them in the runner of this process after the commit."""

from collections.abc import Sequence
from functools import partial

from libs.database.transaction import Transaction
from libs.jobs.job import JobT, NewT, WritableJobQueue
from libs.jobs.lease import NO_LEASE


async def enqueue(
    tx: Transaction, queue: WritableJobQueue[NewT, JobT], new: Sequence[NewT], *, later: int = 0
) -> None:
    """Write new jobs; the runner of this process starts as many as it can after the commit.

    The statement that writes these jobs also claims them, which saves a separate claim. The other
    jobs wait in the table, and runners are woken on commit.

    Args:
        tx: the open transaction.
        queue: the queue.
        new: what `queue.insert` takes.
        later: how many of them are due later only; no runner is woken for them.
    """
    if not new:
        return
    runner = tx.runner_of(queue.name)
    claimed = await queue.insert(tx, new, runner.lease() if runner else NO_LEASE)
    if claimed and runner:
        tx.after_commit(partial(runner.start, claimed))
    if len(claimed) < len(new) - later:
        tx.notify_on_commit(queue.name)
