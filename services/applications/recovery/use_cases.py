"""Finds the records that a restored database lost, and takes them up from the topics."""

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import compress
from typing import Final
from uuid import UUID

from libs.contracts.applications import (
    ApplicationSubmitted,
    SubmissionAppealed,
    SubmissionCorrected,
    SubmissionMade,
)
from libs.contracts.ministries import CorrectionAsked, MinistryDecided
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.reading import inbox
from libs.messaging.reading.received_record import ReceivedRecord
from libs.messaging.writing import outbox
from services.applications.lifecycle.use_cases import lock_applications, read_declared, save
from services.applications.public_services.cache import PublicServiceCache
from services.applications.recovery import queries, rules
from services.applications.recovery.rules import Outcome, TakenUp
from services.applications.submissions import use_cases as submissions

_LOOKED_AT_ONCE: Final = 1_000


@dataclass(slots=True)
class Lost:
    """Records that the database lost: ids and numbers only, since there may be weeks of them.

    Args:
        applications: of which it lacks acts of their citizens, in the order of the first one.
        without_form: tracking numbers of announced applications that it lacks, by id; their forms
            are in no topic, unless they were moved.
        moved: ministries that operators moved applications to since, by tracking number.
    """

    applications: dict[UUID, None] = field(default_factory=dict)
    without_form: dict[UUID, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)

    def note_move(self, taken_up: TakenUp) -> TakenUp:
        """Say of an application that was moved that the move is to be made again.

        One whose form is lost is not applied for again, since that ministry has it.
        """
        ministry = self.moved.get(taken_up.tracking_number)
        if ministry is None:
            return taken_up
        detail = "; ".join(
            filter(None, (taken_up.detail, f"it was moved to {ministry}, which has it"))
        )
        outcome: Outcome = "not_taken_up" if taken_up.outcome == "form_lost" else taken_up.outcome
        return replace(taken_up, outcome=outcome, detail=detail)


async def find_lost(database: Database, records: AsyncIterable[ReceivedRecord]) -> Lost:
    """Return the records that are in the topics of applications, and not in its database.

    Raises:
        Unavailable: the database does not answer.
    """
    lost, looked_at = Lost(), list[ReceivedRecord]()
    async for record in records:
        looked_at.append(record)
        if len(looked_at) >= _LOOKED_AT_ONCE:
            await _compare(database, lost, looked_at)
            looked_at.clear()
    await _compare(database, lost, looked_at)
    for application_id in lost.applications.keys() & lost.without_form.keys():
        del lost.without_form[application_id]
    return lost


async def read_histories(
    database: Database,
    application_ids: Sequence[UUID],
    written: AsyncIterable[ReceivedRecord],
    heard: AsyncIterable[ReceivedRecord],
) -> list[list[ReceivedRecord]]:
    """Return the lost records of some applications, of each in the order in which they happened.

    A record's time is its writer's, and a ministry's clock may be slow. So a submission is first,
    and what stands in one partition stays in its order.

    Args:
        database: the service's own.
        application_ids: of applications that lack acts of their citizens.
        written: what applications wrote.
        heard: what ministries said.

    Raises:
        Unavailable: the database does not answer.
    """
    keys = {str(application_id).encode() for application_id in application_ids}
    acts = [record async for record in written if record.raw.key in keys]
    histories: dict[UUID, list[ReceivedRecord]] = {
        application_id: [] for application_id in application_ids
    }
    async with database.transaction() as tx:
        for application_id, act in await _missing(tx, acts):
            histories[application_id].append(act)
    async for record in heard:
        if record.raw.key in keys:
            said_of = getattr(record.event, "application_id", None)
            if said_of in histories:
                histories[said_of].append(record)
    for history in histories.values():
        _bring_into_order(history)
    return [history for history in histories.values() if history]


async def take_up(
    tx: Transaction,
    services: PublicServiceCache,
    history: Sequence[ReceivedRecord],
    *,
    since: datetime,
    dry_run: bool,
) -> TakenUp:
    """Take up one application, and announce its events under the ids of the first time.

    What ministries said counts as handled, so that the consumer drops it. Readers drop what they
    have, and send what they lost.

    Args:
        tx: the transaction.
        services: the public services with their deadlines.
        history: the records of the application that the database lacks, in their order in time.
        since: the moment of the restore.
        dry_run: store nothing.
    """
    events = {
        record.key: record.event
        for record in history
        if record.key and rules.is_known(record.event)
    }
    act = next(event for event in events.values() if rules.is_act(event))
    stored = (await lock_applications(tx, [act.application_id])).get(act.application_id)
    said = [key for key, event in events.items() if not rules.is_act(event)]
    for key in await inbox.read_handled(tx, said):
        del events[key]
    number, status = act.tracking_number, stored.status if stored else None
    try:
        known = list(events.values())
        declared = await read_declared(tx, known)
        done = rules.replay(stored, known, services.get, declared, since=since.isoformat())
    except Refused as refusal:
        return TakenUp(number, "not_taken_up", status, str(refusal))
    if not dry_run:
        if not await submissions.take_up(tx, done.new, done.corrections):
            return TakenUp(number, "not_taken_up", None, "its tracking number is another's")
        # What is refused becomes a dead letter, when the consumer reads it.
        kept = [key for key in said if key in events and events[key].event_id not in done.refused]
        await inbox.take_new(tx, kept)
        await save(tx, [done.application], done.announced, grounds=done.grounds)
        await outbox.add(tx, done.announced)
    outcome: Outcome = "taken_up" if done.new else "brought_up_to_date"
    detail = "; ".join(str(refusal) for refusal in done.refused.values())
    return TakenUp(number, outcome, done.application.status, detail)


