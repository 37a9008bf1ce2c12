"""Finds what a restored database lost, and takes it up again from the topics."""

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from aiokafka import TopicPartition

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import ApplicationSubmitted, SubmissionLodged
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging import inbox, outbox
from libs.messaging.received_record import ReceivedRecord
from services.applications.lifecycle.use_cases import lock_applications, save
from services.applications.public_services.cache import PublicServiceCache
from services.applications.recovery import queries, rules
from services.applications.recovery.rules import Outcome, TakenUp
from services.applications.submissions import use_cases as submissions

_LOOKED_AT_ONCE: Final = 1_000


@dataclass(slots=True)
class Lost:
    """What the database lost, by application.

    Args:
        records: the acts of citizens that it lacks, and then what ministries said since.
        without_form: announced applications that it lacks, by id; their forms are in no topic
            unless `records` has them.
    """

    records: dict[UUID, list[ReceivedRecord]] = field(default_factory=dict)
    without_form: dict[UUID, ApplicationSubmitted] = field(default_factory=dict)


async def find_lost(database: Database, records: AsyncIterable[ReceivedRecord]) -> Lost:
    """Return what stands in the topics that applications writes, and not in its database.

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
    for application_id in lost.records.keys() & lost.without_form.keys():
        del lost.without_form[application_id]
    return lost


async def add_ministry_events(lost: Lost, records: AsyncIterable[ReceivedRecord]) -> None:
    """Add what ministries said about lost applications, and bring all into its order in time.

    A record's time is its writer's, and a ministry's clock may be slow. So a submission is first,
    and what stands in one partition stays in its order.
    """
    async for record in records:
        application_id = getattr(record.event, "application_id", None)
        if application_id in lost.records:
            lost.records[application_id].append(record)
    for history in lost.records.values():
        _bring_into_order(history)


async def take_up(
    tx: Transaction,
    services: PublicServiceCache,
    history: Sequence[ReceivedRecord],
    *,
    since: datetime,
    dry_run: bool,
) -> TakenUp:
    """Take up one application, and announce what happened under the ids of the first time.

    What ministries said counts as handled, so that the consumer drops it. Readers drop what they
    have, and send what they lost.

    Args:
        tx: the transaction.
        services: the public services with their deadlines.
        history: the records of the application that the database lacks, in their order in time.
        since: the moment of the restore.
        dry_run: store nothing.
    """

    def due_on(public_service_id: str, at: datetime) -> date | None:
        try:
            return services.find(public_service_id).public_service.due_on(dhaka_date(at))
        except Refused:  # new since the moment; its record is read again when the service starts
            return None

    events = {each.key: each.event for each in history if each.key and rules.is_known(each.event)}
    act = next(event for event in events.values() if rules.is_act(event))
    known = (await lock_applications(tx, [act.application_id])).get(act.application_id)
    said = [key for key, event in events.items() if not rules.is_act(event)]
    for key in await inbox.known(tx, said):
        del events[key]
    number, status = act.tracking_number, known.status if known else None
    try:
        done = rules.replay(known, list(events.values()), due_on, since=since.isoformat())
    except Refused as refusal:
        return TakenUp(number, "not_taken_up", status, str(refusal))
    if not dry_run:
        if not await submissions.take_up(tx, done.new, done.corrections):
            return TakenUp(number, "not_taken_up", None, "its tracking number is another's")
        # What is refused becomes a dead letter, when the consumer reads it.
        kept = [key for key in said if key in events and events[key].event_id not in done.refused]
        await inbox.take_new(tx, kept)
        await save(tx, [done.application], done.announced)
        await outbox.add(tx, done.announced)
    outcome: Outcome = "taken_up" if done.new else "brought_up_to_date"
    detail = "; ".join(str(refusal) for refusal in done.refused.values())
    return TakenUp(number, outcome, done.application.status, detail)


def forms_lost(lost: Lost) -> list[TakenUp]:
    """Return the applications whose forms are in no topic: their ministries had no connection."""
    return [TakenUp(event.tracking_number, "form_lost") for event in lost.without_form.values()]


def _bring_into_order(history: list[ReceivedRecord]) -> None:
    latest: dict[TopicPartition, int] = {}
    times: dict[int, tuple[bool, int]] = {}
    for each in history:
        latest[each.place] = max(latest.get(each.place, 0), each.record.timestamp)
        times[id(each)] = (not isinstance(each.event, SubmissionLodged), latest[each.place])
    history.sort(key=lambda each: times[id(each)])


async def _compare(database: Database, lost: Lost, records: Sequence[ReceivedRecord]) -> None:
    """Add to what is lost the acts and the applications that the database does not have."""
    acts: dict[UUID, tuple[UUID, ReceivedRecord]] = {}
    announced: list[ApplicationSubmitted] = []
    for record in records:
        event = record.event
        if rules.is_act(event):
            acts[rules.announcement_id(event)] = (event.application_id, record)
        elif isinstance(event, ApplicationSubmitted):
            announced.append(event)
    async with database.transaction() as tx:
        missing = await queries.find_lost(tx, {key: each[0] for key, each in acts.items()})
        unknown = await queries.find_unknown(tx, {each.application_id for each in announced})
    for key in acts.keys() & missing:
        application_id, record = acts[key]
        lost.records.setdefault(application_id, []).append(record)
    lost.without_form |= {
        each.application_id: each for each in announced if each.application_id in unknown
    }
