"""The job that exchanges files with a ministry."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from typing import Final

import structlog

from libs.errors import Unavailable
from libs.jobs import JobType, RetryPolicy, one_per_call
from libs.telemetry.metrics import Metrics
from services.ministries.deliveries.adapters.contract import FileAdapter
from services.ministries.exchanges import use_cases
from services.ministries.exchanges.rules import Exchange, Exchanged

POLICY: Final = RetryPolicy(first_s=5.0, most_s=3600.0, give_up_after_s=float("inf"))
"""An exchange is repeated for ever, with pauses of up to an hour."""

_FILES_AT_ONCE: Final = 20
_ENOUGH_ROWS: Final = 5_000
"""Rows that are read at once, as many as the largest batch; they are in memory until recorded.
The next exchange follows at once.
"""

log = structlog.get_logger()


def exchanges(
    adapter_of: Callable[[str], FileAdapter | None], metrics: Metrics
) -> JobType[Exchange, Exchanged]:
    """Declare the job type; `adapter_of` returns the adapter of a ministry that exchanges files."""
    return JobType(
        queue=use_cases.EXCHANGES,
        call=one_per_call(partial(exchange, adapter_of, metrics)),
        record=partial(use_cases.record_results, metrics=metrics),
        mark_failed=use_cases.mark_failed,
        destination_of=lambda exchange: exchange.ministry,
    )


async def exchange(
    adapter_of: Callable[[str], FileAdapter | None], metrics: Metrics, due: Exchange
) -> Exchanged:
    """Put recorded files aside, send batches, and read the ministry's files.

    Each is tried although another one fails: a batch that cannot be sent keeps no decision back.
    After a batch was sent nothing is read: it is recorded first, so that no file of the ministry
    can have it sent again. The next exchange follows at once, and reads.

    Raises:
        Unavailable: nothing succeeded; also when the ministry exchanges files no more.
        TimeoutError: nothing succeeded in time.
        Exception: nothing succeeded, by a defect.
    """
    adapter = adapter_of(due.ministry)
    if adapter is None:
        raise Unavailable(due.ministry, "exchanges no files")
    done = Exchanged()
    failures: list[Exception] = []
    for step in (_put_aside, _send, _receive):
        if step is _receive and done.sent:
            break
        try:
            async with asyncio.timeout(adapter.link.file_deadline_s):
                await step(adapter, due, done)
        except (Unavailable, TimeoutError) as failure:
            failures.append(failure)
        except Exception as defect:  # house: broad-except (the other steps go on)
            metrics.count("exchange_defects", destination=due.ministry)
            log.exception("exchange failed by a defect", ministry=due.ministry)
            failures.append(defect)
    if not failures:
        return done
    if not (done.put_aside or done.files or done.sent):
        raise failures[0]
    log.warning("exchange not complete", ministry=due.ministry, failure=repr(failures[0]))
    done.is_complete = False
    return done


async def _put_aside(adapter: FileAdapter, due: Exchange, done: Exchanged) -> None:
    if due.read_files:
        await adapter.put_aside(due.read_files)
        done.put_aside.extend(due.read_files)


async def _send(adapter: FileAdapter, due: Exchange, done: Exchanged) -> None:
    for batch in due.batches:
        await adapter.send(batch)
        done.sent.append(batch)


async def _receive(adapter: FileAdapter, due: Exchange, done: Exchanged) -> None:
    rows = 0
    async with aclosing(adapter.receive()) as received:
        async for file in received:
            for new in due.not_recorded([file]):
                done.files.append(new)
                rows += len(new.rows) + len(new.problems)
            if rows >= _ENOUGH_ROWS or len(done.files) == _FILES_AT_ONCE:
                break
