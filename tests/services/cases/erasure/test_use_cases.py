import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from libs.contracts.cases import CasePapersChanged
from libs.contracts.identity import CitizenErased
from libs.database.pool import Database
from libs.ids import new_id
from libs.workflows.model import Workflow
from libs.workflows.parsing import parse_workflow
from services.cases.acts.queries import insert_look
from services.cases.erasure import use_cases
from services.cases.erasure.use_cases import erase_citizen
from services.cases.fees.rules import StoredBill
from services.cases.fees.use_cases import save_bills
from services.cases.handed_in.queries import insert_paper
from services.cases.handed_in.rules import StoredPaper
from services.cases.workflows.use_cases import copy_workflows
from services.catalogue.workflows.reference import reference_workflows
from tests.libs.messaging.scenes import until_one_waits
from tests.services.cases.scenes import (
    NOW,
    RAHIMA,
    SECRETARY,
    Desk,
    erase,
    submitted,
    withdrawn,
)
from tests.services.scenes import left_alone


async def test_an_open_case_is_emptied_and_a_decided_one_sealed(database: Database) -> None:
    """A decided one keeps its form for its office; nothing leads to its person any more."""
    desk = await Desk(database).prepare()
    still_open, taken_back = submitted(), submitted()
    decided = submitted("S024", answers={"kind": "theft"})
    other = submitted(applicant_id=new_id())
    await desk.take_in(still_open, taken_back, decided, other, withdrawn(taken_back))
    told = await erase(database)
    assert told["deleted"]["cases"] == 2
    assert told["kept"] == {"sealed_cases": 1}
    assert await desk.rows("SELECT count(*) FROM tasks") == [(2,)]
    kept = await desk.rows("SELECT case_id FROM case_content ORDER BY case_id")
    assert kept == sorted([(decided.event_id,), (other.event_id,)])
    found = "SELECT count(*) FROM cases WHERE citizen_id = '{}'"
    assert await desk.rows(found.format(RAHIMA)) == [(0,)]
    assert (await desk.file(decided)).state.outcome == "refused"


async def test_what_comes_after_an_erasure_is_not_stored(database: Database) -> None:
    """A repeat of the erasure finds nothing, and confirms."""
    desk = await Desk(database).prepare()
    await erase(database)
    first = submitted()
    await desk.take_in(first)
    assert await desk.rows("SELECT count(*) FROM cases") == [(0,)]
    assert (await erase(database))["kept"] == {"sealed_cases": 0}


async def test_documents_is_told_of_a_case_that_a_restore_lost(database: Database) -> None:
    """Else officers' papers of it would name an erased citizen for ever. A decided one keeps its.

    A submission that is read again after the erasure is that of a lost case, or of a sealed one.
    """
    desk, lost = await Desk(database).prepare(), submitted()
    decided, paper = submitted("S024", answers={"kind": "theft"}), new_id()
    await desk.take_in(decided)
    async with database.transaction() as tx:
        await insert_paper(tx, decided.event_id, stored_paper(paper))
    await erase(database)
    await desk.take_in(lost, decided)
    said = {
        row["value"]["case_id"]: (row["value"]["document_ids"], row["value"]["is_final"])
        for row in await desk.decisions()
        if row["type"] == CasePapersChanged.type
    }
    assert said == {
        str(lost.event_id): ([], True),
        str(decided.event_id): ([str(paper)], True),
    }
    assert await desk.rows("SELECT case_id FROM cases") == [(decided.event_id,)]


def stored_paper(document_id: UUID) -> StoredPaper:
    """A paper of an officer in a case."""
    return StoredPaper(
        document_id=document_id,
        visit=1,
        paper="field_report",
        step="report",
        officer_id=SECRETARY.officer_id,
        office_id="union-U2393",
        media_type="image/jpeg",
        size_bytes=9,
        pages=1,
        is_scanned=True,
        handed_in_at=NOW,
    )


