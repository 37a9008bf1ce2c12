"""The job that exchanges files with a ministry."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from libs.errors import Unavailable
from libs.jobs import JobQueue, JobType, RetryPolicy, one_per_call
from libs.telemetry.metrics import Metrics
from services.ministries.deliveries.adapters.contract import FileAdapter
from services.ministries.deliveries.values import ResultFile
from services.ministries.exchanges import use_cases
from services.ministries.exchanges.queries import release_exchanges
from services.ministries.exchanges.rules import Exchange

POLICY: Final = RetryPolicy(first_s=5.0, most_s=3600.0, give_up_after_s=float("inf"))
"""An exchange is repeated for ever, with pauses of up to an hour."""


def exchanges(
    adapter_of: Callable[[str], FileAdapter | None], metrics: Metrics
) -> JobType[Exchange, Sequence[ResultFile]]:
    """Declare the job type; `adapter_of` returns the adapter of a ministry that exchanges files."""
    return JobType(
        queue=JobQueue(use_cases.EXCHANGES, _insert_none, use_cases.claim, release_exchanges),
        call=one_per_call(partial(exchange, adapter_of)),
        record=partial(use_cases.record_results, metrics=metrics),
        mark_failed=use_cases.mark_failed,
        destination_of=lambda each: each.ministry,
    )


async def exchange(
    adapter_of: Callable[[str], FileAdapter | None], due: Exchange
) -> Sequence[ResultFile]:
    """Send what is to be sent, put aside what is recorded, and read what the ministry has.

    Raises:
        Unavailable: also when the ministry exchanges files no more.
    """
    adapter = adapter_of(due.ministry)
    if adapter is None:
        raise Unavailable(due.ministry, "exchanges no files")
    for batch in due.batches:
        await adapter.send(batch)
    await adapter.put_aside(due.read_files)
    return await adapter.receive()


async def _insert_none(*_: object) -> list[Exchange]:
    """Exchanges come with the connections; nobody enqueues one."""
    return []
