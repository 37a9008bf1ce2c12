"""Opens cases and carries out commands on them; both write all that follows, in one transaction."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from libs.bangladesh.calendar import Calendar, dhaka_date
from libs.contracts.applications import ResponsibleOffice
from libs.contracts.events import Event
from libs.contracts.ministries import MinistryDecided
from libs.database.transaction import Transaction
from libs.encryption import Unopened
from libs.errors import Refused
from libs.messaging.writing import outbox
from libs.workflows.case import Case, replay
from libs.workflows.commands import Open, Withdraw
from libs.workflows.model import Workflow
from services.cases.calendar import use_cases as calendars
from services.cases.fees import use_cases as fees
from services.cases.offices import use_cases as offices
from services.cases.queues import use_cases as queues
from services.cases.tariffs import use_cases as tariffs
from services.cases.work import queries, rules
from services.cases.work.values import CaseFile, Change, Content, Entry, Order, Published
from services.cases.workflows import use_cases as workflows
from services.cases.workflows.use_cases import Versions

ReadCases: TypeAlias = Callable[[Transaction, Collection[UUID]], Awaitable[dict[UUID, CaseFile]]]


async def open_cases(
    tx: Transaction,
    new: Sequence[tuple[CaseFile, Content]],
    *,
    at: datetime,
) -> tuple[list[Event], dict[UUID, Refused]]:
    """Open cases of submissions that have come; a case that is known stays as it is.

    Returns:
        What is to be announced, and why cases were not opened, by their ids.
    """
    known = await queries.existing_cases(tx, [file.case_id for file, _ in new])
    fresh = {file.case_id: (file, content) for file, content in new if file.case_id not in known}
    if not fresh:
        return [], {}
    services = {file.public_service_id for file, _ in fresh.values()}
    versions = await workflows.read_of_services(tx, services)
    askers = {(file.citizen_id, file.public_service_id) for file, _ in fresh.values()}
    published = await _read_published(tx, services)
    counts = dict.fromkeys(askers, (0, 0)) | await queries.count_cases(tx, list(askers))
    changes: list[Change] = []
    refused: dict[UUID, Refused] = {}
    for file, content in fresh.values():
        asker = (file.citizen_id, file.public_service_id)
        asked, is_open = counts[asker]
        try:
            change = _opened(versions, published, (file, content), (asked, is_open), at)
        except Refused as refusal:
            refused[file.case_id] = refusal
            continue
        changes.append(change)
        counts[asker] = asked + 1, is_open + (change.file.closed_at is None)
    await queries.insert_cases(tx, changes)
    opened = {change.file.case_id for change in changes}
    await queries.insert_contents(tx, [new for case_id, new in fresh.items() if case_id in opened])
    await _save_effects(tx, changes)
    return [event for change in changes for event in change.announced], refused


async def carry_out(
    tx: Transaction,
    orders: Sequence[tuple[CaseFile, Content, Order]],
) -> tuple[list[Event], dict[UUID, Refused]]:
    """Carry out a command on each of some cases; one that was carried out before does nothing.

    Returns:
        What is to be announced, and why commands were not carried out, by case.
    """
    changes, refused = await prepare(tx, orders)
    if changes:
        refused |= await store(tx, changes)
    return [
        event
        for change in changes
        if change.file.case_id not in refused
        for event in change.announced
    ], refused


async def prepare(
    tx: Transaction,
    orders: Sequence[tuple[CaseFile, Content, Order]],
    *,
    into: Workflow | None = None,
) -> tuple[list[Change], dict[UUID, Refused]]:
    """Return what commands on some cases change, and why some are refused; nothing is stored.

    Args:
        tx: the transaction.
        orders: at most one of a case.
        into: the version into which cases are moved; None for that which holds for a case.
    """
    changes: list[Change] = []
    refused: dict[UUID, Refused] = {}
    keys = {file.workflow_key for file, _, _ in orders}
    versions = {} if into else await workflows.read_versions(tx, keys)
    published = await _read_published(tx, {file.public_service_id for file, _, _ in orders})
    for file, content, order in orders:
        workflow = into or versions[file.workflow_key]
        try:
            change = rules.carry_out(workflow, file, file, content, order, published)
        except Refused as refusal:
            refused[file.case_id] = refusal
            continue
        if change is not None:
            changes.append(change)
    return changes, refused


async def give_to_offices(
    tx: Transaction,
    moved: Sequence[tuple[CaseFile, Content, ResponsibleOffice | None]],
    *,
    at: datetime,
) -> list[Event]:
    """Give locked cases to other offices, each at its step; return what is to be announced."""
    versions = await workflows.read_versions(tx, {file.workflow_key for file, _, _ in moved})
    published = await _read_published(tx, {file.public_service_id for file, _, _ in moved})
    changes = [
        rules.given_to(versions[file.workflow_key], file, content, office, published, at)
        for file, content, office in moved
    ]
    if changes:
        await store(tx, changes)
    return [event for change in changes for event in change.announced]


async def end_as_told(
    tx: Transaction, decided: Sequence[tuple[CaseFile, MinistryDecided]], *, at: datetime
) -> dict[UUID, Refused]:
    """End locked cases by decisions that their citizens were told; return those that cannot be.

    Nothing is announced.
    """
    versions = await workflows.read_versions(tx, {file.workflow_key for file, _ in decided})
    changes: list[Change] = []
    refused: dict[UUID, Refused] = {}
    for file, decision in decided:
        try:
            workflow = versions[file.workflow_key]
            changes.append(rules.ended_as_told(workflow, file, decision, at))
        except Refused as refusal:
            refused[file.case_id] = refusal
    return refused | (await store(tx, changes) if changes else {})


async def add_contents(tx: Transaction, contents: Sequence[tuple[CaseFile, Content]]) -> None:
    """Store corrected forms beside those of before; a repeat changes nothing."""
    await queries.insert_contents(tx, contents)


async def find_closed(tx: Transaction, application_ids: Collection[UUID]) -> set[UUID]:
    """Return those applications that have a case, which has ended."""
    return await queries.find_closed(tx, application_ids) if application_ids else set()


async def lock_open_cases(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, CaseFile]:
    """Read the open cases of applications, by application; their rows are locked."""
    return await queries.lock_open_cases(tx, application_ids)


async def lock_ended_cases(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, CaseFile]:
    """Read the cases of applications that ended last, by application; their rows are locked.

    Applications with an open case have none.
    """
    return await queries.lock_ended_cases(tx, application_ids)


async def lock_cases(tx: Transaction, case_ids: Collection[UUID]) -> dict[UUID, CaseFile]:
    """Read cases; their rows are locked."""
    return await queries.lock_cases(tx, case_ids)


async def lock_case(tx: Transaction, file: CaseFile) -> CaseFile:
    """Lock the row of a case, and return it as it is now."""
    return (await queries.lock_cases(tx, [file.case_id]))[file.case_id]


async def repair(tx: Transaction, case_id: UUID, *, at: datetime) -> CaseFile:
    """Give a case the state that its history tells, and the tasks and clocks that follow from it.

    Clocks that run go on. Nobody is told: nothing has happened.

    Raises:
        Refused: there is no such case, or its history or its form is missing.
        Unopened: its history or its form cannot be decrypted.
    """
    ministry = await queries.find_ministry(tx, case_id)
    history = await queries.read_history(tx, case_id, ministry) if ministry else []
    if ministry is None or not history:
        raise Refused("case_unknown")
    state = replay(entry.event for entry in history)
    await queries.save_state(tx, case_id, ministry, state)
    file = (await queries.lock_cases(tx, [case_id]))[case_id]
    contents = await queries.read_contents(tx, [file])
    if case_id not in contents:
        raise Refused("case_beyond_repair", "its form is missing")
    workflow = (await workflows.read_versions(tx, [file.workflow_key]))[file.workflow_key]
    published = await _read_published(tx, [file.public_service_id])
    change = rules.as_it_is_to_be(workflow, file, contents[case_id], history, published, at)
    await store(tx, [change])
    await queries.look_again(tx, case_id)
    return change.file


async def find_after(tx: Transaction, case_id: UUID, limit: int) -> list[UUID]:
    """Return the next cases behind one in the order of their ids, without those of the erased."""
    return await queries.find_after(tx, case_id, limit)


async def is_as_its_history(tx: Transaction, case_id: UUID) -> bool:
    """Whether a case stands as its history, replayed, gives it; both can be read."""
    try:
        file = (await queries.lock_cases(tx, [case_id]))[case_id]
        history = await read_history(tx, file)
    except Unopened:
        return False
    return bool(history) and replay(entry.event for entry in history) == file.state


async def lock_readable(
    tx: Transaction, case_ids: Collection[UUID]
) -> dict[UUID, tuple[CaseFile, Content]]:
    """Lock cases, and read what was submitted for them.

    One that cannot be decrypted, or whose form is missing, is left out; the others are there.
    """
    return await _readable(tx, case_ids, queries.lock_cases)


async def read_readable(
    tx: Transaction, case_ids: Collection[UUID]
) -> dict[UUID, tuple[CaseFile, Content]]:
    """Read cases and what was submitted for them, as `lock_readable`; no row is locked."""
    return await _readable(tx, case_ids, queries.read_cases)


async def _readable(
    tx: Transaction, case_ids: Collection[UUID], read: ReadCases
) -> dict[UUID, tuple[CaseFile, Content]]:
    try:
        return await _with_contents(tx, case_ids, read)
    except Unopened:
        cases: dict[UUID, tuple[CaseFile, Content]] = {}
        for case_id in case_ids:
            with suppress(Unopened):
                cases |= await _with_contents(tx, [case_id], read)
        return cases


async def _with_contents(
    tx: Transaction, case_ids: Collection[UUID], read: ReadCases
) -> dict[UUID, tuple[CaseFile, Content]]:
    files = await read(tx, case_ids)
    contents = await queries.read_contents(tx, files.values())
    return {key: (file, contents[key]) for key, file in files.items() if key in contents}


async def count_open_of(tx: Transaction, workflow: str, version: int) -> int:
    """Count the open cases of a version of a workflow."""
    return await queries.count_open_of(tx, workflow, version)


async def reckon_again(
    tx: Transaction, calendar: Calendar, after: UUID, *, at: datetime, limit: int
) -> UUID | None:
    """Reckon the days of the next open cases by a calendar; announce those that citizens know.

    Returns:
        The application of the last one; None if there are none behind `after`.
    """
    places = await queries.find_open_after(tx, after, limit)
    if not places:
        return None
    cases = await lock_readable(tx, [case_id for _, case_id in places])
    timers = await queries.read_timers(tx, cases)
    changes = [
        rules.with_days(file, timers[case_id], calendar, at)
        for case_id, (file, _) in cases.items()
        if file.closed_at is None
        and rules.reckoned(file, timers[case_id], calendar, at) != (file, [])
    ]
    if changes:
        await queries.update_cases(tx, changes)
        await queries.save_effects(tx, changes)
        await queues.move_days(tx, {one.file.case_id: one.file.due_on for one in changes})
        await outbox.add(tx, [event for change in changes for event in change.announced])
    return places[-1][0]


async def find_open_of(
    tx: Transaction, workflow: str, version: int, *, after: UUID | None, limit: int
) -> list[UUID]:
    """Return open cases of a version of a workflow, in the order of their ids; the next ones."""
    return await queries.find_open_of(tx, workflow, version, after or UUID(int=0), limit)


async def read_revisions(tx: Transaction, case_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Read the revisions of cases; their rows are not locked."""
    return await queries.read_revisions(tx, case_ids)


