from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.applications.lifecycle.queries import (
    find_application_id,
    lock_applications,
    save,
)
from services.applications.timeline.queries import find_own_application, list_own_applications
from tests.services.applications.builders import KARIM, NOTE, RAHIMA, stored_applications


async def test_an_application_is_read_as_it_was_written(tx: Transaction) -> None:
    """Every field survives the way to the table and back."""
    [one] = await stored_applications(tx, service_centre_id="uttara")
    assert await lock_applications(tx, [one.application_id]) == {one.application_id: one}
    changed = replace(
        one,
        status="correction_requested",
        due_on=None,
        overdue=True,
        delayed=True,
        case_file_number="24.00",
        note=NOTE,
    )
    await save(tx, [changed], [])
    assert await lock_applications(tx, [one.application_id]) == {one.application_id: changed}
    assert await find_own_application(tx, one.tracking_number, RAHIMA) == changed
    assert await list_own_applications(tx, RAHIMA, before=None, limit=1) == [changed]


async def test_nobody_finds_anothers_application(tx: Transaction) -> None:
    """The citizen is part of the statement, not a check afterwards."""
    [one] = await stored_applications(tx)
    assert await find_application_id(tx, one.tracking_number, RAHIMA) == one.application_id
    assert await find_application_id(tx, one.tracking_number, KARIM) is None
    assert await find_own_application(tx, one.tracking_number, KARIM) is None


HOT: dict[str, tuple[str, list[Any]]] = {
    "applications_by_citizen": (
        """
        SELECT 1 FROM applications
         WHERE citizen_id = $1
           AND application_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
         ORDER BY application_id DESC LIMIT 21
        """,
        [RAHIMA, None],
    ),
    "applications_by_tracking_number": (
        "SELECT 1 FROM applications WHERE tracking_number = $1 AND citizen_id = $2",
        ["NS-1", RAHIMA],
    ),
    "applications_by_due_date": (
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
    """With ten million rows, each of these statements reads a few by its index."""
    statement, arguments = HOT[index]
    async with database.transaction() as tx:
        for citizen_id in [RAHIMA, *(new_id() for _ in range(39))]:
            await stored_applications(tx, 50, citizen_id=citizen_id, status="approved")
        await tx.execute("ANALYZE applications")
        rows = await tx.fetch(f"EXPLAIN {statement}", *arguments)
    plan = "\n".join(row[0] for row in rows)
    assert index in plan
    assert "Seq Scan" not in plan