def forms_lost(lost: Lost) -> list[TakenUp]:
    """Return the applications whose forms are in no topic: their ministries had no connection."""
    return [lost.note_move(TakenUp(number, "form_lost")) for number in lost.without_form.values()]


def _bring_into_order(history: list[ReceivedRecord]) -> None:
    latest: dict[tuple[str, int], int] = {}
    times: dict[int, tuple[bool, int]] = {}
    for record in history:
        latest[record.place] = max(latest.get(record.place, 0), record.raw.timestamp)
        times[id(record)] = (not isinstance(record.event, SubmissionMade), latest[record.place])
    history.sort(key=lambda record: times[id(record)])
    history[:] = _objections_after_refusals(_corrections_after_requests(history))


def _objections_after_refusals(history: Sequence[ReceivedRecord]) -> list[ReceivedRecord]:
    """Put an objection between both decisions, also if the ministry's clock is wrong."""

    def place(record: ReceivedRecord) -> int:
        if isinstance(record.event, MinistryDecided):
            return 0 if record.event.stage == "first" else 2
        return 1

    if not any(isinstance(record.event, SubmissionAppealed) for record in history):
        return list(history)
    moves = [isinstance(record.event, SubmissionAppealed | MinistryDecided) for record in history]
    in_order = iter(sorted(compress(history, moves), key=place))
    return [
        next(in_order) if is_moved else record
        for record, is_moved in zip(history, moves, strict=True)
    ]


def _corrections_after_requests(history: Sequence[ReceivedRecord]) -> list[ReceivedRecord]:
    """Put a correction behind the request that it answers, also if the ministry's clock is wrong.

    Corrections beyond the requests of the history answer one that the database has.
    """
    requests = sum(isinstance(record.event, CorrectionAsked) for record in history)
    corrections = sum(isinstance(record.event, SubmissionCorrected) for record in history)
    unanswered = max(0, corrections - requests)
    ordered: list[ReceivedRecord] = []
    waiting: list[ReceivedRecord] = []
    for record in history:
        if isinstance(record.event, SubmissionCorrected) and not unanswered:
            waiting.append(record)
            continue
        ordered.append(record)
        if isinstance(record.event, CorrectionAsked | SubmissionCorrected):
            unanswered += 1 if isinstance(record.event, CorrectionAsked) else -1
        while waiting and unanswered:
            ordered.append(waiting.pop(0))
            unanswered -= 1
    return [*ordered, *waiting]


async def _compare(database: Database, lost: Lost, records: Sequence[ReceivedRecord]) -> None:
    """Add the acts and applications that the database does not have."""
    announced = [
        record.event for record in records if isinstance(record.event, ApplicationSubmitted)
    ]
    lost.moved |= {
        record.event.tracking_number: record.event.ministry
        for record in records
        if isinstance(record.event, SubmissionMade) and not rules.is_act(record.event)
    }
    async with database.transaction() as tx:
        missing = await _missing(tx, records)
        unknown = await queries.find_unknown(
            tx, {application_submitted.application_id for application_submitted in announced}
        )
    lost.applications |= {application_id: None for application_id, _ in missing}
    lost.without_form |= {
        application_submitted.application_id: application_submitted.tracking_number
        for application_submitted in announced
        if application_submitted.application_id in unknown
    }


async def _missing(
    tx: Transaction, records: Sequence[ReceivedRecord]
) -> list[tuple[UUID, ReceivedRecord]]:
    """Return the acts, out of these, that the database does not have, with their applications."""
    acts: dict[UUID, tuple[UUID, ReceivedRecord]] = {}
    for record in records:
        if rules.is_act(record.event):
            event_id = rules.announcement_id(record.event)
            acts[event_id] = (record.event.application_id, record)
    missing = await queries.find_lost(tx, {key: act[0] for key, act in acts.items()})
    return [act for key, act in acts.items() if key in missing]
