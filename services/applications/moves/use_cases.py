"""Plans, counts, starts and does the moves of open applications."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.events import Event
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.writing import outbox
from libs.offices import Responsible
from services.applications.lifecycle.application import CLOSED, Application
from services.applications.lifecycle.use_cases import lock_applications, save, save_responsible
from services.applications.moves import queries, rules
from services.applications.moves.rules import Change, LastSubmission, Move
from services.applications.public_services.cache import PublicServiceCache

LOOKED_AT_ONCE: Final = 5_000
MOVED_AT_ONCE: Final = 200


async def plan(  # noqa: PLR0913
    tx: Transaction,
    services: PublicServiceCache,
    public_service_id: str,
    *,
    on_day: date | None,
    reason: str,
    by: str,
    at: datetime,
) -> Move:
    """Plan a move: it only counts until it is started.

    Args:
        tx: the transaction.
        services: the public services with their rules.
        public_service_id: whose open applications.
        on_day: the day in Dhaka whose rules count; None for today, as one that has passed.
        reason: why, for the operators.
        by: who plans it.
        at: the time.

    Raises:
        Refused: the public service is unknown, or another move of it is under way.
        Unavailable: the catalogue has not arrived yet.
    """
    services.find(public_service_id)
    day = max(on_day or date.min, dhaka_date(at))
    move = Move(new_id(), public_service_id, day, "counting", None, at, by, reason)
    if not await queries.insert_move(tx, move):
        raise Refused("move_under_way")
    return move


async def start(tx: Transaction, move_id: UUID, *, expected: int, by: str, at: datetime) -> Move:
    """Start a move that was counted; the service does it from now on, in batches.

    Raises:
        Refused: there is no such move, it is not counted, its day has not come, or it counted
            another number than expected.
    """
    move = await _lock(tx, move_id)
    started = rules.start(move, expected=expected, today=dhaka_date(at), by=by, at=at)
    await queries.update_move(tx, started)
    return started


async def cancel(tx: Transaction, move_id: UUID, *, at: datetime) -> Move:
    """Stop a move; the applications that it moved stay moved.

    Raises:
        Refused: there is no such move, or it has ended.
    """
    move = await _lock(tx, move_id)
    if move.ended_at is not None:
        raise Refused("move_not_counted")
    cancelled = replace(move, state="cancelled", ended_at=at)
    await queries.update_move(tx, cancelled)
    return cancelled


async def read_moves(tx: Transaction, *, after: UUID | None = None, limit: int = 100) -> list[Move]:
    """Read the last moves, the newest first; with `after`, those that stand behind this one."""
    return await queries.read_moves(tx, after=after, limit=limit)


async def read_move(tx: Transaction, move_id: UUID) -> Move:
    """Read a move with its counts.

    Raises:
        Refused: there is no such move.
    """
    return await _lock(tx, move_id)


async def go_on(
    tx: Transaction,
    services: PublicServiceCache,
    *,
    at: datetime,
    limit: int = MOVED_AT_ONCE,
    move_id: UUID | None = None,
) -> int:
    """Count or move the next portion of a move.

    The changed applications, their events and the cursor are written in one transaction. One
    process at a time works on a move. After a crash, the remaining applications are moved.

    Args:
        tx: the transaction.
        services: the public services with their rules.
        at: the time.
        limit: how many applications are counted or moved at most.
        move_id: the move; None for the one that was planned first.

    Returns:
        1 if there is more to do now, else 0.
    """
    move = await queries.lock_next_move(tx, move_id)
    if move is None:
        return 0
    if move.begins_at is not None and at < move.begins_at:
        return 0
    found, last = await queries.read_open_applications(
        tx, move, looked_at=LOOKED_AT_ONCE, limit=limit
    )
    if move.state == "moving":
        done = await _move(tx, services, move, found, at)
    else:
        done = await _count(tx, services, move, found, at)
    await queries.add_counts(tx, move.move_id, done, is_done=move.state == "moving")
    await queries.update_move(tx, _further(move, last, at))
    return 1


async def _count(
    tx: Transaction,
    services: PublicServiceCache,
    move: Move,
    found: list[Application],
    at: datetime,
) -> Counter[Change]:
    last = await queries.read_last_submissions(
        tx, [application.application_id for application in found]
    )
    changes = [
        rules.change_of(
            application,
            _responsible(services, move, application, last[application.application_id], at),
        )
        for application in found
        if application.application_id in last
    ]
    return Counter(change for change in changes if change)


async def _move(
    tx: Transaction,
    services: PublicServiceCache,
    move: Move,
    found: list[Application],
    at: datetime,
) -> Counter[Change]:
    ids = [application.application_id for application in found]
    locked = await lock_applications(tx, ids)
    last = await queries.read_last_submissions(tx, ids)
    service = services.find(move.public_service_id).public_service
    told_ids = await queries.read_told(
        tx, move.move_id, {application.citizen_id for application in found}
    )
    moved: list[tuple[Application, Application, Change]] = []
    events: list[Event] = []
    for application in locked.values():
        submission = last.get(application.application_id)
        if application.status in CLOSED or submission is None:  # decided or erased meanwhile
            continue
        responsible = _responsible(services, move, application, submission, at)
        change = rules.change_of(application, responsible)
        if change is None:
            continue
        is_told = application.citizen_id not in told_ids
        told_ids.add(application.citizen_id)
        after, new = rules.moved(
            application, responsible, submission, move, service=service, at=at, is_told=is_told
        )
        moved.append((application, after, change))
        events += new
    if moved:
        await save(tx, [after for _, after, _ in moved], events)
        await save_responsible(tx, [after for _, after, _ in moved])
        await queries.save_moved(tx, move, moved, at)
        await outbox.add(tx, events)
    return Counter(change for *_, change in moved)


def _responsible(
    services: PublicServiceCache,
    move: Move,
    application: Application,
    submission: LastSubmission,
    at: datetime,
) -> Responsible:
    service = services.find(application.public_service_id).public_service
    return service.responsible(dict(submission.form), move.day(dhaka_date(at)))


def _further(move: Move, last: UUID | None, at: datetime) -> Move:
    """Return a move after a portion whose last application was this one; None at the end."""
    if last is not None:
        return replace(move, cursor=last)
    if move.state == "counting":
        return replace(move, state="counted", cursor=None)
    return replace(move, state="moved", ended_at=at)


async def _lock(tx: Transaction, move_id: UUID) -> Move:
    move = await queries.lock_move(tx, move_id)
    if move is None:
        raise Refused("move_unknown")
    return move
