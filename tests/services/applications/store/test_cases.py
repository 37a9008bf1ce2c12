from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.applications.domain.lodging import Answers, lodge
from services.applications.store import cases, lodgings
from tests.services.applications.scenes import KARIM, NOTE, RAHIMA, application, opened


async def test_a_case_comes_back_as_it_was_put_in(tx: Transaction) -> None:
    """Every field survives the way to the table and back."""
    case = application(service_centre_id="uttara")
    await lodgings.insert_lodged(tx, [lodge(case, Answers({}, 1))])
    assert await cases.lock_applications(tx, [case.application_id]) == {case.application_id: case}
    changed = replace(
        case,
        status="correction_requested",
        due_on=None,
        overdue=True,
        delayed=True,
        case_file_number="24.00",
        note=NOTE,
    )
    await cases.save_applications(tx, [changed])
    found = await cases.find_own_application(tx, case.tracking_number, RAHIMA)
    assert found == changed
    assert await cases.lock_own_application(tx, case.tracking_number, RAHIMA) == changed


async def test_nobody_reads_anothers_case(tx: Transaction) -> None:
    """The citizen is part of the question, not a check afterwards."""
    [case] = await opened(tx)
    assert await cases.find_own_application(tx, case.tracking_number, KARIM) is None
    assert await cases.lock_own_application(tx, case.tracking_number, KARIM) is None


async def test_a_list_goes_on_where_the_page_ended(tx: Transaction) -> None:
    """Newest first; `before` excludes what was seen."""
    made = await opened(tx, 3)
    await opened(tx, citizen_id=KARIM)
    page = await cases.list_own_applications(tx, RAHIMA, before=None, limit=2)
    rest = await cases.list_own_applications(tx, RAHIMA, before=page[-1].application_id, limit=2)
    assert page + rest == made[::-1]


async def test_known_cases(tx: Transaction) -> None:
    """Of many ids those that exist."""
    [case] = await opened(tx)
    assert await cases.known_applications(tx, [case.application_id, new_id()]) == {
        case.application_id
    }


async def test_overdue_cases_are_taken_oldest_first_and_once(tx: Transaction) -> None:
    """A limit leaves the rest to the next call, and a marked case is not taken again."""
    await opened(tx, due_on=date(2026, 2, 1))
    [oldest] = await opened(tx, due_on=date(2026, 1, 1))
    [taken] = await cases.mark_overdue(tx, date(2026, 11, 25), 1)
    assert taken == replace(oldest, overdue=True)
    assert len(await cases.mark_overdue(tx, date(2026, 11, 25), 10)) == 1
    assert await cases.mark_overdue(tx, date(2026, 11, 25), 10) == []


HOT: dict[str, tuple[str, list[Any]]] = {
    "applications_of_citizen": (
        """
        SELECT 1 FROM applications
         WHERE citizen_id = $1
           AND application_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
         ORDER BY application_id DESC LIMIT 21
        """,
        [RAHIMA, None],
    ),
    "applications_tracking_number": (
        "SELECT 1 FROM applications WHERE tracking_number = $1 AND citizen_id = $2 FOR UPDATE",
        ["NS-1", RAHIMA],
    ),
    "applications_running_out": (
        """
        SELECT 1 FROM applications
         WHERE NOT overdue AND status IN ('submitted', 'with_ministry') AND due_on < $1
         ORDER BY due_on LIMIT 500 FOR UPDATE SKIP LOCKED
        """,
        [date(2026, 11, 25)],
    ),
    "applications_pkey": (
        """
        SELECT 1 FROM applications
         WHERE application_id = ANY($1::uuid[])
         ORDER BY application_id FOR UPDATE
        """,
        [[RAHIMA, KARIM]],
    ),
}


@pytest.mark.parametrize("index", HOT)
async def test_hot_statements_use_their_index(database: Database, index: str) -> None:
    """Ten million rows are read by an index each time, and sorted by nobody."""
    statement, arguments = HOT[index]
    async with database.transaction() as tx:
        for citizen_id in [RAHIMA, *(new_id() for _ in range(39))]:
            await opened(tx, 50, citizen_id=citizen_id, status="approved")
        await tx.execute("ANALYZE applications")
        rows = await tx.fetch(f"EXPLAIN {statement}", *arguments)
    plan = "\n".join(row[0] for row in rows)
    assert index in plan
    assert "Seq Scan" not in plan