async def read_contents(tx: Transaction, files: Collection[CaseFile]) -> Mapping[UUID, Content]:
    """Read what was submitted last for cases."""
    return await queries.read_contents(tx, files)


async def lock_due_cases(
    tx: Transaction, at: datetime, kinds: Collection[str], limit: int
) -> list[tuple[UUID, str, int]]:
    """Lock cases of which a clock has run out; return them with clock and visit, oldest first."""
    return await queries.lock_due_cases(tx, at, kinds, limit)


async def put_off(
    tx: Transaction, case_ids: Collection[UUID], *, before: datetime, to: datetime
) -> None:
    """Look at the clocks of cases that have run out at another time again."""
    if case_ids:
        await queries.put_off(tx, case_ids, before, to)


async def find_case(
    tx: Transaction, case_id: UUID, *, ministry: str | None = None
) -> CaseFile | None:
    """Read a case; its row is not locked: a change names the revision that was read.

    Args:
        tx: the transaction.
        case_id: its id.
        ministry: for whom it is read, with this ministry's key; None for that of the case.
    """
    return await queries.find_case(tx, case_id, ministry)


async def read_cases_of(
    tx: Transaction, citizen_id: UUID, tracking_number: str
) -> Mapping[UUID, CaseFile]:
    """Read the cases of a citizen's application; their rows are not locked."""
    return await queries.read_cases_of(tx, citizen_id, tracking_number)