async def test_what_is_being_stored_during_an_erasure_is_not_there_after_it(
    database: Database,
) -> None:
    """Whichever of both comes first, and ends later."""
    desk, first = await Desk(database).prepare(), submitted()
    async with asyncio.TaskGroup() as tasks:
        async with database.transaction() as tx:
            await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA, occurred_at=NOW), at=NOW)
            storing = tasks.create_task(desk.take_in(first))
            await until_one_waits(database)
        await storing
    assert await desk.rows("SELECT count(*) FROM cases") == [(0,)]


LAW = "National Archives Act 2021"
TABLES = ("cases", "case_content", "history", "sides", "bills", "case_looks")


def keeping(years: int, status: str, version: int = 1) -> Workflow:
    """The general diary's workflow with a rule for how long its cases stay."""
    (workflow,) = [each for each in reference_workflows() if each.key == "S024@1"]
    content = json.loads(workflow.model_dump_json(exclude_none=True))
    content |= {"version": version, "kept": {"years": years, "law": LAW, "status": status}}
    return parse_workflow(json.dumps(content))


async def delete_ended(database: Database, at: datetime) -> int:
    """What a night deletes."""
    async with database.transaction() as tx:
        return await use_cases.delete_ended(tx, at=at, limit=100)


async def test_a_sealed_case_is_deleted_after_the_years_of_its_rule(database: Database) -> None:
    """To the day, with all that belongs to it; the journal names the law. Others' cases stay."""
    desk = await Desk(database).prepare([keeping(5, "sourced")])
    decided = submitted("S024", answers={"kind": "theft"})
    other = submitted("S024", answers={"kind": "theft"}, applicant_id=new_id())
    await desk.take_in(decided, other)
    async with database.transaction() as tx:
        await save_bills(tx, [StoredBill(decided.event_id, 1), StoredBill(other.event_id, 1)])
        await insert_look(tx, new_id(), decided.event_id, SECRETARY, "seen", NOW)
    await erase(database)
    assert await delete_ended(database, NOW.replace(year=2031, hour=1)) == 0
    assert await delete_ended(database, NOW.replace(year=2031) + timedelta(days=1)) == 1
    for table in TABLES:
        found = f"SELECT count(*) FROM {table} WHERE case_id = '{decided.event_id}'"  # noqa: S608
        assert await desk.rows(found) == [(0,)], table
    assert await desk.rows("SELECT case_id FROM cases") == [(other.event_id,)]
    ((subject, detail),) = await desk.rows(
        "SELECT subject, detail FROM audit_log WHERE action = 'delete sealed cases'"
    )
    assert (subject, detail) == ("S024@1", f"1 cases, ended more than 5 years ago: {LAW}")


@pytest.mark.parametrize("workflow", [keeping(5, "illustrative"), None])
async def test_a_rule_without_a_source_deletes_nothing(
    database: Database, workflow: Workflow | None
) -> None:
    """Nor does a workflow that names no years."""
    desk = await Desk(database).prepare([workflow] if workflow else [])
    await desk.take_in(submitted("S024", answers={"kind": "theft"}))
    await erase(database)
    assert await delete_ended(database, NOW.replace(year=2090)) == 0


async def test_the_newest_rule_counts(database: Database) -> None:
    """Also for a case that was decided by a version without years."""
    desk = await Desk(database).prepare()
    await desk.take_in(submitted("S024", answers={"kind": "theft"}))
    await erase(database)
    async with database.transaction() as tx:
        await copy_workflows(tx, [keeping(5, "sourced", version=2)])
    assert await delete_ended(database, datetime(2040, 2, 29, tzinfo=UTC)) == 1


async def test_no_table_is_forgotten(database: Database) -> None:
    """The erasure looks at each table that names a citizen or has an encrypted column.

    Except for `contacts`, who are officials.
    """
    desk = await Desk(database).prepare()
    await desk.take_in(submitted(), submitted("S024", answers={"kind": "theft"}))
    erased = CitizenErased(citizen_id=RAHIMA, occurred_at=NOW)
    async with database.transaction() as tx:
        assert await left_alone(tx, "cases", erase_citizen(tx, erased, at=NOW)) == {"contacts"}
