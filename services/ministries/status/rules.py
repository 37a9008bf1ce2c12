"""The status of a ministry's system: measured, named, and announced when it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.contracts.ministries import MinistryState, MinistryStatusChanged, Trouble
from libs.errors import NotAdmitted
from libs.jobs.breaker import Circuit
from services.ministries.availability.rules import CallingLimits, Hours, Outage

DELAYED_AFTER: Final = timedelta(minutes=15)
"""The wait after which a citizen is told, too."""

NOT_ADMITTED: Final = NotAdmitted.__name__
BATCH_STUCK_AFTER: Final = timedelta(days=3)
"""The wait for an answer to a row of a batch after which the exchange counts as stuck."""

_FAILURES_OF_AN_OUTAGE: Final = 5
_NUMBERS_EVERY: Final = timedelta(minutes=1)
_MOST_OUTAGES: Final = 10


@dataclass(frozen=True, slots=True)
class Calls:
    """Results of one process's calls to a ministry's system; durations in milliseconds.

    `failure` is the class of the last failure.
    """

    ministry: str
    replica: str
    circuit: Circuit
    failures_in_row: int
    answered_at: datetime | None
    failed_at: datetime | None
    p50_ms: float | None
    p99_ms: float | None
    observed_at: datetime
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class FileExchange:
    """The state of the file exchange with a ministry.

    Args:
        failures_in_row: exchanges that failed since the last one that did not.
        failure: class of the last failure.
        unanswered_s: seconds for which the oldest row of a batch has had no answer.
        answered_at: when files were exchanged last.
    """

    failures_in_row: int = 0
    failure: str | None = None
    unanswered_s: float = 0.0
    answered_at: datetime | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether it fails again and again, or a batch is not answered."""
        fails = self.failures_in_row >= _FAILURES_OF_AN_OUTAGE
        return fails or self.unanswered_s > BATCH_STUCK_AFTER.total_seconds()


@dataclass(frozen=True, slots=True)
class Waiting:
    """The waiting deliveries of one ministry.

    Args:
        ministry: the ministry.
        waiting: submissions that wait for longer than a minute, counted up to 100,000.
        oldest_waiting_since: when the oldest waiting delivery was planned; None if none waits.
        oldest_delivery_id: that delivery.
        attempts: attempts at it so far; `last_failure` says why the last one failed.
        next_attempt_at: when the first of all is tried next.
    """

    ministry: str
    waiting: int = 0
    oldest_waiting_since: datetime | None = None
    oldest_delivery_id: UUID | None = None
    attempts: int = 0
    last_failure: str | None = None
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The measurements and settings of one ministry's system at a moment."""

    waiting: Waiting
    calls: Sequence[Calls] = ()
    outages: Sequence[Outage] = ()
    hours: Hours | None = None
    limits: CallingLimits | None = None
    exchange: FileExchange = FileExchange()
    is_stopped: bool = False

    @property
    def answered_at(self) -> datetime | None:
        """The time of the system's last answer to any of our processes, or of the last exchange."""
        answers = [*(call.answered_at for call in self.calls), self.exchange.answered_at]
        return max((answered_at for answered_at in answers if answered_at), default=None)

    @property
    def is_silent(self) -> bool:
        """Whether the last call of all processes was without an answer."""
        failed_at = max((call.failed_at for call in self.calls if call.failed_at), default=None)
        if failed_at is None:
            return False
        return self.answered_at is None or self.answered_at < failed_at


@dataclass(frozen=True, slots=True)
class Status:
    """The status of one ministry's system, and the one announced last."""

    ministry: str
    state: MinistryState
    since: datetime
    waiting: Waiting
    measured_at: datetime
    announced: str = ""
    announced_at: datetime | None = None
    trouble: Trouble | None = None


def state_of(measured: Measured, at: datetime) -> MinistryState:
    """Return the state of a ministry's system.

    It is down when it is stopped, from the fifth failure in a row on, or when something has waited
    for 15 minutes and the last call was not answered.
    """
    if measured.is_stopped:
        return "down"
    if any(outage.is_on(at) for outage in measured.outages):
        return "planned_outage"
    if measured.hours is not None and not measured.hours.are_on(at):
        return "outside_hours"
    oldest = measured.waiting.oldest_waiting_since
    is_late = oldest is not None and at - oldest > DELAYED_AFTER
    if measured.exchange.is_stuck:
        return "down"
    if measured.is_silent:
        failures = max(call.failures_in_row for call in measured.calls)
        return "down" if is_late or failures >= _FAILURES_OF_AN_OUTAGE else "working"
    return "catching_up" if is_late else "working"


def trouble_of(measured: Measured) -> Trouble | None:
    """Return why a ministry's system is down, where more is known than its silence."""
    if measured.is_stopped:
        return "stopped"
    exchange = measured.exchange
    if exchange.is_stuck:
        is_let_in = not exchange.failures_in_row or exchange.failure != NOT_ADMITTED
        return "exchange_stuck" if is_let_in else "not_admitted"
    last = max(
        (call for call in measured.calls if call.failed_at),
        key=lambda call: call.failed_at or call.observed_at,
        default=None,
    )
    return "not_admitted" if last and last.failure == NOT_ADMITTED else None


def status_of(
    measured: Measured, before: Status | None, at: datetime
) -> tuple[Status, MinistryStatusChanged | None]:
    """Return the status now, and the event if it is to be announced.

    A change of state or of what is planned is announced at once, one of the numbers once a minute.

    Args:
        measured: what is known now.
        before: the status before; None for the first one.
        at: the time.
    """
    state = state_of(measured, at)
    is_same = before is not None and before.state == state
    since = before.since if before is not None and is_same else at
    trouble = trouble_of(measured) if state == "down" else None
    event = _event(measured, state, since, at).model_copy(update={"trouble": trouble})
    # That it has ever answered is news, the time of its last answer is not.
    announced = event.model_copy(update={"answered_at": event.answered_at and since})
    content = announced.model_dump_json(exclude={"event_id", "occurred_at"})
    status = Status(measured.waiting.ministry, state, since, measured.waiting, at, trouble=trouble)
    if before is None or before.announced_at is None:
        return _announced(status, content), event
    planned = {"state", "since", "outages", "hours", "trouble"}
    earlier = MinistryStatusChanged.model_validate_json(before.announced)
    has_changed = event.model_dump(include=planned) != earlier.model_dump(include=planned)
    may_tell_numbers = at - before.announced_at >= _NUMBERS_EVERY
    if has_changed or (may_tell_numbers and content != before.announced):
        return _announced(status, content), event
    return _announced(status, before.announced, before.announced_at), None


def _announced(status: Status, content: str, at: datetime | None = None) -> Status:
    return replace(status, announced=content, announced_at=at or status.measured_at)


def _event(
    measured: Measured, state: MinistryState, since: datetime, at: datetime
) -> MinistryStatusChanged:
    return MinistryStatusChanged(
        occurred_at=at,
        ministry=measured.waiting.ministry,
        state=state,
        since=since,
        waiting=measured.waiting.waiting,
        oldest_waiting_since=measured.waiting.oldest_waiting_since
        if measured.waiting.waiting
        else None,
        answered_at=measured.answered_at,
        outages=tuple(outage.announced() for outage in measured.outages[:_MOST_OUTAGES]),
        hours=measured.hours.announced() if measured.hours else None,
    )
