"""The status of ministries' systems: measured, announced, and read by operators."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from libs.contracts.ministries import (
    CallsOfProcess,
    MinistryStatusDetails,
    MinistryStatusList,
    Trouble,
)
from libs.database.transaction import Transaction
from libs.jobs import DestinationCalls
from libs.messaging.writing import outbox
from services.ministries.availability.use_cases import Availability, read_availability
from services.ministries.connections import use_cases as connections
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.exchanges import use_cases as exchanges
from services.ministries.status import queries, rules
from services.ministries.status.rules import Calls, FileExchange, Measured, Status, Waiting

_COUNT_LIMIT: Final = 100_000
_ANSWERING: Final = frozenset({"working", "catching_up"})
_MS: Final = 1000


async def record_calls(
    tx: Transaction, calls: Sequence[DestinationCalls], *, replica: str, at: datetime
) -> None:
    """Store the results of this process's calls."""
    if calls:
        await queries.save_calls(tx, [_calls(call, replica, at) for call in calls])


async def measure(tx: Transaction, *, at: datetime, asked_every_s: float) -> list[Status]:
    """Measure the status of every ministry's system, and announce changes.

    When a system answers again, all that waits for it becomes due at once, the oldest first. While
    it does not, one delivery at least is tried in each `asked_every_s` seconds, however long the
    pauses of the deliveries have grown.

    Returns:
        The statuses.
    """
    before = await queries.lock_statuses(tx)
    measured = await _measure_all(tx, at, before=before)
    pairs = [
        rules.status_of(measurement, before.get(measurement.waiting.ministry), at)
        for measurement in measured
    ]
    statuses = [status for status, _ in pairs]
    await queries.save_statuses(tx, statuses)
    await _wake_recovered(tx, before, statuses)
    waiting = [status.ministry for status in statuses if status.waiting.next_attempt_at is not None]
    await deliveries.bring_forward(tx, waiting, to_within_s=asked_every_s)
    await outbox.add(tx, [event for _, event in pairs if event is not None])
    return statuses


async def read_statuses(tx: Transaction, *, at: datetime) -> MinistryStatusList:
    """Read the status of every ministry's system with all that is known."""
    statuses = await queries.read_statuses(tx)
    by_ministry = _by_ministry(await queries.read_calls(tx))
    availability = await read_availability(tx, at=at)
    return MinistryStatusList(
        items=[
            _details(status, _measured(status.waiting, by_ministry[status.ministry], availability))
            for status in statuses
        ]
    )


async def try_waiting(tx: Transaction, ministries: Collection[str]) -> int:
    """Try all deliveries that wait for these ministries, the oldest first; return how many."""
    return await deliveries.make_due_again(tx, ministries)


async def read_troubles(tx: Transaction) -> dict[str, tuple[Trouble, datetime]]:
    """Read the troubles that keep a ministry's system from all deliveries, and since when."""
    statuses = await queries.read_statuses(tx)
    return {
        status.ministry: (status.trouble, status.since) for status in statuses if status.trouble
    }


async def read_oldest_waiting(tx: Transaction) -> dict[str, datetime]:
    """Read since when the oldest submission waits, by ministry, as measured last."""
    oldest = {
        status.ministry: status.waiting.oldest_waiting_since
        for status in await queries.read_statuses(tx)
    }
    return {ministry: since for ministry, since in oldest.items() if since is not None}


async def _measure_all(
    tx: Transaction, at: datetime, *, before: Mapping[str, Status]
) -> list[Measured]:
    """Measure the ministries that were called, wait for something, or have something set."""
    waiting = {
        counts.ministry: counts for counts in await queries.count_waiting(tx, limit=_COUNT_LIMIT)
    }
    calls = _by_ministry(await queries.read_calls(tx))
    availability = await read_availability(tx, at=at)
    planned = {outage.ministry for outage in availability.outages}
    planned |= {hour.ministry for hour in availability.hours}
    stopped = {
        version.ministry for version in await connections.read_current(tx) if version.is_stopped
    }
    by_file = await _file_exchanges(tx)
    return [
        replace(
            _measured(waiting.get(ministry, Waiting(ministry)), calls[ministry], availability),
            is_stopped=ministry in stopped,
            exchange=by_file.get(ministry, FileExchange()),
        )
        for ministry in sorted({*before, *waiting, *calls, *planned, *stopped, *by_file})
    ]


async def _file_exchanges(tx: Transaction) -> dict[str, FileExchange]:
    failing = await exchanges.read_failing(tx)
    unanswered = await exchanges.read_overdue(tx)
    answered = await exchanges.read_answered(tx)
    found = {}
    for ministry in failing.keys() | unanswered.keys() | answered.keys():
        failures, failure = failing.get(ministry, (0, None))
        found[ministry] = FileExchange(
            failures, failure, unanswered.get(ministry, 0.0), answered.get(ministry)
        )
    return found


async def _wake_recovered(
    tx: Transaction, before: Mapping[str, Status], statuses: Sequence[Status]
) -> None:
    """Try waiting deliveries for ministries that answer again, for any reason.

    A system that was down may come back from a planned outage, or into its hours, with long pauses
    left.
    """
    recovered = [
        status.ministry
        for status in statuses
        if status.state in _ANSWERING
        and status.ministry in before
        and before[status.ministry].state not in _ANSWERING
    ]
    if recovered:
        await try_waiting(tx, recovered)


def _measured(waiting: Waiting, calls: Sequence[Calls], availability: Availability) -> Measured:
    ministry = waiting.ministry
    return Measured(
        waiting,
        calls,
        [outage for outage in availability.outages if outage.ministry == ministry],
        next((hour for hour in availability.hours if hour.ministry == ministry), None),
        next((limit for limit in availability.limits if limit.ministry == ministry), None),
    )


def _by_ministry(calls: Sequence[Calls]) -> defaultdict[str, list[Calls]]:
    by_ministry: defaultdict[str, list[Calls]] = defaultdict(list)
    for call in calls:
        by_ministry[call.ministry].append(call)
    return by_ministry


def _calls(calls: DestinationCalls, replica: str, at: datetime) -> Calls:
    return Calls(
        calls.destination,
        replica,
        calls.circuit,
        calls.failures_in_row,
        calls.answered_at,
        calls.failed_at,
        None if calls.p50_s is None else calls.p50_s * _MS,
        None if calls.p99_s is None else calls.p99_s * _MS,
        at,
        calls.failure,
    )


def _details(status: Status, measured: Measured) -> MinistryStatusDetails:
    waiting, limits = status.waiting, measured.limits
    return MinistryStatusDetails(
        ministry=status.ministry,
        state=status.state,
        trouble=status.trouble,
        since=status.since,
        waiting=waiting.waiting,
        oldest_waiting_since=waiting.oldest_waiting_since,
        oldest_delivery_id=waiting.oldest_delivery_id,
        attempts=waiting.attempts,
        last_failure=waiting.last_failure,
        next_attempt_at=waiting.next_attempt_at,
        calls=[
            CallsOfProcess(
                replica=call.replica,
                circuit=call.circuit,
                failures_in_row=call.failures_in_row,
                answered_at=call.answered_at,
                failed_at=call.failed_at,
                p50_ms=call.p50_ms,
                p99_ms=call.p99_ms,
                observed_at=call.observed_at,
            )
            for call in measured.calls
        ],
        outages=[outage.announced() for outage in measured.outages],
        hours=measured.hours.announced() if measured.hours else None,
        calls_at_once=limits.calls_at_once if limits else None,
        calls_per_s=limits.calls_per_s if limits else None,
        measured_at=status.measured_at,
    )
