"""Reads a case for an officer, assigns it, and does what the officer chooses."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.text import Malformed
from libs.contracts.cases import (
    ActOnCase,
    CaseActed,
    CaseView,
    OfficeLook,
    OfficeLooks,
    OfficePaper,
)
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.decision_papers.templates import OWN_DOCUMENT
from libs.errors import Refused
from libs.ids import new_id, parse_tracking_number
from libs.messaging.writing import outbox
from libs.web.signed.document_links import OfficerLink
from libs.workflows.commands import Command
from libs.workflows.model import Workflow
from services.cases.acts import queries, rules
from services.cases.acts.rules import StoredLook
from services.cases.acts.words import names_of
from services.cases.appeals import use_cases as appeals
from services.cases.appeals.rules import RECORD as RECORD_APPEAL
from services.cases.appeals.rules import appeal_at, check_may_record
from services.cases.calendar import use_cases as calendars
from services.cases.fees import use_cases as fees
from services.cases.fees.rules import CONFIRM, RECORD, StoredBill
from services.cases.handed_in import rules as handing_in
from services.cases.handed_in import use_cases as handed_in
from services.cases.handed_in.rules import StoredPaper
from services.cases.officers.rules import Officer
from services.cases.offices import use_cases as offices
from services.cases.queues import use_cases as queues
from services.cases.queues.rules import Assigned
from services.cases.work import use_cases as work
from services.cases.work.values import CaseFile, Order
from services.cases.workflows import use_cases as workflows

_MOST_LOOKS: Final = 500


async def read_case(tx: Transaction, officer: Officer, case_id: UUID, at: datetime) -> CaseView:
    """Return a case of an officer's office, and note that the officer looked at it.

    Raises:
        Refused: there is no such case, or it is and was with other offices only.
    """
    tasks = await queues.read_tasks(tx, case_id)
    file, workflow = await _find(tx, officer, case_id, tasks)
    history = await work.read_history(tx, file)
    contents = await work.read_contents(tx, [file])
    bill = await _bill(tx, file, workflow)
    if case_id not in contents or not rules.may_see(officer, file, tasks, history):
        raise Refused("case_unknown")
    await queries.insert_look(tx, new_id(), case_id, officer, "seen", at)
    calendar = await calendars.read_calendar(tx)
    reports = await handed_in.read_papers(tx, case_id)
    return rules.view(
        workflow, file, contents[case_id], history, tasks, officer, bill, calendar, reports, at
    )


async def assign(
    tx: Transaction,
    officer: Officer,
    case_id: UUID,
    duty: str,
    reason: str | None,
    at: datetime,
) -> datetime:
    """Assign a task to an officer for 15 minutes; working on it renews that. Return until when.

    Args:
        tx: the transaction.
        officer: the officer.
        case_id: of the case.
        duty: in which it waits.
        reason: why it is taken over from a colleague who has it; None not to.
        at: the current time.

    Raises:
        Refused: nothing waits there for the officer, a colleague has it, or the officer had the
            duty for a colleague, and the absence is over.
    """
    officer.check_not_over(duty, dhaka_date(at))
    if duty not in officer.duties:
        raise Refused("case_unknown")
    until = await queues.assign_task(tx, case_id, duty, officer, at, take_over=reason is not None)
    if until is None:
        tasks = await queues.read_tasks(tx, case_id)
        waits = duty in rules.duties_on(officer, tasks)
        raise Refused("case_assigned" if waits else "case_unknown")
    kind: queries.Look = "taken_over" if reason else "assigned"
    ministry = await work.find_ministry(tx, case_id)
    why = (reason, ministry) if reason and ministry else None
    await queries.insert_look(tx, new_id(), case_id, officer, kind, at, why)
    return until


async def release(tx: Transaction, officer: Officer, case_id: UUID) -> None:
    """Give a case back that is assigned to an officer; a repeat changes nothing.

    Raises:
        Refused: there is no such case, or it is and was with other offices only.
    """
    tasks = await queues.read_tasks(tx, case_id)
    if not rules.duties_on(officer, tasks):
        file, _ = await _find(tx, officer, case_id, tasks)
        if not rules.may_see(officer, file, tasks, await work.read_history(tx, file)):
            raise Refused("case_unknown")
    await queues.release_tasks(tx, case_id, officer.officer_id)


async def act(
    tx: Transaction, officer: Officer, case_id: UUID, body: ActOnCase, at: datetime
) -> CaseActed:
    """Do something with a case, as the officer saw it.

    Raises:
        Refused: the case has changed since, does not wait for the officer, or does not allow it; or
            the officer had the duty for a colleague, and the absence is over.
    """
    file, workflow = await find_waiting(
        tx, officer, case_id, at, body.duty, records=body.action == RECORD_APPEAL
    )
    papers = []
    if handing_in.papers_at(workflow, file):
        file = await work.lock_case(tx, file)  # so that nobody takes one back meanwhile
        stored = await handed_in.read_papers(tx, case_id)
        papers = handing_in.going_with_act(workflow, file, officer, stored, body.action)
    if body.revision != file.revision:
        raise Refused("case_changed")
    given = {paper.paper for paper in papers}
    if body.action == RECORD_APPEAL:
        await appeals.record(tx, officer, (file, workflow), body, given, at)
        await handed_in.mark_used(tx, case_id, papers, file.revision)
        return _acted(file, workflow)
    return await _carried_out(tx, officer, file, workflow, body, papers, at)


async def _carried_out(  # noqa: PLR0913
    tx: Transaction,
    officer: Officer,
    file: CaseFile,
    workflow: Workflow,
    body: ActOnCase,
    papers: Sequence[StoredPaper],
    at: datetime,
) -> CaseActed:
    """Do what an act is at the step of a case, with the papers that go with it."""
    case_id = file.case_id
    if rules.is_at_fee(workflow, file):
        command = await _paid(tx, officer, file, workflow, body, at)
        if command is None:
            return _acted(file, workflow)
    else:
        given = {paper.paper for paper in papers} - {OWN_DOCUMENT}
        command = rules.command_of(workflow, file, officer, body, at, given)
    order = Order(
        command,
        at,
        actor_id=officer.officer_id,
        office_id=officer.office_id,
        note=Text(bn=body.note, en=body.note) if body.note else None,
        papers=body.papers,
        own_file=handing_in.own_file(papers, at),
    )
    content = (await work.read_contents(tx, [file]))[case_id]
    announced, refused = await work.carry_out(tx, [(file, content, order)])
    if case_id in refused:
        raise refused[case_id]
    await outbox.add(tx, announced)
    after = await work.find_case(tx, case_id, ministry=file.ministry)
    if papers:
        await handed_in.mark_used(tx, case_id, papers, (after or file).revision)
    return _acted(after or file, workflow)


async def find_waiting(
    tx: Transaction,
    officer: Officer,
    case_id: UUID,
    at: datetime,
    duty: str | None = None,
    *,
    records: bool = True,
) -> tuple[CaseFile, Workflow]:
    """Return a case that waits for a duty of an officer, with its workflow.

    Args:
        tx: the transaction.
        officer: the officer.
        case_id: of the case.
        at: the current time.
        duty: the duty; None for any of the officer's.
        records: whether an objection may be what is done to one that has ended.

    Raises:
        Refused: it does not, there is none for the officer, or the time of a deputy is over. One
            that has ended is returned while the officer may record an objection to its refusal.
    """
    tasks = await queues.read_tasks(tx, case_id)
    duties = rules.duties_on(officer, tasks)
    if duty or not duties:  # an own duty stays after the end of an absence
        officer.check_not_over(duty, dhaka_date(at))
    file, workflow = await _find(tx, officer, case_id, tasks)
    if not (duty in duties if duty else duties):
        history = await work.read_history(tx, file)
        was_here = rules.may_see(officer, file, tasks, history)
        has_duty = duty is None or duty in officer.duties
        if records and was_here and has_duty and appeal_at(workflow, file) is not None:
            check_may_record(workflow, file, history, officer, at)
            return file, workflow
        raise Refused("case_changed" if was_here else "case_unknown")
    return file, workflow


async def note_look(tx: Transaction, officer: Officer, case_id: UUID, at: datetime) -> None:
    """Note that an officer looked at a case."""
    await queries.insert_look(tx, new_id(), case_id, officer, "seen", at)


async def note_looks(
    tx: Transaction, officer: Officer, case_ids: Collection[UUID], at: datetime
) -> None:
    """Note that an officer looked at facts about cases."""
    await queries.insert_looks(tx, [(case_id, new_id()) for case_id in case_ids], officer, at)


async def read_looks(tx: Transaction, citizen_id: UUID, tracking_number: str) -> OfficeLooks:
    """Return on which days officers of which offices opened a citizen's application.

    With the papers that officers added to it. Nothing is shown of another citizen's, as of one that
    is not worked on here.
    """
    try:
        number = parse_tracking_number(tracking_number)
    except Malformed:
        return OfficeLooks(items=[])
    files = await work.read_cases_of(tx, citizen_id, number)
    looks = await queries.read_looks(tx, files, _MOST_LOOKS)
    papers = [
        (file, paper)
        for file in files.values()
        for paper in await handed_in.read_papers(tx, file.case_id)
    ]
    name_of = await _names_of_offices(tx, files) if looks or papers else None
    if name_of is None:
        return OfficeLooks(items=[])
    by_day: dict[tuple[date, str], list[StoredLook]] = {}
    for look in looks:
        by_day.setdefault((dhaka_date(look.at), look.office_id), []).append(look)
    names = names_of({paper.paper for _, paper in papers})
    return OfficeLooks(
        items=[
            OfficeLook(
                on=on,
                office=name_of(files[of_day[0].case_id], office_id, on),
                papers=len({look.document_id for look in of_day} - {None}),
            )
            for (on, office_id), of_day in by_day.items()
        ],
        added=[
            OfficePaper(
                on=(on := dhaka_date(paper.handed_in_at)),
                office=name_of(file, paper.office_id, on),
                name=names.get(paper.paper),
                pages=paper.pages,
            )
            for file, paper in papers
        ],
    )


async def open_paper(
    tx: Transaction, officer: Officer, case_id: UUID, document_id: UUID, at: datetime
) -> OfficerLink:
    """Note that an officer opens a paper of a case; return the right to fetch it.

    Raises:
        Refused: the case does not wait for a duty of the officer, or has no such paper.
    """
    tasks = await queues.read_tasks(tx, case_id)
    if not rules.duties_on(officer, tasks):
        raise Refused("case_unknown")
    file, _ = await _find(tx, officer, case_id, tasks)
    contents = await work.read_contents(tx, [file])
    papers = contents[case_id].documents if case_id in contents else ()
    known = {paper.document_id for paper in papers}
    known |= {paper.document_id for paper in await handed_in.read_papers(tx, case_id)}
    if document_id not in known:
        raise Refused("document_unknown")
    await queries.insert_look(tx, new_id(), case_id, officer, "seen", at, document_id=document_id)
    return OfficerLink(document_id, file.ministry, officer.officer_id)


async def forget_reasons(tx: Transaction, case_ids: list[UUID]) -> int:
    """Delete who looked at cases, and why; return how many looks."""
    return await queries.delete_looks(tx, case_ids)


async def _names_of_offices(
    tx: Transaction, files: Mapping[UUID, CaseFile]
) -> Callable[[CaseFile, str, date], Text | None]:
    """Return what names an office that had one of the cases on a day."""
    contents = await work.read_contents(tx, files.values())
    versions = await workflows.read_versions(tx, {file.workflow_key for file in files.values()})
    published = await offices.read_rules(tx, {file.public_service_id for file in files.values()})

    def name_of(file: CaseFile, office_id: str, on: date) -> Text | None:
        return rules.name_of_office(
            versions[file.workflow_key],
            file,
            contents[file.case_id],
            published.get(file.public_service_id, ()),
            office_id,
            on,
        )

    return name_of


def _acted(file: CaseFile, workflow: Workflow) -> CaseActed:
    return CaseActed(
        revision=file.revision,
        status=file.state.status,
        step=rules.step_name(workflow, file),
    )


async def _bill(tx: Transaction, file: CaseFile, workflow: Workflow) -> StoredBill | None:
    if not rules.is_at_fee(workflow, file):
        return None
    return await fees.read_bill(tx, file.case_id, file.ministry, file.state.visit)


async def _paid(
    tx: Transaction,
    officer: Officer,
    file: CaseFile,
    workflow: Workflow,
    body: ActOnCase,
    at: datetime,
) -> Command | None:
    """Record a challan, and return None; or confirm it, and return the payment.

    Raises:
        Refused: there is no such action, or the second person or the number is not the right one.
    """
    bill = await _bill(tx, file, workflow)
    if bill is None or body.action not in {RECORD, CONFIRM}:
        raise Refused("action_unknown", body.action)
    challan = rules.challan_in(body)
    if body.action == RECORD:
        await fees.record_challan(tx, bill, file.ministry, challan, officer.officer_id, at)
        return None
    await fees.confirm_challan(tx, bill, challan, officer.officer_id, at)
    return rules.payment_of(file, officer, challan)


async def _find(
    tx: Transaction, officer: Officer, case_id: UUID, tasks: Collection[Assigned]
) -> tuple[CaseFile, Workflow]:
    """Read a case with the key of the officer's ministry.

    Another ministry's is read while it waits at the officer's office.

    Raises:
        Refused: there is none, or it is another ministry's.
    """
    is_here = bool(rules.duties_on(officer, tasks))
    ministry = None if is_here else officer.ministry
    file = await work.find_case(tx, case_id, ministry=ministry)
    if file is None:
        raise Refused("case_unknown")
    versions = await workflows.read_versions(tx, {file.workflow_key})
    return file, versions[file.workflow_key]
