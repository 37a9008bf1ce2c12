"""Takes submissions in, many at a time; those of one application in their order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from libs.contracts.applications import (
    SubmissionAppealed,
    SubmissionCorrected,
    SubmissionMade,
)
from libs.contracts.events import Event
from libs.database.transaction import Transaction
from libs.dead_letters.rules import BlockedApplication
from libs.dead_letters.use_cases import read_newest_value
from libs.errors import Refused
from libs.messaging.reading.batch import Batch
from libs.messaging.writing import outbox
from libs.workflows.reading import was_appealed
from services.cases.erasure import use_cases as erasure
from services.cases.handed_in import use_cases as handed_in
from services.cases.intake import rules
from services.cases.intake.rules import Going, Submission
from services.cases.work import use_cases as work
from services.cases.work.values import CaseFile
from services.cases.workflows import use_cases as workflows


async def take_in(tx: Transaction, batch: Batch[Submission], *, at: datetime) -> list[Event]:
    """Open, correct and take back cases, hear appeals; return what is to be announced.

    A submission that its case does not allow becomes a dead letter, as does a grievance at the
    office of which it complains; the others are taken in. Those of an erased citizen are not
    stored; where a restore lost their case, documents is told that nothing of it stays.
    """
    await work.wait_for_erasure(tx)
    erased = await erasure.find_erased(tx, {event.applicant_id for event in batch.events})
    not_stored = [
        rules.file_of(event).case_id
        for event in batch.events
        if isinstance(event, SubmissionMade) and event.applicant_id in erased
    ]
    await handed_in.settle(tx, sorted(not_stored), (), at)
    announced: list[Event] = []
    for events in rules.in_rounds(batch.events):
        wanted = [event for event in events if event.applicant_id not in erased]
        astray = [event for event in wanted if rules.is_at_office_complained_of(event)]
        for event in astray:
            batch.refuse(event, Refused("office_complained_of"))
        wanted = [event for event in wanted if event not in astray]
        made = [event for event in wanted if isinstance(event, SubmissionMade)]
        appeals = [event for event in wanted if isinstance(event, SubmissionAppealed)]
        others = [
            event for event in wanted if not isinstance(event, SubmissionMade | SubmissionAppealed)
        ]
        said, refused = await work.open_cases(
            tx, [(rules.file_of(event), rules.content_of(event)) for event in made], at=at
        )
        announced += said
        announced += await _go_on(tx, batch, others, at) if others else []
        announced += await _hear(tx, batch, appeals, at) if appeals else []
        for event in made:
            if event.event_id in refused:
                batch.refuse(event, refused[event.event_id])
    return announced


async def announce_blocked(tx: Transaction, blocked: Sequence[BlockedApplication]) -> None:
    """Announce submissions that the platform could not process, with itself as the cause."""
    events: list[Event] = []
    for application in blocked:
        ministry = rules.ministry_of(await read_newest_value(tx, application))
        if ministry is not None:
            events.append(
                rules.submission_blocked(
                    application.application_id,
                    ministry,
                    application.dead_letter_id,
                    application.trace,
                )
            )
    await outbox.add(tx, events)


async def hear(
    tx: Transaction, events: Sequence[SubmissionAppealed], at: datetime
) -> tuple[list[Event], set[UUID], Mapping[UUID, Refused]]:
    """Open decided cases again for appeals; at most one of each application.

    A case in which the citizen has appealed has this appeal, also once that is decided: an
    application has one. One that is open for the first time has lost its decision by a restore, and
    the appeal is for a person to look at.

    Returns:
        What is to be announced, the applications whose cases are open again, and why appeals are
        not heard, by application.
    """
    applications = [event.application_id for event in events]
    is_open = await work.lock_open_cases(tx, applications)
    ended = await work.lock_ended_cases(tx, applications)
    is_heard = await find_appealed(tx, {**ended, **is_open})
    files = {key: file for key, file in ended.items() if key not in is_heard}
    contents = await work.read_contents(tx, files.values())
    known = [(event, files[key]) for event in events if (key := event.application_id) in files]
    orders = [
        (file, rules.with_papers(contents[file.case_id], event), rules.appeal_of(event, file, at))
        for event, file in known
    ]
    announced, not_heard = await work.carry_out(tx, orders)
    heard = [(file, content) for file, content, _ in orders if file.case_id not in not_heard]
    await work.add_contents(tx, heard)
    refused = {
        event.application_id: Refused("appeal_not_possible", "the case is not decided")
        if event.application_id in is_open
        else Refused("unknown_key", f"no case for this {event.type}")
        for event in events
        if event.application_id not in is_heard | files.keys()
    } | {
        file.application_id: not_heard[file.case_id]
        for _, file in known
        if file.case_id in not_heard
    }
    return announced, {file.application_id for file, _ in heard}, refused


async def find_appealed(tx: Transaction, files: Mapping[UUID, CaseFile]) -> set[UUID]:
    """Return those applications in whose cases the citizen has appealed."""
    versions = await workflows.read_versions(tx, {file.workflow_key for file in files.values()})
    return {
        application_id
        for application_id, file in files.items()
        if was_appealed(versions[file.workflow_key], file.state)
    }


async def _hear(
    tx: Transaction, batch: Batch[Submission], events: Sequence[SubmissionAppealed], at: datetime
) -> list[Event]:
    announced, _, refused = await hear(tx, events, at)
    for event in events:
        if event.application_id in refused:
            batch.refuse(event, refused[event.application_id])
    return announced


async def _go_on(
    tx: Transaction, batch: Batch[Submission], events: Sequence[Going], at: datetime
) -> list[Event]:
    """Correct cases and take them back; at most one submission of each application."""
    files = await work.lock_open_cases(tx, [event.application_id for event in events])
    missing = {event.application_id for event in events} - files.keys()
    closed = await work.find_closed(tx, missing)
    contents = await work.read_contents(tx, files.values())
    known = [
        (event, files[event.application_id]) for event in events if event.application_id in files
    ]
    announced, refused = await work.carry_out(
        tx,
        [
            (
                rules.corrected(file, event),
                rules.newest(contents[file.case_id], event),
                rules.order_of(event, at),
            )
            for event, file in known
            if not rules.is_move(event)
        ],
    )
    announced += await work.give_to_offices(
        tx,
        [
            (file, contents[file.case_id], event.office)
            for event, file in known
            if rules.is_move(event)
        ],
        at=at,
    )
    await work.add_contents(
        tx,
        [
            (file, rules.content_of(event))
            for event, file in known
            if isinstance(event, SubmissionCorrected) and file.case_id not in refused
        ],
    )
    for event in events:
        file = files.get(event.application_id)
        if file is not None and file.case_id in refused:
            batch.refuse(event, refused[file.case_id])
        elif file is None and rules.is_lost(event, event.application_id in closed):
            batch.refuse(event, Refused("unknown_key", f"no open case for this {event.type}"))
    return announced
