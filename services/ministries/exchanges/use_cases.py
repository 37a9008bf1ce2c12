"""Makes batches, and records the rows of ministries' files."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Final
from uuid import UUID

import structlog

from libs.database.pool import is_temporary
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.jobs import JobQueue, JobResult, Lease
from libs.telemetry.metrics import Metrics
from services.ministries.connections.rules import Connection
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.deliveries.values import Batch, ReadFile, ResultFile
from services.ministries.exchanges import queries, rules
from services.ministries.exchanges.rules import Exchange, Exchanged, Place, Sent

# A batch is recorded as sent before the next one is sent.
_BATCHES_AT_ONCE = 1
_DEFECT: Final = "the platform failed at this file, and its operators were told; send it again"

log = structlog.get_logger()


async def make_batches(
    tx: Transaction, connections: Mapping[str, Connection], metrics: Metrics
) -> int:
    """Put due deliveries into batches, in order; return how many batches were made.

    A ministry gets a batch at most every `read_every_s`, and every second, with at most
    `read_at_once` rows. A delivery whose row cannot be decrypted becomes a dead letter.

    Of a ministry that no longer exchanges files, what was not sent becomes due for its new adapter.
    Its files are read until each row that was sent is answered or settled; what waits behind such a
    row goes by the new adapter then.

    Args:
        tx: the transaction.
        connections: of the ministries that exchange files, by ministry.
        metrics: counts dead letters.
    """
    made = 0
    for ministry in await queries.read_others(tx, list(connections)):
        await deliveries.make_due(tx, await queries.delete_unsent(tx, ministry))
        await queries.delete_settled_exchange(tx, ministry)
    for ministry, connection in connections.items():
        await queries.ensure_exchange(tx, ministry, connection.read_every_s)
        batch_no = await queries.next_batch_no(tx, ministry, connection.read_every_s)
        if batch_no is None:
            continue
        taken = await deliveries.take_due(tx, ministry, connection.read_at_once)
        await deliveries.give_up(tx, metrics, [delivery for delivery in taken if delivery.unopened])
        taken = [delivery for delivery in taken if not delivery.unopened]
        if taken:
            await queries.insert_batch(
                tx, ministry, batch_no, [delivery.delivery_id for delivery in taken]
            )
            made += 1
    if made:
        tx.notify_on_commit(EXCHANGES.name)
    return made


async def claim(tx: Transaction, lease: Lease) -> list[Exchange]:
    """Claim due exchanges, with the oldest batch to send and the files to put aside.

    A delivery that was damaged in its batch is due again by itself, where it becomes a dead letter.
    """
    claimed = await queries.claim_exchanges(tx, lease)
    ministries = [exchange.ministry for exchange in claimed]
    if not ministries:
        return []
    rows = await queries.read_unsent(tx, ministries, _BATCHES_AT_ONCE)
    content = await deliveries.read_deliveries(tx, [row["delivery_id"] for row in rows])
    if damaged := [delivery.delivery_id for delivery in content.values() if delivery.unopened]:
        await deliveries.make_due(tx, damaged)
        await queries.delete_rows_to_send(tx, damaged)
        rows = [row for row in rows if row["delivery_id"] not in damaged]
    batches = [
        Batch(
            ministry,
            batch_no,
            made_at,
            {row["row_no"]: content[row["delivery_id"]] for row in of_batch},
        )
        for (ministry, batch_no, made_at), of_batch in groupby(
            rows, itemgetter("ministry", "batch_no", "made_at")
        )
    ]
    read = await queries.read_read_files(tx, ministries)
    return [
        replace(
            exchange,
            batches=[batch for batch in batches if batch.ministry == exchange.ministry],
            read_files=[file for ministry, file in read if ministry == exchange.ministry],
        )
        for exchange in claimed
    ]


EXCHANGES: Final = JobQueue(
    "exchange",
    claim=claim,
    release=queries.release_exchanges,
    oldest_due_age_s=queries.read_oldest_due_age_s,
)
"""The queue of exchanges: one row for each ministry that exchanges files."""


async def record_results(
    tx: Transaction,
    results: Sequence[JobResult[Exchange, Exchanged]],
    *,
    metrics: Metrics,
) -> set[str]:
    """Record exchanges, and count the rows that cannot be used; none ever fails for good."""
    await queries.save_failures(tx, [result for result in results if result.failure is not None])
    for result in results:
        if result.outcome is not None:
            files = [
                await _record_file(tx, result.job.ministry, file, metrics)
                for file in result.outcome.files
            ]
            await queries.save_exchange(tx, result.job.ministry, result.outcome, files)
    return set()


async def mark_failed(tx: Transaction, exchanges: Sequence[Exchange]) -> None:
    """Try again later."""
    unrecorded = RuntimeError("unrecorded")
    await queries.save_failures(
        tx,
        [
            JobResult(exchange, None, unrecorded, None, counts=True, trace=None)
            for exchange in exchanges
        ],
    )


async def resend_batch(tx: Transaction, ministry: str, batch_no: int, *, by: str) -> int:
    """Hand the rows of a batch that have no answer over again, in the next batch; return how many.

    Raises:
        Refused: every row has an answer, or there is no such batch.
    """
    made_due = await deliveries.make_due(tx, await queries.read_unanswered(tx, ministry, batch_no))
    if not made_due:
        raise Refused("batch_settled")
    log.info("batch sent again", ministry=ministry, batch_no=batch_no, rows=made_due, by=by)
    return made_due


async def erase(tx: Transaction, delivery_ids: Collection[UUID]) -> None:
    """Leave deliveries of an erased citizen out of batches to send, and forget their numbers."""
    await queries.delete_rows_to_send(tx, delivery_ids)
    await queries.delete_numbers(tx, delivery_ids)


async def read_failing(tx: Transaction) -> dict[str, tuple[int, str]]:
    """Read how many exchanges failed in a row, and the class of the last failure, by ministry."""
    return await queries.read_failing(tx)


async def read_answered(tx: Transaction) -> dict[str, datetime]:
    """Read when files were exchanged last, by ministry."""
    return await queries.read_answered(tx)


async def read_overdue(tx: Transaction) -> dict[str, float]:
    """Read for how many seconds the oldest row of a sent batch has had no answer, by ministry."""
    return await queries.read_overdue(tx)


async def _record_file(
    tx: Transaction, ministry: str, file: ResultFile, metrics: Metrics
) -> ReadFile:
    """Record one file; where a defect of ours prevents that, it is refused, and others go on."""
    try:
        async with tx.savepoint():
            return await _record(tx, ministry, file, metrics)
    except Exception as defect:  # house: broad-except (the other files are recorded)
        if isinstance(defect, Unavailable) or is_temporary(defect):
            raise
        log.exception("file not recorded", ministry=ministry)
        tx.after_commit(partial(metrics.count, "exchange_defects", destination=ministry))
        refused = replace(file, rows=(), problems=[*file.problems, _DEFECT], is_refused=True)
        return await _record(tx, ministry, refused, metrics)


async def _record(tx: Transaction, ministry: str, file: ResultFile, metrics: Metrics) -> ReadFile:
    places: set[Place] = {(row.batch_no, row.row_no) for row in file.rows}
    rows = await queries.read_rows(tx, ministry, places)
    content = await deliveries.read_deliveries(tx, [row["delivery_id"] for row in rows.values()])
    sent = {
        place: Sent(content[row["delivery_id"]], row["case_file_number"])
        for place, row in rows.items()
        if row["delivery_id"] in content
    }
    accounted = rules.account(file, sent)
    refusals = await deliveries.record_responses(tx, list(accounted.responses.values()))
    accounted = accounted.without(refusals)
    numbers = {
        place: response.decision.case_file_number for place, response in accounted.responses.items()
    }
    await queries.save_answers(tx, ministry, numbers)
    report = accounted.report(file)
    not_used = len(file.problems) + len(accounted.problems)
    level = log.error if not_used else log.info
    tx.after_commit(partial(metrics.count, "file_rows_not_used", not_used, destination=ministry))
    level("file read", ministry=ministry, used=len(numbers), not_used=not_used)
    return report