async def find_ended(tx: Transaction, tracking_number: str, ministry: str) -> list[CaseFile]:
    """Read a ministry's cases of a number that have ended, the newest first."""
    return await queries.find_ended(tx, tracking_number, ministry)


async def find_ministry(tx: Transaction, case_id: UUID) -> str | None:
    """Return whose case this is; None if there is no such case."""
    return await queries.find_ministry(tx, case_id)


async def read_history(tx: Transaction, file: CaseFile) -> list[Entry]:
    """Read the history of a case, in its order."""
    return await queries.read_history(tx, file.case_id, file.ministry)


async def find_cases_of(tx: Transaction, citizen_ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """Return all cases of citizens, with their citizens."""
    return await queries.find_cases_of_citizens(tx, citizen_ids)


async def find_undecided_cases(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Return the cases of a citizen in which nothing was decided: open, or withdrawn."""
    files = await queries.lock_cases(tx, await queries.find_cases_of(tx, citizen_id))
    return [case_id for case_id, file in files.items() if file.state.outcome in {None, "withdrawn"}]


async def lock_cases_of(tx: Transaction, citizen_id: UUID) -> set[UUID]:
    """Lock all cases of a citizen, and return their applications.

    It waits for transactions that store submissions at this moment; later ones wait until the end
    of this one.
    """
    await queries.lock_table(tx)
    files = await queries.lock_cases(tx, await queries.find_cases_of(tx, citizen_id))
    return {file.application_id for file in files.values()}


async def wait_for_erasure(tx: Transaction) -> None:
    """Wait for an erasure that runs at this moment: whose it is can be read afterwards."""
    await queries.wait_for_erasure(tx)


async def empty_open_cases(tx: Transaction, citizen_id: UUID, *, at: datetime) -> int:
    """Take back a citizen's open cases, and delete what they hold; return how many.

    Cases that were withdrawn before are emptied, too: nothing was decided in them.
    """
    files = await queries.lock_cases(tx, await queries.find_cases_of(tx, citizen_id))
    is_open = {case_id: file for case_id, file in files.items() if file.closed_at is None}
    contents = await queries.read_contents(tx, is_open.values())
    withdrawn = Order(Withdraw(), at)
    await carry_out(tx, [(file, contents[key], withdrawn) for key, file in is_open.items()])
    undecided = [
        replace(file, state=rules.emptied(file.state))
        for case_id, file in files.items()
        if case_id in is_open or file.state.outcome == "withdrawn"
    ]
    await queries.empty_cases(tx, undecided)
    return len(undecided)


async def seal_cases(tx: Transaction, citizen_id: UUID) -> int:
    """Separate the rest of a citizen's cases from their person; return how many.

    They are the files of their offices, and are read by their numbers.
    """
    return await queries.seal_cases(tx, citizen_id)


async def lock_sealed(
    tx: Transaction, workflow: str, *, closed_before: datetime, limit: int
) -> list[UUID]:
    """Lock cases of erased citizens that ended before a time; return them, the oldest first."""
    return await queries.lock_sealed(tx, workflow, closed_before, limit)


async def delete_cases(tx: Transaction, case_ids: Collection[UUID]) -> None:
    """Delete ended cases; their bills, looks and messages are deleted before."""
    await queries.delete_cases(tx, case_ids)


async def store(tx: Transaction, changes: Sequence[Change]) -> dict[UUID, Refused]:
    """Store changes of cases; return those that are refused since another one came first."""
    refused = {
        change.file.case_id: Refused("second_person_needed")
        for change in changes
        if change.side and not await queries.insert_side(tx, change.file.case_id, *change.side)
    }
    allowed = [change for change in changes if change.file.case_id not in refused]
    stored = await queries.update_cases(tx, allowed)
    late = [change for change in allowed if change.file.case_id not in stored]
    await _save_effects(tx, [change for change in allowed if change not in late])
    return refused | {change.file.case_id: Refused("case_changed") for change in late}


async def _save_effects(tx: Transaction, changes: Sequence[Change]) -> None:
    """Write histories, clocks, tasks, bills and granted papers of changed cases."""
    await queries.save_effects(tx, changes)
    await outbox.add(tx, [change.granted for change in changes if change.granted])
    await fees.save_bills(tx, [change.bill for change in changes if change.bill])
    tasks = [task for change in changes for task in change.tasks]
    acts = [
        (change.file.case_id, getattr(entry.event, "role", ""))
        for change in changes
        for entry in change.entries
        if entry.actor_id is not None
    ]
    await queues.save_tasks(tx, [change.file.case_id for change in changes], tasks, acts)


async def _read_published(tx: Transaction, public_service_ids: Collection[str]) -> Published:
    return Published(
        calendar=await calendars.read_calendar(tx),
        tariffs=await tariffs.read_rows(tx),
        offices=await offices.read_rules(tx, public_service_ids),
    )


def _opened(
    versions: Versions,
    published: Published,
    new: tuple[CaseFile, Content],
    before: tuple[int, int],
    at: datetime,
) -> Change:
    """Return an opened case.

    Args:
        versions: of the workflows.
        published: what else the catalogue has published.
        new: the case, and what was submitted.
        before: how many cases its person had at the service until then, and how many are open.
        at: the current time.

    Raises:
        Refused: its public service has no workflow.
        ValueError: it has no history.
    """
    (file, content), (asked, is_open) = new, before
    on = dhaka_date(file.submitted_at)
    workflow = versions.holding(file.public_service_id, on)
    fresh = replace(
        rules.with_own_deadline(file, workflow, published.calendar),
        state=Case(workflow.workflow, workflow.version),
        attempt=asked + 1,
        other_open=is_open,
    )
    change = rules.carry_out(workflow, None, fresh, content, Order(Open(on), at), published)
    if change is None:
        raise ValueError("a case that is opened has a history")
    return change
